#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

/* What value_quote writes. */
Test(value, quotes)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", "\"\""},
	    {"plain", "\"plain\""},
	    {"two words", "\"two words\""},
	    {"a\"b", "\"a\\\"b\""},
	    {"a\\b", "\"a\\\\b\""},
	    {"${A}", "\"\\${A}\""},
	    {"\n\x7f\x01", "\"\\x0a\\x7f\\x01\""},
	    {"\xc3\xa4", "\"\xc3\xa4\""},
	};
	char *text = NULL;
	size_t i, n = 0;
	FILE *f;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f = open_memstream(&text, &n);
		cr_assert_not_null(f);
		value_quote(rows[i].in, f);
		cr_assert_eq(fclose(f), 0);
		cr_expect_str_eq(text, rows[i].out);
		free(text);
	}
}
