#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "config/report.h"
#include "config/scan.h"

static int
scan(struct scan *s, const char *text, struct report *r)
{
	static char copy[512];

	memset(s, 0, sizeof(*s));
	(void)strcpy(copy, text);
	return scan_text(s, "x", copy, strlen(copy), true, r);
}

Test(scan, items_have_their_place)
{
	struct report r = {NULL, 0, 0};
	struct scan s;

	cr_assert_eq(
	    scan(&s, "pidfile = /run/x\nservice a {\nlisten = { 1/tcp,\n2/tcp }\n}\n", &r), 0);
	cr_assert_eq(r.n, 0);
	cr_assert_eq(s.nservices, 1);
	cr_assert_eq(s.services[0], 2);
	cr_assert_eq(s.nitems, 2);
	cr_assert_eq(s.items[0].service, SCAN_CONF);
	cr_assert_eq(s.items[1].service, 0);
	cr_assert_eq(s.items[1].count, 2);
	cr_assert_eq(s.lines[s.items[1].first + 1], 4);
	scan_fini(&s);
	report_fini(&r);
}

Test(scan, every_unknown_word_is_found)
{
	struct report r = {NULL, 0, 0};
	struct scan s;

	cr_assert_eq(scan(&s, "service a {\nlisen = 1/tcp\nusr = x\n}\n", &r), 0);
	cr_assert_eq(r.errors, 2);
	cr_assert_eq(r.v[0].line, 2);
	cr_assert_eq(r.v[1].line, 3);
	scan_fini(&s);
	report_fini(&r);
}

static void
expect_only(const char *text, unsigned line, const char *sentence)
{
	struct report r = {NULL, 0, 0};
	struct scan s;

	cr_expect_eq(scan(&s, text, &r), 0, "%s", text);
	cr_assert_eq(r.n, 1, "%zu: %s", r.n, text);
	cr_expect_eq(r.v[0].line, line);
	cr_expect_str_eq(r.v[0].text, sentence);
	scan_fini(&s);
	report_fini(&r);
}

Test(scan, words_behind_a_value)
{
	const char *list =
	    "\"-l\" stands after the value of \"command\": several values stand in { } with "
	    "commas between them";

	expect_only("service a {\ncommand = /bin/x -l -a # c\nuser = b\n}\n", 2, list);
	expect_only("service a { command = /bin/x -l }\nservice b {\n}\n", 1, list);
	expect_only("service a {\ncommand = \"/bin/x\" \"-l\" \"-a\"\nuser = b\n}\n", 2, list);
	expect_only("service a {\nuser = b c\ngroup = d\n}\n", 2,
	    "\"c\" stands after the value of \"user\", which takes one value");
	expect_only("service a {\nserver_args = -l -a\nuser = b\n}\n", 2,
	    "unknown option \"server_args\", one of xinetd.conf(5): here it is command = { "
	    "PROGRAM, ARGUMENT, "
	    "... }");
	/* Options of one line. */
	expect_only("service a {\nuser = b  gruop = d\n}\n", 2,
	    "unknown option \"gruop\", did you mean \"group\"?");
}

Test(scan, a_section_left_open_ends_the_file)
{
	struct report r = {NULL, 0, 0};
	struct scan s;

	cr_assert_eq(scan(&s, "service a {\nlisten = 1/tcp\n", &r), -EINVAL);
	cr_assert_eq(r.errors, 1);
	scan_fini(&s);
	report_fini(&r);
}
