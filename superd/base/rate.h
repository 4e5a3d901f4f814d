/* Rates: so many in so much time, as configuration writes them ("50/s", "10/m", "5/30s"). */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* The limits of a valid rate: also at most one in a microsecond. */
enum { RATE_COUNT_MAX = 1000000, RATE_BURST_MAX = 1000000 };
#define RATE_PER_MIN USEC_PER_MSEC
#define RATE_PER_MAX (30 * 86400 * USEC_PER_SEC)

struct rate {
	uint32_t count; /* 0: no limit */
	uint32_t burst; /* how many may come at once; 0: as many as count */
	usec_t per;	/* count in this time; whole milliseconds */
};

/* Longest text of a rate, with the terminator. */
enum { RATE_TEXT = 32 };

/*
 * COUNT/TIME, where TIME is as text_time has it ("30s", "5m") or a unit alone ("s", "m", "h", "d").
 * Leaves burst 0.  0, -EINVAL (not a rate), -ERANGE (none at all, too many or too slow); *out only
 * on success.
 */
int rate_parse(const char *s, struct rate *out);

/* What rate_parse reads as the same count and time; "" for no limit. Returns text. */
const char *rate_text(const struct rate *r, char *text, size_t size);

/* What the bucket of that rate holds: burst, or count without one. */
uint32_t rate_burst(const struct rate *r);

#endif
