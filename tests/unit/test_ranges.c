#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "generate.h"
#include "net/address.h"
#include "net/ranges.h"

enum { FALLBACK = 9 };

static struct ranges_rule
rule(const char *s, uint8_t value)
{
	struct ranges_rule made = {.value = value};
	char storage[512];
	struct text error;

	text_init(&error, storage, sizeof(storage));
	cr_assert_eq(prefix_parse(&made.prefix, s, &error), 0, "%s", storage);
	return made;
}

static uint8_t
find(const struct ranges *r, const char *s)
{
	struct address a;

	cr_assert_eq(address_parse(&a, s, 1), 0, "%s", s);
	return ranges_find(r, &a);
}

static const struct {
	const char *s;
	uint8_t value;
} table[] = {
    /* Not in order, as a list is written. */
    {"192.0.2.64/26", 1},
    {"192.0.2.0/24", 2},
    {"192.0.2.65", 3},
    {"192.0.2.65", 4},
    {"192.0.2.128/25", 2},
    {"192.0.3.0/24", 2},
    {"255.0.0.0/8", 5},
    {"0.0.0.0/8", 6},
    {"2001:db8::/32", 1},
    {"2001:db8:8000::/33", 2},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 3},
    {"::1", 4},
    {"ff00::/8", 9},
};

static void
build(struct ranges *r)
{
	enum { N = sizeof(table) / sizeof(table[0]) };
	struct ranges_rule rules[N];
	size_t i;

	for (i = 0; i < N; i++)
		rules[i] = rule(table[i].s, table[i].value);
	cr_assert_eq(ranges_build(r, rules, N, FALLBACK), 0);
}

Test(ranges, longest_prefix_wins)
{
	static const struct {
		const char *s;
		uint8_t value;
	} rows[] = {
	    {"0.0.0.0", 6},
	    {"0.255.255.255", 6},
	    {"1.0.0.0", FALLBACK},
	    {"192.0.1.255", FALLBACK},
	    {"192.0.2.0", 2},
	    {"192.0.2.63", 2},
	    {"192.0.2.64", 1},
	    {"192.0.2.65", 3}, /* of equal prefixes the smaller value */
	    {"192.0.2.66", 1},
	    {"192.0.2.127", 1},
	    {"192.0.2.128", 2},
	    {"192.0.3.255", 2},
	    {"192.0.4.0", FALLBACK},
	    {"254.255.255.255", FALLBACK},
	    {"255.255.255.255", 5},
	    {"::ffff:192.0.2.65", 3},
	    {"::", FALLBACK},
	    {"::1", 4},
	    {"::2", FALLBACK},
	    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", FALLBACK},
	    {"2001:db8::", 1},
	    {"2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", 1},
	    {"2001:db8:8000::", 2},
	    {"2001:db8:ffff:ffff:ffff:ffff:ffff:fffe", 2},
	    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 3},
	    {"2001:db9::", FALLBACK},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9},
	};
	struct ranges r;
	struct address a;
	size_t i;

	build(&r);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(
		    find(&r, rows[i].s), rows[i].value, "%s: %u", rows[i].s, find(&r, rows[i].s));
	memset(&a, 0, sizeof(a));
	cr_expect_eq(ranges_find(&r, &a), FALLBACK);
	a.un.sun_family = AF_UNIX;
	a.length = sizeof(sa_family_t);
	cr_expect_eq(ranges_find(&r, &a), FALLBACK);
	ranges_fini(&r);
}

/* What the filter counts on. */
Test(ranges, starts_are_sorted_and_merged)
{
	static const int families[] = {AF_INET, AF_INET6};
	static const uint8_t lowest[16];
	const struct ranges_list *list;
	struct ranges r;
	size_t i, k;

	build(&r);
	for (k = 0; k < 2; k++) {
		list = ranges_of(&r, (sa_family_t)families[k]);
		cr_assert_arr_eq(list->v[0].bytes, lowest, sizeof(lowest));
		for (i = 1; i < list->n; i++) {
			cr_assert_lt(memcmp(list->v[i - 1].bytes, list->v[i].bytes, 16), 0);
			cr_assert_neq(list->v[i - 1].value, list->v[i].value);
		}
	}
	cr_assert_eq(ranges_of(&r, AF_INET)->n, 9);
	cr_assert_eq(ranges_of(&r, AF_INET6)->n, 7, "%zu", ranges_of(&r, AF_INET6)->n);
	ranges_fini(&r);
}

