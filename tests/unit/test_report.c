#include <criterion/criterion.h>
#include <string.h>

#include "config/report.h"

Test(report, counts_errors_and_keeps_order)
{
	struct report r = {NULL, 0, 0};

	report_add(&r, FINDING_WARNING, "a.conf", 3, "%s %d", "one", 1);
	report_add(&r, FINDING_ERROR, NULL, 0, "two");
	report_add(&r, FINDING_ERROR, "b.conf", 0, "three");
	cr_assert_eq(r.n, 3);
	cr_assert_eq(r.errors, 2);
	cr_assert_str_eq(r.v[0].text, "one 1");
	cr_assert_eq(r.v[0].severity, FINDING_WARNING);
	cr_assert_null(r.v[1].file);
	cr_assert_str_eq(r.v[2].file, "b.conf");
	report_fini(&r);
	cr_assert_eq(r.n, 0);
	report_fini(&r);
	report_fini(NULL);
}

Test(report, text)
{
	static const struct {
		const char *file;
		unsigned line;
		const char *expected;
	} rows[] = {
	    {"x.conf", 7, "x.conf:7: it"},
	    {"x.conf", 0, "x.conf: it"},
	    {NULL, 7, "it"},
	    {NULL, 0, "it"},
	};
	struct report r = {NULL, 0, 0};
	char line[64];
	struct text t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		report_add(&r, FINDING_ERROR, rows[i].file, rows[i].line, "it");
		text_init(&t, line, sizeof(line));
		cr_assert_str_eq(finding_text(&r.v[i], &t), rows[i].expected);
	}
	report_fini(&r);
}

Test(report, long_text_is_kept_whole_and_cut_when_shown)
{
	struct report r = {NULL, 0, 0};
	char word[REPORT_LINE + 100], line[REPORT_LINE];
	struct text t;

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	report_add(&r, FINDING_ERROR, "f", 1, "%s", word);
	cr_assert_str_eq(r.v[0].text, word);
	text_init(&t, line, sizeof(line));
	cr_assert_eq(strlen(finding_text(&r.v[0], &t)), REPORT_LINE - 1);
	cr_assert(t.cut);
	report_fini(&r);
}

Test(report, sorted)
{
	static const char expected[] = "a:1: 4\na:2: 1\na:2: 3\nb:1: 2\n0\n5\n";
	struct report r = {NULL, 0, 0};
	char text[256];
	struct text t;
	size_t i;

	report_sort(&r);
	report_add(&r, FINDING_WARNING, NULL, 0, "0");
	report_add(&r, FINDING_ERROR, "a", 2, "1");
	report_add(&r, FINDING_ERROR, "b", 1, "2");
	report_add(&r, FINDING_ERROR, "a", 2, "3");
	report_add(&r, FINDING_WARNING, "a", 1, "4");
	report_add(&r, FINDING_ERROR, NULL, 0, "5");
	report_sort(&r);
	text_init(&t, text, sizeof(text));
	for (i = 0; i < r.n; i++) {
		(void)finding_text(&r.v[i], &t);
		text_add(&t, "\n");
	}
	cr_expect_str_eq(text, expected);
	report_fini(&r);
}
