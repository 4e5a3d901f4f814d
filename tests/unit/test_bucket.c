#include <criterion/criterion.h>

#include "base/rate.h"
#include "policy/bucket.h"

#define YEAR (365 * 86400 * USEC_PER_SEC)

enum { TAKES = 400 };

/* Rates at the ends of what is valid, and those whose tokens do not come in whole microseconds. */
static const struct rate rates[] = {
    {1, 0, USEC_PER_SEC},
    {50, 0, USEC_PER_SEC},
    {50, 100, USEC_PER_SEC},
    {3, 1, USEC_PER_SEC},
    {7, 2, USEC_PER_MSEC},
    {999, 1, USEC_PER_MSEC},
    {1000, 1, USEC_PER_MSEC},
    {1000000, 3, USEC_PER_SEC},
    {7, 5, 30 * USEC_PER_SEC},
    {1, RATE_BURST_MAX, RATE_PER_MAX},
    {RATE_COUNT_MAX, RATE_BURST_MAX, RATE_PER_MAX},
    {1, 1, RATE_PER_MAX},
    {RATE_COUNT_MAX, 1, RATE_PER_MAX},
};

enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static uint64_t
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

Test(bucket, is_small)
{
	cr_assert_leq(sizeof(struct bucket), 16);
}

Test(bucket, burst_then_rate)
{
	const struct rate r = {.count = 10, .burst = 3, .per = USEC_PER_SEC};
	struct bucket b = {0};
	usec_t now = YEAR;
	int i;

	for (i = 0; i < 3; i++) {
		cr_assert_eq(bucket_wait(&b, &r, now), 0);
		cr_assert(bucket_take(&b, &r, now), "token %d", i);
	}
	cr_assert_not(bucket_take(&b, &r, now));
	cr_assert_eq(bucket_wait(&b, &r, now), 100000);
	cr_assert_not(bucket_take(&b, &r, now + 99999));
	cr_assert(bucket_take(&b, &r, now + 100000));
	cr_assert_eq(bucket_wait(&b, &r, now + 100000), 100000);
	for (i = 0; i < 3; i++)
		cr_assert(bucket_take(&b, &r, now + 400000), "token %d", i);
	cr_assert_not(bucket_take(&b, &r, now + 400000));
}

Test(bucket, no_limit)
{
	const struct rate none = {0};
	struct bucket b = {0};
	int i;

	for (i = 0; i < TAKES; i++)
		cr_assert(bucket_take(&b, &none, 0));
	cr_assert_eq(bucket_wait(&b, &none, 0), 0);
}

/* Time between two takes: none, near a token's, or long. */
static usec_t
pause_of(const struct rate *r, uint64_t *state)
{
	usec_t token = r->per / r->count;

	switch (draw(state) % 4) {
	case 0:
		return 0;
	case 1:
		return draw(state) % (token + 2);
	case 2:
		return token + draw(state) % 2;
	default:
		return draw(state) % (4 * token + 2);
	}
}

/* In every window, as counted by hand. */
Test(bucket, never_more_than_burst_and_rate)
{
	static usec_t passed[TAKES];
	uint64_t state = 1;
	struct bucket b;
	size_t i, k, n;
	usec_t now, stretch;
	int take;

	for (i = 0; i < RATES; i++) {
		b = (struct bucket){0};
		now = i * YEAR;
		for (n = 0, take = 0; take < TAKES; take++) {
			now += pause_of(&rates[i], &state);
			if (bucket_take(&b, &rates[i], now))
				passed[n++] = now;
			for (k = 0; k < n; k++) {
				stretch = now - passed[k] + 1;
				cr_assert(
				    (n - k) * rates[i].per <= rate_burst(&rates[i]) * rates[i].per +
								  stretch * rates[i].count,
				    "rate %zu", i);
			}
		}
	}
}

Test(bucket, steady_caller_is_never_refused)
{
	struct bucket b;
	size_t i, phase;
	uint64_t n, parts;

	for (i = 0; i < RATES; i++) {
		for (phase = 0; phase < 7; phase++) {
			/* What the clock shows of a caller that started between two instants. */
			b = (struct bucket){0};
			for (n = 0; n < 3 * TAKES; n++) {
				parts = rates[i].count * phase / 7 + n * rates[i].per;
				cr_assert(bucket_take(&b, &rates[i], YEAR + parts / rates[i].count),
				    "rate %zu, take %lu", i, (unsigned long)n);
			}
		}
	}
}

Test(bucket, wait_is_exact_and_refusal_changes_nothing)
{
	uint64_t state = 7;
	struct bucket b, before;
	usec_t now, wait;
	size_t i;
	int take;

	for (i = 0; i < RATES; i++) {
		b = (struct bucket){0};
		now = YEAR;
		for (take = 0; take < TAKES; take++) {
			now += pause_of(&rates[i], &state);
			wait = bucket_wait(&b, &rates[i], now);
			before = b;
			if (wait > 0) {
				cr_assert_not(bucket_take(&b, &rates[i], now + wait - 1));
				cr_assert(b.full == before.full && b.fraction == before.fraction);
			}
			if (take % 2 == 0)
				continue;
			now += wait;
			cr_assert(bucket_take(&b, &rates[i], now), "rate %zu", i);
		}
	}
}

Test(bucket, drained_to_the_last_token)
{
	const struct rate r = {.count = 1, .burst = RATE_BURST_MAX, .per = RATE_PER_MAX};
	struct bucket b = {0};
	uint32_t i;

	for (i = 0; i < RATE_BURST_MAX; i++)
		cr_assert(bucket_take(&b, &r, 1000 * YEAR));
	cr_assert_not(bucket_take(&b, &r, 1000 * YEAR));
	cr_assert_eq(bucket_wait(&b, &r, 1000 * YEAR), RATE_PER_MAX);
	cr_assert_eq(bucket_wait(&b, &r, 1000 * YEAR + 1), RATE_PER_MAX - 1);
}

/* Another rate after a reload: a token is never further away than one from an empty bucket. */
Test(bucket, rate_changes)
{
	struct bucket b;
	size_t i, k;
	usec_t wait;

	for (i = 0; i < RATES; i++) {
		for (k = 0; k < RATES; k++) {
			b = (struct bucket){0};
			while (b.full < 2 * YEAR && bucket_take(&b, &rates[i], YEAR))
				continue;
			wait = bucket_wait(&b, &rates[k], YEAR);
			cr_assert_leq(wait, rates[k].per / rates[k].count + 1);
			cr_assert(bucket_take(&b, &rates[k], YEAR + wait), "%zu to %zu", i, k);
			wait = bucket_wait(&b, &rates[k], YEAR + wait);
			cr_assert_leq(wait, rates[k].per / rates[k].count + 1);
		}
	}
	b = (struct bucket){.full = UINT64_MAX, .fraction = UINT32_MAX};
	cr_assert(bucket_take(&b, &rates[0], YEAR));
	cr_assert_eq(bucket_wait(&b, &rates[0], YEAR), USEC_PER_SEC);
}
