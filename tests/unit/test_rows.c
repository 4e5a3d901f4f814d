#include <criterion/criterion.h>
#include <string.h>

#include "config/rows.h"
#include "config/value.h"

Test(rows, sections_come_before_those_within)
{
	size_t i, j;

	for (i = 0; i < rows_nsections; i++) {
		for (j = 0; j < i && rows_sections[j] != rows_sections[i]->parent; j++)
			continue;
		cr_expect(rows_sections[i]->parent == NULL || j < i, "%s", rows_sections[i]->name);
	}
}

Test(rows, names_are_unique_in_a_section)
{
	const struct option *a, *b;
	size_t i, j;

	for (i = 0; i < rows_noptions; i++)
		for (j = 0; j < i; j++) {
			a = &rows_options[i];
			b = &rows_options[j];
			cr_expect(a->section != b->section || strcmp(a->name, b->name) != 0, "%s",
			    a->name);
			cr_expect(a->section->owner != b->section->owner || a->offset != b->offset,
			    "%s and %s are one field", a->name, b->name);
		}
}

Test(rows, each_says_what_it_is)
{
	size_t i;

	for (i = 0; i < rows_noptions; i++) {
		cr_expect_not_null(rows_options[i].help, "%s", rows_options[i].name);
		cr_expect(rows_options[i].type != NULL && rows_options[i].size > 0, "%s",
		    rows_options[i].name);
	}
}
