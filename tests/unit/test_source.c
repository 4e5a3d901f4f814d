#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>

#include "net/address.h"
#include "policy/source.h"

static const uint8_t key[SIPHASH_KEY] = "0123456789abcde";
static const struct source_prefix usual = {32, 64};

static uint64_t
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

static struct source_key
numbered(uint32_t n, uint32_t service)
{
	struct address a = {.length = sizeof(a.in)};
	struct source_key k;

	a.in.sin_family = AF_INET;
	a.in.sin_addr.s_addr = htonl(n);
	cr_assert(source_key(&k, &a, usual, service));
	return k;
}

static struct source_key
parsed(const char *text, uint8_t v4, uint8_t v6)
{
	const struct source_prefix prefix = {v4, v6};
	struct address a;
	struct source_key k;

	cr_assert_eq(address_parse(&a, text, 7), 0, "%s", text);
	cr_assert(source_key(&k, &a, prefix, 0));
	return k;
}

Test(source, keys)
{
	static const struct {
		const char *peer;
		uint8_t v4, v6;
		const char *text;
	} rows[] = {
	    {"192.0.2.77", 32, 64, "192.0.2.77/32"},
	    {"192.0.2.77", 24, 64, "192.0.2.0/24"},
	    {"192.0.2.77", 26, 64, "192.0.2.64/26"},
	    {"255.255.255.255", 1, 64, "128.0.0.0/1"},
	    {"192.0.2.77", 0, 64, "0.0.0.0/0"},
	    {"::ffff:192.0.2.77", 24, 64, "192.0.2.0/24"},
	    {"2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::/64"},
	    {"2001:db8:1:2:3:4:5:6", 32, 128, "2001:db8:1:2:3:4:5:6/128"},
	    {"2001:db8:1:2:3:4:5:6", 32, 48, "2001:db8:1::/48"},
	    {"2001:db8:1:ff:3:4:5:6", 32, 60, "2001:db8:1:f0::/60"},
	    {"2001:db8:1:2:3:4:5:6", 32, 0, "::/0"},
	    {"::1", 32, 64, "::/64"},
	    {"fe80::1%7", 32, 64, "fe80::/64%7"},
	    {"fe80::1%7", 32, 128, "fe80::1/128%7"},
	    {"fe80::1%4000000000", 32, 64, "fe80::/64%4000000000"},
	    {"fe80::1%7", 32, 8, "fe00::/8"},
	};
	struct source_key k;
	char text[SOURCE_TEXT];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		k = parsed(rows[i].peer, rows[i].v4, rows[i].v6);
		cr_expect_str_eq(source_key_text(&k, text, sizeof(text)), rows[i].text);
	}
}

Test(source, what_has_no_key)
{
	struct address a = {.length = sizeof(a.un)};
	struct source_key k;

	a.un.sun_family = AF_UNIX;
	cr_expect_not(source_key(&k, &a, usual, 0));
	a.length = 0;
	cr_expect_not(source_key(&k, &a, usual, 0));
}

Test(source, covers)
{
	static const struct {
		const char *a;
		uint8_t length;
		const char *b;
		bool covers;
	} rows[] = {
	    {"192.0.2.1", 32, "192.0.2.1", true},
	    {"192.0.2.1", 32, "192.0.2.2", false},
	    {"192.0.2.0", 24, "192.0.2.255", true},
	    {"192.0.2.0", 24, "192.0.3.0", false},
	    {"192.0.2.0", 23, "192.0.3.0", true},
	    {"192.0.2.0", 31, "192.0.2.2", false},
	    {"0.0.0.0", 0, "192.0.3.0", true},
	    {"0.0.0.0", 0, "::1", false},
	    {"2001:db8::", 48, "2001:db8:0:7::1", true},
	    {"2001:db8::", 48, "2001:db8:1:7::1", false},
	    {"2001:db8::", 61, "2001:db8:0:7::1", true},
	    {"2001:db8::", 62, "2001:db8:0:7::1", false},
	    {"2001:db8::1", 128, "2001:db8::1", true},
	    {"fe80::", 64, "fe80::1%3", false},
	};
	struct source_key a, b;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = parsed(rows[i].a, rows[i].length, rows[i].length);
		b = parsed(rows[i].b, 32, 128);
		cr_expect_eq(source_key_covers(&a, &b), rows[i].covers, "%s/%u %s", rows[i].a,
		    rows[i].length, rows[i].b);
		cr_expect_eq(source_key_covers(&b, &a), rows[i].covers && a.length == b.length);
		if (!rows[i].covers)
			continue;
		b = source_key_shorten(&b, a.length);
		cr_expect(source_key_equal(&a, &b));
	}
}

