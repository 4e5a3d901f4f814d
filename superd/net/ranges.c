#include "net/ranges.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

enum { BYTE = 8, DEPTH = 129 /* prefixes within each other: one of each length */ };

/* One family under construction, its rules coming in order. */
struct sweep {
	struct ranges_list *list;
	const struct ranges_rule *open[DEPTH]; /* each within the one before it */
	size_t depth;
	uint8_t fallback;
};

static int
rule_compare(const void *a, const void *b)
{
	const struct ranges_rule *x = a, *y = b;
	int r = prefix_compare(&x->prefix, &y->prefix);

	return r != 0 ? r : (x->value > y->value) - (x->value < y->value);
}

static uint8_t
value_now(const struct sweep *s)
{
	return s->depth > 0 ? s->open[s->depth - 1]->value : s->fallback;
}

/* From this address on the value is another, or the same after all. */
static void
add_start(struct sweep *s, const uint8_t *bytes)
{
	struct ranges_list *list = s->list;
	struct ranges_start *last = list->v + list->n - 1;
	uint8_t value = value_now(s);

	if (list->n > 0 && memcmp(last->bytes, bytes, sizeof(last->bytes)) == 0)
		list->n--;
	if (list->n > 0 && list->v[list->n - 1].value == value)
		return;
	last = &list->v[list->n++];
	memcpy(last->bytes, bytes, sizeof(last->bytes));
	last->value = value;
}

/* The address after the last of the prefix. False: there is none. */
static bool
after(const struct prefix *p, uint8_t *bytes)
{
	size_t i = p->length;
	unsigned bit;

	memcpy(bytes, p->bytes, sizeof(p->bytes));
	/* Adding one at the last bit of the prefix, with the carry. */
	while (i-- > 0) {
		bit = 0x80U >> i % BYTE;
		bytes[i / BYTE] = (uint8_t)(bytes[i / BYTE] ^ bit);
		if ((bytes[i / BYTE] & bit) != 0)
			return true;
	}
	return false;
}

static bool
within(const struct prefix *p, const struct prefix *outer)
{
	size_t whole = outer->length / BYTE;
	unsigned rest = outer->length % BYTE;

	return memcmp(p->bytes, outer->bytes, whole) == 0 &&
	       (rest == 0 || (p->bytes[whole] ^ outer->bytes[whole]) >> (BYTE - rest) == 0);
}

static void
close_last(struct sweep *s)
{
	uint8_t bytes[16];
	const struct prefix *p = &s->open[--s->depth]->prefix;

	if (after(p, bytes))
		add_start(s, bytes);
}

static void
open_rule(struct sweep *s, const struct ranges_rule *rule)
{
	while (s->depth > 0 && !within(&rule->prefix, &s->open[s->depth - 1]->prefix))
		close_last(s);
	if (s->depth > 0 && prefix_equal(&rule->prefix, &s->open[s->depth - 1]->prefix))
		return;
	s->open[s->depth++] = rule;
	add_start(s, rule->prefix.bytes);
}

/* rules[0..n) of one family, sorted. */
static int
build_list(struct ranges_list *list, const struct ranges_rule *rules, size_t n, uint8_t fallback)
{
	static const uint8_t lowest[16];
	struct sweep s = {.list = list, .fallback = fallback};
	struct ranges_start *fitting;
	size_t i;

	list->v = calloc(2 * n + 1, sizeof(*list->v));
	if (list->v == NULL)
		return -ENOMEM;
	add_start(&s, lowest);
	for (i = 0; i < n; i++)
		open_rule(&s, &rules[i]);
	while (s.depth > 0)
		close_last(&s);
	fitting = reallocarray(list->v, list->n, sizeof(*fitting));
	if (fitting != NULL)
		list->v = fitting;
	return 0;
}

int
ranges_build(struct ranges *r, const struct ranges_rule *rules, size_t n, uint8_t fallback)
{
	struct ranges built = {.fallback = fallback};
	struct ranges_rule *sorted = reallocarray(NULL, n + 1, sizeof(*sorted));
	size_t in;
	int result;

	if (sorted == NULL)
		return -ENOMEM;
	if (n > 0)
		memcpy(sorted, rules, n * sizeof(*rules));
	qsort(sorted, n, sizeof(*sorted), rule_compare);
	for (in = 0; in < n && sorted[in].prefix.family == AF_INET;)
		in++;
	result = build_list(&built.in, sorted, in, fallback);
	if (result == 0)
		result = build_list(&built.in6, sorted + in, n - in, fallback);
	free(sorted);
	if (result < 0)
		ranges_fini(&built);
	else
		*r = built;
	return result;
}

void
ranges_fini(struct ranges *r)
{
	if (r == NULL)
		return;
	free(r->in.v);
	free(r->in6.v);
	memset(r, 0, sizeof(*r));
}

const struct ranges_list *
ranges_of(const struct ranges *r, sa_family_t family)
{
	return family == AF_INET ? &r->in : &r->in6;
}

uint8_t
ranges_find(const struct ranges *r, const struct address *a)
{
	const struct ranges_list *list;
	struct prefix p;
	size_t low = 0, high, middle;

	if (prefix_of(a, prefix_width(AF_INET), prefix_width(AF_INET6), &p) < 0)
		return r->fallback;
	list = ranges_of(r, p.family);
	/* v[low] starts at or before the address, v[high] after it. */
	for (high = list->n; high - low > 1;) {
		middle = low + (high - low) / 2;
		if (memcmp(list->v[middle].bytes, p.bytes, sizeof(p.bytes)) <= 0)
			low = middle;
		else
			high = middle;
	}
	return list->v[low].value;
}
