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

Test(scan, a_section_left_open_ends_the_file)
{
	struct report r = {NULL, 0, 0};
	struct scan s;

	cr_assert_eq(scan(&s, "service a {\nlisten = 1/tcp\n", &r), -EINVAL);
	cr_assert_eq(r.errors, 1);
	scan_fini(&s);
	report_fini(&r);
}
