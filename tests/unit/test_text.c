#define LIBBSD_OPENBSD_VIS 1 /* which strnvis(3): not used, but asked for by the header */
#include <bsd/vis.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

Test(text, builds_in_order)
{
	char storage[64];
	struct text t;

	text_init(&t, storage, sizeof(storage));
	cr_expect_str_eq(storage, "");
	text_add(&t, "a");
	text_add_bytes(&t, "bcd", 2);
	text_addf(&t, "-%d-%s", 42, "x");
	text_add_vis(&t, "\n\\", 2);
	cr_expect_str_eq(t.data, "abc-42-x\\n\\\\");
	cr_expect_eq(t.length, strlen(t.data));
	cr_expect_not(t.cut);
}

Test(text, fills_its_storage_to_the_last_byte)
{
	char storage[5] = "....";
	struct text t;

	text_init(&t, storage, sizeof(storage));
	text_add(&t, "abcd");
	cr_expect_not(t.cut);
	cr_expect_str_eq(storage, "abcd");
	text_init(&t, storage, sizeof(storage));
	text_addf(&t, "%s", "abcd");
	cr_expect_not(t.cut);
	cr_expect_str_eq(storage, "abcd");
}

Test(text, is_cut_where_it_would_not_fit)
{
	char storage[8];
	struct text t;

	memset(storage, '#', sizeof(storage));
	text_init(&t, storage, 5);
	text_add(&t, "abcde");
	cr_expect(t.cut);
	cr_expect_str_eq(storage, "abcd");
	cr_expect_eq(t.length, 4);
	text_addf(&t, "%d", 7);
	text_add_vis(&t, "x", 1);
	cr_expect_str_eq(storage, "abcd");
	cr_expect_eq(storage[5], '#', "a byte after the end was written");
	text_init(&t, storage, 5);
	text_addf(&t, "%s", "abcde");
	cr_expect(t.cut);
	cr_expect_str_eq(storage, "abcd");
	cr_expect_eq(t.length, 4);
	text_init(&t, storage, 1);
	text_add(&t, "x");
	cr_expect(t.cut);
	cr_expect_str_eq(storage, "");
}

/* Each byte alone and before each digit, where an octal escape could swallow it. */
Test(text, vis_escapes_all_that_is_not_printable_ascii)
{
	char storage[32], expected[32], in[3] = "";
	struct text t;
	size_t i;
	int c, next;

	for (c = 0; c < 256; c++) {
		for (next = '0'; next <= '8'; next++) {
			in[0] = (char)c;
			in[1] = (char)next;
			text_init(&t, storage, sizeof(storage));
			text_add_vis(&t, in, 2);
			(void)vis(
			    vis(expected, in[0], VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL, next),
			    in[1], VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL, 0);
			cr_expect_str_eq(storage, expected);
			for (i = 0; i < t.length; i++)
				cr_expect(
				    storage[i] >= ' ' && storage[i] <= '~', "%d: %s", c, storage);
		}
	}
}

Test(text, vis_is_cut_too)
{
	char storage[4];
	struct text t;

	text_init(&t, storage, sizeof(storage));
	text_add_vis(&t, "ab\n", 3);
	cr_expect(t.cut);
	cr_expect_eq(strlen(storage), t.length);
	cr_expect_eq(strncmp(storage, "ab", 2), 0);
}

Test(text, a_refused_word_is_quoted_and_harmless)
{
	char data[64];
	struct text t;

	text_init(&t, data, sizeof(data));
	text_add(&t, "listen: ");
	cr_expect_eq(text_refuse(&t, "a\033b", "is no port"), -EINVAL);
	cr_expect_str_eq(data, "listen: \"a\\033b\" is no port");
}

Test(text, number_good)
{
	static const struct {
		const char *s;
		long long min, max, n;
	} good[] = {
	    {"0", 0, 65535, 0},
	    {"65535", 0, 65535, 65535},
	    {"-20", -20, 19, -20},
	    {"007", 0, 10, 7},
	    {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
	    {"-9223372036854775808", INT64_MIN, 0, INT64_MIN},
	};
	long long n;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		n = 99;
		cr_expect_eq(
		    text_number(good[i].s, good[i].min, good[i].max, &n), 0, "%s", good[i].s);
		cr_expect_eq(n, good[i].n, "%s", good[i].s);
	}
}

Test(text, number_bad)
{
	static const struct {
		const char *s;
		long long min, max;
		int error;
	} bad[] = {
	    {"", 0, 9, -EINVAL},
	    {"-", -9, 9, -EINVAL},
	    {" 1", 0, 9, -EINVAL},
	    {"+1", 0, 9, -EINVAL},
	    {"1 ", 0, 9, -EINVAL},
	    {"1x", 0, 9, -EINVAL},
	    {"0x1", 0, 9, -EINVAL},
	    {"x", 0, 9, -EINVAL},
	    {"1.5", 0, 9, -EINVAL},
	    {"--1", -9, 9, -EINVAL},
	    {"10", 0, 9, -ERANGE},
	    {"-1", 0, 9, -ERANGE},
	    {"65536", 0, 65535, -ERANGE},
	    {"9223372036854775808", 0, INT64_MAX, -ERANGE},
	    {"99999999999999999999999", 0, INT64_MAX, -ERANGE},
	};
	long long n = 99;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(text_number(bad[i].s, bad[i].min, bad[i].max, &n), bad[i].error,
		    "'%s'", bad[i].s);
	cr_expect_eq(n, 99, "the result was touched");
}

