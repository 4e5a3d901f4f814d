#include <criterion/criterion.h>
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
