#include "policy/bucket.h"

#include "base/rate.h"

/* The largest debt with which there is still a token at some time within the instant. */
static uint64_t
allowance(const struct rate *r)
{
	return (rate_burst(r) - 1) * r->per + r->count - 1;
}

/* What the bucket lacks at `now`, in microseconds / count of time to fill: 0 for a full one. */
static uint64_t
debt(const struct bucket *b, const struct rate *r, usec_t now)
{
	uint64_t most = allowance(r) + r->per, owed;

	if (b->full < now || b->full - now > most / r->count)
		return 0;
	owed = (b->full - now) * r->count;
	owed += b->fraction < r->count ? b->fraction : r->count - 1;
	return owed <= most ? owed : 0;
}

bool
bucket_take(struct bucket *b, const struct rate *r, usec_t now)
{
	uint64_t owed;

	if (r->count == 0)
		return true;
	owed = debt(b, r, now);
	if (owed > allowance(r))
		return false;
	owed += r->per;
	b->full = now + owed / r->count;
	b->fraction = (uint32_t)(owed % r->count);
	return true;
}

usec_t
bucket_wait(const struct bucket *b, const struct rate *r, usec_t now)
{
	uint64_t owed, allowed;

	if (r->count == 0)
		return 0;
	owed = debt(b, r, now);
	allowed = allowance(r);
	return owed > allowed ? (owed - allowed - 1) / r->count + 1 : 0;
}
