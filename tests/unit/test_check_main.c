#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "checked.h"
#include "config/report.h"
#include "config/service.h"

/* What the main file says of the daemon has its lines as well. */
Test(check_main, lines)
{
	static const struct {
		const char *text, *finding;
		unsigned line;
	} rows[] = {
	    {"scan {\n source_prefix = { 24, 48 }\n}", NULL, 0},
	    {"scan {\n threshold = 2\n source_prefix = 24\n}",
		"scan: source_prefix: it needs two, as in { \"32\", \"64\" }", 3},
	    {"scan {\n user = %s\n command = { \"/nonexistent\", x }\n}",
		"scan: command: /nonexistent is no file that user ", 3},
	    {"scan {\n command = /bin/sh\n user = nosuchuser\n}", "scan: ", 3},
	    {"scan {\n command = /bin/sh\n user = %s\n}", NULL, 0},
	};
	char text[256];
	struct conf *conf;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		(void)snprintf(text, sizeof(text), rows[i].text, checked_me());
		conf = checked_conf(text, &r);
		cr_assert_eq(r.n, (size_t)(rows[i].finding != NULL), "%s", text);
		if (r.n > 0) {
			cr_expect_eq(strncmp(r.v[0].text, rows[i].finding, strlen(rows[i].finding)),
			    0, "%s", r.v[0].text);
			cr_expect_str_eq(r.v[0].file, "x", "%s", text);
			cr_expect_eq(r.v[0].line, rows[i].line, "%s: %u", text, r.v[0].line);
		}
		conf_free(conf);
		report_fini(&r);
	}
}
