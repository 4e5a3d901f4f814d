/*
 * A token bucket in 16 bytes (the generic cell rate algorithm, ITU-T I.371): all that is kept is
 * the time at which the bucket would be full again.
 *
 * An instant of the clock lasts a microsecond.  Over any stretch of time, both its first and its
 * last instant included, at most burst + rate * stretch are passed; who comes steadily at the rate,
 * or later, is never refused.  Both are exact, also for rates such as 3/s whose tokens do not come
 * in whole microseconds.  Nothing overflows for a rate within base/rate's limits and a clock below
 * 2^62 (146,000 years).
 *
 * Refusing costs nothing: a bucket that refuses stays as it was.  One that lacks more than its rate
 * can have taken out of it is left of another rate, before a reload, and counts as full.
 */
#ifndef POLICY_BUCKET_H
#define POLICY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct rate;

/* Zero it: full. */
struct bucket {
	usec_t full;	   /* when it is full again */
	uint32_t fraction; /* and so many microseconds / rate.count later */
};

/* Takes a token if there is one; always with no limit. */
bool bucket_take(struct bucket *b, const struct rate *r, usec_t now);

/* Time until bucket_take gives one: 0 now, and it is there no earlier. */
usec_t bucket_wait(const struct bucket *b, const struct rate *r, usec_t now);

#endif
