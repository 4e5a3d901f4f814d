#include <criterion/criterion.h>
#include <string.h>

#include "config/word.h"

/* Two words of one list never have one name: the first would hide the second. */
Test(word, each_stands_once)
{
	static const struct option_word *const lists[] = {word_booleans, word_waits, word_stderrs,
	    word_reserved, word_sinks, word_formats, word_levels, word_facilities};
	const struct option_word *a, *b;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		cr_assert_not_null(lists[i]->word);
		for (a = lists[i]; a->word != NULL; a++)
			for (b = a + 1; b->word != NULL; b++)
				cr_assert_str_neq(a->word, b->word);
	}
}