Test(ranges, without_rules)
{
	struct ranges r;

	cr_assert_eq(ranges_build(&r, NULL, 0, 7), 0);
	cr_expect_eq(find(&r, "0.0.0.0"), 7);
	cr_expect_eq(find(&r, "::1"), 7);
	cr_expect_eq(ranges_of(&r, AF_INET)->n, 1);
	ranges_fini(&r);
	ranges_fini(&r);
	ranges_fini(NULL);
}

/* One prefix of each length, each within the one before. */
Test(ranges, deepest)
{
	struct ranges_rule rules[129];
	struct address a, bottom;
	struct ranges r;
	unsigned i;

	cr_assert_eq(address_parse(&bottom, "5555:5555:5555:5555:5555:5555:5555:5555", 0), 0);
	for (i = 0; i <= 128; i++) {
		cr_assert_eq(prefix_of(&bottom, 32, i, &rules[i].prefix), 0);
		rules[i].value = (uint8_t)i;
	}
	cr_assert_eq(ranges_build(&r, rules, 129, 255), 0);
	for (i = 0; i <= 128; i++) {
		a = bottom;
		if (i < 128)
			a.in6.sin6_addr.s6_addr[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		cr_assert_eq(ranges_find(&r, &a), i, "%u", i);
	}
	ranges_fini(&r);
}

/* What ranges_find promises, by looking at each rule. */
static uint8_t
naive(const struct ranges_rule *rules, size_t n, const struct address *a)
{
	int best = -1;
	uint8_t value = FALLBACK;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct prefix *p = &rules[i].prefix;

		if (p->length < best || !prefix_covers(p, a) ||
		    (p->length == best && rules[i].value >= value))
			continue;
		best = p->length;
		value = rules[i].value;
	}
	return value;
}

Test(ranges, agrees_with_a_walk_over_the_rules)
{
	enum { ROUNDS = 400, RULES = 40, ADDRESSES = 200 };
	struct ranges_rule rules[RULES];
	struct address a;
	struct ranges r;
	unsigned seed = 1, round;
	size_t i, n;

	for (round = 0; round < ROUNDS; round++) {
		n = (size_t)generate_number(&seed) % (RULES + 1);
		for (i = 0; i < n; i++) {
			rules[i].prefix = generate_prefix(&seed, AF_UNSPEC);
			rules[i].value = (uint8_t)(generate_number(&seed) % 3);
		}
		cr_assert_eq(ranges_build(&r, rules, n, FALLBACK), 0);
		cr_assert_leq(r.in.n + r.in6.n, 2 * n + 2);
		for (i = 0; i < ADDRESSES; i++) {
			a = generate_address(&seed, AF_UNSPEC, &r);
			cr_assert_eq(ranges_find(&r, &a), naive(rules, n, &a), "round %u", round);
		}
		ranges_fini(&r);
	}
}

/* Thousands of prefixes: found all, in no more steps than their logarithm. */
Test(ranges, many)
{
	enum { N = 20000 };
	struct ranges_rule *rules = calloc(N, sizeof(*rules));
	struct address a;
	struct ranges r;
	char s[32];
	size_t i;

	cr_assert_not_null(rules);
	for (i = 0; i < N; i++) {
		snprintf(s, sizeof(s), "10.%zu.%zu.1", i / 100, i % 100);
		rules[N - 1 - i] = rule(s, (uint8_t)(i % 5));
	}
	cr_assert_eq(ranges_build(&r, rules, N, FALLBACK), 0);
	for (i = 0; i < N; i++) {
		snprintf(s, sizeof(s), "10.%zu.%zu.1", i / 100, i % 100);
		cr_assert_eq(address_parse(&a, s, 0), 0);
		cr_assert_eq(ranges_find(&r, &a), i % 5);
	}
	ranges_fini(&r);
	free(rules);
}