Test(text, size)
{
	static const struct {
		const char *s;
		int r;
		uint64_t bytes;
	} row[] = {
	    {"0", 0, 0},
	    {"4096", 0, 4096},
	    {"64k", 0, 65536},
	    {"64K", 0, 65536},
	    {"64M", 0, 64ULL << 20},
	    {"2G", 0, 2ULL << 30},
	    {"1T", 0, 1ULL << 40},
	    {"18446744073709551615", 0, UINT64_MAX},
	    {"18446744073709551616", -ERANGE, 1},
	    {"18014398509481984k", -ERANGE, 1},
	    {"99999999G", 0, 99999999ULL << 30},
	    {"99999999999G", -ERANGE, 1},
	    {"", -EINVAL, 1},
	    {"k", -EINVAL, 1},
	    {"-1", -EINVAL, 1},
	    {"1kk", -EINVAL, 1},
	    {"1 k", -EINVAL, 1},
	    {"1.5M", -EINVAL, 1},
	    {"1x", -EINVAL, 1},
	};
	uint64_t bytes;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bytes = 1;
		cr_expect_eq(text_size(row[i].s, &bytes), row[i].r, "'%s'", row[i].s);
		cr_expect_eq(bytes, row[i].bytes, "'%s'", row[i].s);
	}
}

Test(text, time)
{
	static const struct {
		const char *s;
		int r;
		usec_t usec;
	} row[] = {
	    {"0", 0, 0},
	    {"30", 0, 30 * USEC_PER_SEC},
	    {"250ms", 0, 250 * USEC_PER_MSEC},
	    {"30s", 0, 30 * USEC_PER_SEC},
	    {"10m", 0, 600 * USEC_PER_SEC},
	    {"1h", 0, 3600 * USEC_PER_SEC},
	    {"2d", 0, 172800 * USEC_PER_SEC},
	    {"213503982d", 0, 213503982ULL * 86400 * USEC_PER_SEC},
	    {"213503983d", -ERANGE, 1},
	    {"99999999999999999999", -ERANGE, 1},
	    {"", -EINVAL, 1},
	    {"s", -EINVAL, 1},
	    {"-1s", -EINVAL, 1},
	    {"1x", -EINVAL, 1},
	    {"1 s", -EINVAL, 1},
	    {"1h30m", -EINVAL, 1},
	};
	usec_t usec;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		usec = 1;
		cr_expect_eq(text_time(row[i].s, &usec), row[i].r, "'%s'", row[i].s);
		cr_expect_eq(usec, row[i].usec, "'%s'", row[i].s);
	}
}

Test(text, nearest)
{
	static const char *const words[] = {"listen", "command", "wait", "enabled", "description",
	    "stderr", "user", "group", "groups"};
	static const struct {
		const char *word, *nearest;
	} row[] = {
	    {"listen", "listen"},
	    {"lisen", "listen"},
	    {"lsiten", "listen"}, /* neighbours swapped: one step */
	    {"wiat", "wait"},
	    {"waits", "wait"},
	    {"usr", "user"},
	    {"comand", "command"},
	    {"enable", "enabled"},
	    {"descriptoin", "description"},
	    {"grop", "group"},
	    {"grups", "groups"},
	    {"grou", "group"},
	    {"xyz", NULL},
	    {"listening", "listen"}, /* three steps of nine letters */
	    {"listeningon", NULL},   /* five of eleven */
	    {"w", NULL},
	    {"", NULL},
	    {"this-word-is-longer-than-any-option-that-anybody-would-ever-dare-to-name-so", NULL},
	};
	const char *found;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		found = text_nearest(row[i].word, words, sizeof(words) / sizeof(words[0]));
		if (row[i].nearest == NULL)
			cr_expect_null(found, "%s: %s", row[i].word, found);
		else
			cr_expect(found != NULL && strcmp(found, row[i].nearest) == 0, "%s: %s",
			    row[i].word, found);
	}
	cr_expect_null(text_nearest("listen", words, 0));
}

Test(text, nearest_takes_the_first_of_equals)
{
	static const char *const words[] = {"aaaaxx", "aaaabb", "aaaacc"};

	cr_expect_str_eq(text_nearest("aaaabc", words, 3), "aaaabb");
	cr_expect_str_eq(text_nearest("aaaacb", words + 1, 2), "aaaabb");
}

Test(text, nearest_counts_neighbours_swapped_as_one_step)
{
	static const char *const words[] = {"abc"};

	cr_expect_not_null(text_nearest("acb", words, 1));
	cr_expect_null(text_nearest("axx", words, 1));
}
