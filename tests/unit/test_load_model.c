#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/report.h"
#include "config/service.h"
#include "samples.h"

static struct conf *
load_good(const char *text, bool main)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_text("x", text, strlen(text), main, &r);

	cr_assert_eq(r.n, 0, "%u: %s", r.v[0].line, r.v[0].text);
	cr_assert_not_null(conf);
	report_fini(&r);
	return conf;
}

static void
check_list(const struct strings *s, size_t n, const char *const *expected)
{
	size_t i;

	cr_assert_eq(s->n, n, "%zu items", s->n);
	for (i = 0; i < n; i++)
		cr_assert_str_eq(s->v[i], expected[i]);
}

Test(load_model, lines_and_strings)
{
	static const char *const command[] = {"/bin/x", "", "a\"b$c", "${X}'\\y", "A\te/.e\x01"};
	struct conf *conf;

	(void)setenv("SUPERD_TEST", "/.e", 1);
	conf = load_good("\n# one\nservice a { listen = 1/tcp command = { /bin/x, \"\",\n"
			 " \"a\\\"b\\$c\", '${X}\\'\\\\y', \"\\101\\te${SUPERD_TEST}\\x01\" } }\n"
			 "service\nb {\nlisten=unix:/run/x command=/y argv0 = \"${NO_X:-z}\" }",
	    false);
	cr_assert_eq(conf->nservices, 2);
	cr_assert_str_eq(conf->services[0]->name, "a");
	cr_assert_eq(conf->services[0]->line, 3);
	cr_assert_str_eq(conf->services[0]->file, "x");
	check_list(&conf->services[0]->command, 5, command);
	cr_assert_eq(conf->services[0]->endpoints.n, 2);
	cr_assert_eq(conf->services[1]->line, 5);
	cr_assert_str_eq(conf->services[1]->argv0, "z");
	cr_assert_eq(conf->services[1]->endpoints.n, 1);
	conf_free(conf);
}

Test(load_model, defaults_hold_wherever_they_stand)
{
	static const char *const both[] = {"A=1", "B=2", "C=3"}, *const own[] = {"D=4"};
	struct conf *conf = load_good(
	    "service a { listen = 1/tcp command = /x environment += \"B=2\"\n"
	    " environment += { \"C=3\" } umask = 077 }\n"
	    "service b { listen = 1/udp command = /x environment = \"D=4\" groups = {} }\n"
	    "service c { listen = 1/udp command = /x environment = {} wait = all }\n"
	    "defaults { environment = \"A=1\" user = u groups = { g, h } umask = 002\n"
	    " limits { instances = 3 } socket { mode = 0600 } enabled = off\n"
	    " oom_score_adj = -5 }\n",
	    true);
	const struct service_conf *a = conf->services[0], *b = conf->services[1],
				  *c = conf->services[2];

	check_list(&a->environment, 3, both);
	check_list(&b->environment, 1, own);
	check_list(&c->environment, 0, NULL);
	cr_assert_eq(a->umask, 077);
	cr_assert_eq(b->umask, 002);
	cr_assert_str_eq(a->user, "u");
	cr_assert_eq(a->limits.instances, 3);
	cr_assert_eq(a->limits.backlog, 4096);
	cr_assert_eq(b->socket.mode, 0600);
	cr_assert_not(a->enabled);
	cr_assert(a->groups_set);
	cr_assert_eq(a->groups.n, 2);
	cr_assert(b->groups_set, "an empty list is a list");
	cr_assert_eq(b->groups.n, 0);
	cr_assert(a->oom_score_adj_set);
	cr_assert_eq(a->oom_score_adj, -5);
	cr_assert_eq(a->wait, WAIT_NO);
	cr_assert_not(a->wait_set);
	cr_assert_eq(b->wait, WAIT_YES);
	cr_assert_not(b->wait_set);
	cr_assert_eq(c->wait, WAIT_ALL);
	cr_assert(c->wait_set);
	conf_free(conf);
}

Test(load_model, global_options)
{
	static const char *const folders[] = {"a", "b"};
	struct conf *conf =
	    load_good("services = { a, b } pidfile = /run/x.pid\n"
		      "log { sink = file format = json level = debug facility = local3 path = /x }",
		true);

	check_list(&conf->folders, 2, folders);
	cr_assert_str_eq(conf->pidfile, "/run/x.pid");
	cr_assert_eq(conf->log.sink, LOG_SINK_FILE);
	cr_assert_eq(conf->log.format, LOG_FORMAT_JSON);
	cr_assert_eq(conf->log.level, LOG_DEBUG);
	cr_assert_eq(conf->log.facility, LOG_LOCAL3);
	cr_assert_str_eq(conf->log.path, "/x");
	conf_free(conf);
}

Test(load_model, what_an_error_costs)
{
	static const struct {
		const char *text;
		bool main, model;
		size_t services;
	} rows[] = {
#define GOOD "service a { listen = 1/tcp command = /x }\n"
	    {GOOD "service b { listen = 2/tcp command = /x }", false, true, 2},
	    {GOOD "service b { listen = x command = /x }", true, true, 0},
	    {GOOD "service b { listen = 2/tcp command = x }", false, false, 0},
	    {GOOD "pidfile = x", true, false, 0},
	    {GOOD "defaults { umask = x }", true, false, 0},
	    {GOOD "service b { comand = x }", true, false, 0},
	    {GOOD "service b {", true, false, 0},
	};
	struct conf *conf;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		conf = load_text("x", rows[i].text, strlen(rows[i].text), rows[i].main, &r);
		cr_expect_eq(r.errors > 0, i > 0, "row %zu", i);
		cr_expect_eq(
		    conf != NULL && conf->nservices > 0, rows[i].services > 0, "row %zu", i);
		if (rows[i].main)
			cr_expect_eq(conf != NULL, rows[i].model, "row %zu", i);
		conf_free(conf);
		report_fini(&r);
	}
}