Test(source, remembers_by_prefix_and_service)
{
	struct sources t;
	struct source *one, *other;
	struct source_key k = numbered(1, 0), of_service = numbered(1, 7), none = numbered(2, 0);

	cr_assert_eq(sources_init(&t, SOURCES_MIN, key), 0);
	cr_assert_null(source_find(&t, &k));
	one = source_get(&t, &k, 5);
	cr_assert_eq(one->seen, 5);
	other = source_get(&t, &of_service, 6);
	cr_assert_neq(one, other);
	cr_assert_eq(source_get(&t, &k, 9), one);
	cr_assert_eq(one->seen, 9);
	cr_assert_eq(source_find(&t, &of_service), other);
	cr_assert_null(source_find(&t, &none));
	source_enter(&t, one);
	cr_assert(one->live == 1 && other->live == 0);
	source_leave(&t, one);
	cr_assert_eq(one->live, 0);
	sources_fini(&t);
	sources_fini(&t);
	sources_fini(NULL);
}

Test(source, the_last_asked_for_are_not_replaced)
{
	struct sources t;
	struct source *fresh[SOURCE_FRESH], *s;
	struct source_key k;
	uint32_t i, n;

	cr_assert_eq(sources_init(&t, SOURCES_MIN, key), 0);
	for (i = 1; i <= SOURCES_MIN; i++) {
		k = numbered(i, 0);
		s = source_get(&t, &k, i);
		if (i > SOURCE_FRESH)
			source_enter(&t, s);
	}
	/* SOURCE_FRESH are left, none of which may go. */
	for (i = 0; i < SOURCE_FRESH; i++) {
		k = numbered(i + 1, 0);
		fresh[i] = source_get(&t, &k, 100);
	}
	k = numbered(1000, 0);
	cr_assert(source_shared(&t, source_get(&t, &k, 101)));
	for (i = 0; i < SOURCE_FRESH; i++) {
		k = numbered(i + 1, 0);
		cr_assert_eq(source_find(&t, &k), fresh[i]);
	}
	/* With one more of them there is always room. */
	k = numbered(SOURCES_MIN, 0);
	source_leave(&t, source_find(&t, &k));
	for (n = 1001; n < 1100; n++) {
		k = numbered(n, 0);
		cr_assert_not(source_shared(&t, source_get(&t, &k, n)));
	}
	sources_fini(&t);
}

Test(source, newcomers_share_one_when_all_are_pinned)
{
	struct sources t;
	struct source *s;
	struct source_key k;
	uint32_t i;

	cr_assert_eq(sources_init(&t, SOURCES_MIN, key), 0);
	for (i = 1; i <= SOURCES_MIN; i++) {
		k = numbered(i, 0);
		s = source_get(&t, &k, i);
		if (i % 2 == 0)
			source_pin(&t, s, true);
		else
			source_enter(&t, s);
	}
	for (i = 100; i < 110; i++) {
		k = numbered(i, 0);
		s = source_get(&t, &k, i);
		cr_assert(source_shared(&t, s));
		cr_assert_eq(s->live, i - 100);
		source_enter(&t, s);
		cr_assert_null(source_find(&t, &k));
	}
	for (i = 1; i <= SOURCES_MIN; i++) {
		k = numbered(i, 0);
		s = source_find(&t, &k);
		cr_assert_not_null(s);
		cr_assert_eq(s->live, i % 2);
	}
	/* Those of services count apart: a connection has a source of its service and one of the
	 * daemon. */
	for (i = 100; i < 110; i++) {
		k = numbered(i, i % 3 + 1);
		s = source_get(&t, &k, i);
		cr_assert(source_shared(&t, s));
		cr_assert_eq(s->live, i - 100);
		source_enter(&t, s);
		k.service = 0;
		cr_assert_eq(source_get(&t, &k, i)->live, 10);
	}
	for (i = 0; i < SOURCES_SHARED; i++)
		while (t.entries[i].live > 0)
			source_leave(&t, &t.entries[i]);
	cr_assert_eq(t.replaceable, 0);
	sources_fini(&t);
}

/* Forged sources by the million: what is pinned stays what and where it was, memory is flat. */
Test(source, a_flood_replaces_nothing_that_is_pinned, .timeout = 60)
{
	enum { CAPACITY = SOURCES_DEFAULT, PINNED = 1000, FLOOD = 1000000 };
	static struct source *pinned[PINNED];
	struct sources t;
	struct rusage before, after;
	struct source_key k;
	uint32_t i;

	cr_assert_eq(sources_init(&t, CAPACITY, key), 0);
	for (i = 0; i < PINNED; i++) {
		k = numbered(i, i % 3);
		pinned[i] = source_get(&t, &k, i);
		if (i % 2 == 0)
			source_pin(&t, pinned[i], true);
		else
			source_enter(&t, pinned[i]);
	}
	for (i = PINNED; i < PINNED + FLOOD; i++) {
		if (i == PINNED + 2 * CAPACITY)
			cr_assert_eq(getrusage(RUSAGE_SELF, &before), 0);
		k = numbered(i * 2654435761U, 0);
		cr_assert_not(source_shared(&t, source_get(&t, &k, i)));
	}
	cr_assert_eq(getrusage(RUSAGE_SELF, &after), 0);
	cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 1024, "memory grew");
	cr_assert_eq(t.used, CAPACITY);
	cr_assert_eq(t.replaceable, CAPACITY - PINNED);
	for (i = 0; i < PINNED; i++) {
		k = numbered(i, i % 3);
		cr_assert_eq(source_find(&t, &k), pinned[i]);
		cr_assert_eq(pinned[i]->live, i % 2);
	}
	sources_fini(&t);
}

