#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "config/load.h"
#include "config/report.h"
#include "config/service.h"

static struct conf *
load(const char *text, struct report *r)
{
	return load_text("x", text, strlen(text), true, r);
}

Test(complete, wait_follows_the_transport)
{
	static const struct {
		const char *text;
		enum service_wait wait;
	} rows[] = {
	    {"service s { listen = 1/tcp command = /x }", WAIT_NO},
	    {"service s { listen = 1/udp command = /x }", WAIT_YES},
	    {"service s { listen = 1/tcp command = /x wait = true }", WAIT_YES},
	    {"service s { listen = { 1/tcp, 1/udp } command = /x wait = all }", WAIT_ALL},
	};
	struct conf *conf;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		conf = load(rows[i].text, &r);
		cr_assert_not_null(conf);
		cr_assert_eq(conf->nservices, 1, "row %zu", i);
		cr_expect_eq(conf->services[0]->wait, rows[i].wait, "row %zu", i);
		conf_free(conf);
		report_fini(&r);
	}
}

Test(complete, defaults_hold_for_what_is_not_written)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load("defaults { nice = 3 user = nobody }\n"
				 "service a { listen = 1/tcp command = /x }\n"
				 "service b { listen = 2/tcp command = /x nice = 4 }\n",
	    &r);

	cr_assert_not_null(conf);
	cr_assert_eq(conf->nservices, 2);
	cr_assert_eq(conf->services[0]->nice, 3);
	cr_assert_eq(conf->services[1]->nice, 4);
	cr_assert_str_eq(conf->services[1]->user, "nobody");
	conf_free(conf);
	report_fini(&r);
}

Test(complete, what_must_be_there)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load("service a { listen = 1/tcp }\nservice b { command = /x }\n", &r);

	cr_assert_eq(r.errors, 2);
	conf_free(conf);
	report_fini(&r);
}

/* At the item that is wrong with the others. */
Test(complete, lines)
{
	static const unsigned lines[] = {4, 7};
	struct report r = {NULL, 0, 0};
	struct conf *conf = load("service a {\n command = /x\n"
				 " listen = { 1/tcp,\n 1/udp, 2/udp } }\n"
				 "service b { wait = false command = /x\n"
				 " listen = 3/tcp\n listen += 3/udp }\n",
	    &r);
	size_t i;

	cr_assert_eq(r.errors, 2);
	for (i = 0; i < 2; i++)
		cr_expect_eq(r.v[i].line, lines[i], "%s: %u", r.v[i].text, r.v[i].line);
	conf_free(conf);
	report_fini(&r);
}

/* What would be checked for nobody, or for the first only. */
Test(complete, rules_that_cannot_be_kept)
{
#define WAITS "needs wait = false and connections"
#define ENFORCE "service s has access.enforce = kernel: mptcp takes no list in the kernel"
	static const struct {
		const char *listen, *options, *finding;
	} rows[] = {
	    {"1/tcp", "access { source_ports = 0-1023 }", NULL},
	    {"1/tcp", "wait = true access { source_ports = 0-1023 }",
		"service s has access.source_ports: it " WAITS},
	    {"1/udp", "access { source_ports = 0-1023 }",
		"service s has access.source_ports: it " WAITS},
	    {"unix:/x", "wait = all access { source_ports = 0-1023 }", NULL},
	    {"unix:/x", "access { users = root }", NULL},
	    {"unix:/x", "wait = true access { users = root }",
		"service s has access.users: it " WAITS},
	    {"unix:/x", "wait = all access { groups = root }",
		"service s has access.groups: it " WAITS},
	    {"unix-dgram:/x", "access { groups = root }", "service s has access.groups: it " WAITS},
	    {"1/tcp", "wait = true access { users = root }", NULL},
	    {"1/tcp", "wait = true access { deny = 192.0.2.1 }", NULL},
	    {"1/mptcp", "access { deny = 192.0.2.1 }", NULL},
	    {"1/mptcp", "wait = true access { deny = 192.0.2.1 }",
		"service s has access.deny: mptcp needs wait = false for it"},
	    {"1/mptcp", "wait = true access { allow = 192.0.2.1 }",
		"service s has access.allow: mptcp needs wait = false for it"},
	    {"1/mptcp", "access { enforce = kernel }", NULL},
	    {"1/mptcp", "access { allow = 192.0.2.1 enforce = daemon }", NULL},
	    {"1/tcp", "access { deny = 192.0.2.1 enforce = kernel }", NULL},
	    {"1/mptcp", "access { enforce = kernel deny = 192.0.2.1 }", ENFORCE},
	    {"1/mptcp", "access { allow = 192.0.2.1 enforce = kernel }", ENFORCE},
	    {"{ 1/tcp, 2/mptcp }", "access { deny = 192.0.2.1 enforce = kernel }", ENFORCE},
	};
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};
		struct conf *conf;

		(void)snprintf(text, sizeof(text),
		    "service s {\n command = /x\n listen = %s\n %s }", rows[i].listen,
		    rows[i].options);
		conf = load(text, &r);
		cr_assert_eq(r.n, rows[i].finding != NULL, "%s", text);
		if (r.n > 0) {
			cr_expect_str_eq(r.v[0].text, rows[i].finding, "%s", r.v[0].text);
			cr_expect_eq(r.v[0].line, 4, "%s: %u", r.v[0].text, r.v[0].line);
		}
		conf_free(conf);
		report_fini(&r);
	}
}
