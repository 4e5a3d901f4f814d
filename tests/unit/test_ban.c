#include <criterion/criterion.h>
#include <netinet/in.h>

#include "policy/ban.h"
#include "policy/source.h"

enum { SOURCES = 64, STEPS = 20000 };

static const uint8_t key[SIPHASH_KEY] = "0123456789abcde";

static struct source *
numbered(struct sources *t, uint32_t n)
{
	struct source_key k = {.family = AF_INET, .length = 32, .bytes = {(uint8_t)n}};

	return source_get(t, &k, n);
}

static void
begin(struct sources *t, struct bans *b)
{
	cr_assert_eq(sources_init(t, SOURCES, key), 0);
	cr_assert_eq(bans_init(b, t), 0);
}

static void
end(struct sources *t, struct bans *b)
{
	bans_fini(b);
	sources_fini(t);
}

Test(ban, pins_until_lifted)
{
	struct sources t;
	struct source *s;
	struct bans b;
	uint32_t i;

	begin(&t, &b);
	cr_assert_null(ban_first(&b));
	cr_assert_null(ban_newest(&b));
	s = numbered(&t, 1);
	cr_assert_not(ban_lift(&b, s));
	cr_assert(ban_set(&b, s, 100));
	cr_assert(s->pinned);
	cr_assert(ban_holds(s, 99));
	cr_assert_not(ban_holds(s, 100));
	for (i = 2; i < 200; i++)
		(void)numbered(&t, i);
	cr_assert_eq(numbered(&t, 1), s);
	cr_assert_not(ban_set(&b, s, 50), "a longer or shorter ban is no new one");
	cr_assert_eq(ban_first(&b)->banned, 50);
	cr_assert(ban_lift(&b, s));
	cr_assert_not(s->pinned);
	cr_assert_not(ban_holds(s, 0));
	cr_assert_eq(s->banned, 50);
	cr_assert_null(ban_first(&b));
	end(&t, &b);
}

/* The same, kept simply: ends by source, and the order in which the bans were made. */
struct model {
	usec_t until[SOURCES + 1]; /* 0: none */
	uint32_t order[SOURCES + 1];
	uint32_t made;
};

static void
compare(const struct bans *b, const struct model *m)
{
	const struct source *s, *first = ban_first(b);
	uint32_t n, count = 0, order = UINT32_MAX;
	usec_t least = USEC_NEVER;

	for (n = 1; n <= SOURCES; n++) {
		count += m->until[n] > 0;
		least = m->until[n] > 0 && m->until[n] < least ? m->until[n] : least;
	}
	cr_assert_eq(b->n, count);
	cr_assert_eq(first != NULL ? first->banned : USEC_NEVER, least);
	for (s = ban_newest(b); s != NULL; s = ban_older(b, s)) {
		n = s->key.bytes[0];
		cr_assert(m->until[n] > 0 && s->banned == m->until[n] && s->pinned);
		cr_assert_lt(m->order[n], order);
		order = m->order[n];
		count--;
	}
	cr_assert_eq(count, 0);
}

Test(ban, model)
{
	struct model m = {0};
	struct sources t;
	struct source *s;
	struct bans b;
	uint64_t state = 5;
	uint32_t i, n;

	begin(&t, &b);
	for (i = 0; i < STEPS; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		n = 1 + (uint32_t)(state >> 33) % SOURCES;
		s = numbered(&t, n);
		/* Mostly growing, then mostly shrinking. */
		if ((state >> 50) % 8 < (i % 1000 < 500 ? 6 : 2)) {
			cr_assert_eq(ban_set(&b, s, 1 + (state >> 40) % 500), m.until[n] == 0);
			m.until[n] = 1 + (state >> 40) % 500;
			m.order[n] = ++m.made;
		} else {
			cr_assert_eq(ban_lift(&b, s), m.until[n] > 0);
			m.until[n] = 0;
		}
		compare(&b, &m);
	}
	end(&t, &b);
}