Test(source, chains_stay_short)
{
	enum { CAPACITY = 1 << 12 };
	struct sources t;
	struct source_key k;
	uint32_t i, n, longest = 0, at;

	cr_assert_eq(sources_init(&t, CAPACITY, key), 0);
	for (i = 0; i < CAPACITY; i++) {
		k = numbered(i << 8, i % 5);
		(void)source_get(&t, &k, i);
	}
	for (i = 0; i <= t.mask; i++) {
		for (n = 0, at = t.heads[i]; at != 0; at = t.entries[at].next)
			n++;
		longest = n > longest ? n : longest;
	}
	cr_expect_lt(longest, 12);
	sources_fini(&t);
}

/* The same table, kept simply: in the order of what was settled last. */
enum { SMALL = 24, KEYS = 60, STEPS = 40000 };

struct model {
	uint32_t n[SMALL]; /* the newest first */
	uint32_t live[KEYS];
	bool pinned[KEYS];
	size_t count;
	uint32_t shared[SOURCES_SHARED];
};

static void
model_newest(struct model *m, size_t at)
{
	uint32_t n = m->n[at];

	memmove(m->n + 1, m->n, at * sizeof(m->n[0]));
	m->n[0] = n;
}

static bool
model_free(const struct model *m, size_t at)
{
	return m->live[m->n[at]] == 0 && !m->pinned[m->n[at]];
}

/* False: shared. */
static bool
model_get(struct model *m, uint32_t n)
{
	size_t i, at, idle = 0;

	for (at = 0; at < m->count && m->n[at] != n; at++)
		continue;
	if (at == SMALL) {
		for (i = 0; i < SMALL; i++) {
			if (!model_free(m, i))
				continue;
			idle++;
			at = i;
		}
		if (idle <= SOURCE_FRESH)
			return false;
	} else if (at == m->count) {
		m->count++;
	}
	m->n[at] = n;
	model_newest(m, at);
	return true;
}

static void
model_settle(struct model *m, uint32_t n)
{
	size_t at;

	for (at = 0; m->n[at] != n; at++)
		continue;
	model_newest(m, at);
}

static void
compare(const struct model *m, const struct sources *t)
{
	bool known[KEYS] = {false};
	const struct source *s;
	struct source_key k;
	uint32_t i;
	size_t at;

	for (at = 0; at < m->count; at++)
		known[m->n[at]] = true;
	for (i = 0; i < KEYS; i++) {
		k = numbered(i, i % 2);
		s = source_find(t, &k);
		cr_assert_eq(s != NULL, known[i], "source %u", i);
		if (s != NULL)
			cr_assert(s->live == m->live[i] && s->pinned == m->pinned[i]);
	}
	for (i = 0; i < SOURCES_SHARED; i++)
		cr_assert_eq(t->entries[i].live, m->shared[i]);
}

static void
step(struct model *m, struct sources *t, uint64_t what, uint32_t n, bool shared, struct source *s)
{
	if (what < 4 && shared) {
		m->shared[n % 2]++;
		source_enter(t, s);
	} else if (what < 4) {
		m->live[n]++;
		source_enter(t, s);
	} else if (what < 8 && shared && m->shared[n % 2] > 0) {
		m->shared[n % 2]--;
		source_leave(t, s);
	} else if (what < 8 && !shared && m->live[n] > 0) {
		m->live[n]--;
		source_leave(t, s);
	} else if (what == 8 && !shared) {
		m->pinned[n] = !m->pinned[n];
		source_pin(t, s, m->pinned[n]);
	}
	if (!shared)
		model_settle(m, n);
}

Test(source, model, .timeout = 60)
{
	uint64_t state = 3, what;
	struct model m = {0};
	struct sources t;
	struct source_key k;
	struct source *s;
	bool shared, leave_all;
	uint32_t i, n, shares = 0;

	cr_assert_eq(sources_init(&t, SMALL, key), 0);
	for (i = 0; i < STEPS; i++) {
		n = (uint32_t)(draw(&state) % KEYS);
		k = numbered(n, n % 2);
		s = source_get(&t, &k, i);
		shared = !model_get(&m, n);
		cr_assert_eq(source_shared(&t, s), shared, "step %u", i);
		shares += shared;
		leave_all = i % 2000 > 1000;
		what = leave_all ? 4 + draw(&state) % 5 : draw(&state) % 20;
		step(&m, &t, what, n, shared, s);
		compare(&m, &t);
	}
	cr_assert(shares > 100 && shares < STEPS / 2, "%u", shares);
	sources_fini(&t);
}
