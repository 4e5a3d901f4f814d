#include "policy/limit.h"

#include <assert.h>
#include <stdbool.h>

#include "policy/source.h"

uint32_t
limit_fit(uint32_t instances, size_t n, uint32_t wanted)
{
	return n > 0 && wanted > instances / n ? (uint32_t)(instances / n) : wanted;
}

/* Nobody is owed more than it may have. */
static uint32_t
owed(const struct limit_service *s)
{
	uint32_t minimum = s->rules.minimum;

	if (minimum > s->rules.instances)
		minimum = s->rules.instances;
	return minimum > s->live ? minimum - s->live : 0;
}

void
limit_rule(struct limit_daemon *d, struct limit_service *s, const struct limit_rules *rules)
{
	assert(d->owed >= owed(s));
	d->owed -= owed(s);
	s->rules = *rules;
	d->owed += owed(s);
}

void
limit_retire(struct limit_daemon *d, struct limit_service *s)
{
	const struct limit_rules none = {.per_source = LIMIT_NONE, .load = LIMIT_NONE};

	limit_rule(d, s, &none);
}

void
limit_started(struct limit_daemon *d, struct limit_service *s)
{
	d->owed -= owed(s);
	s->live++;
	d->live++;
	d->owed += owed(s);
}

void
limit_ended(struct limit_daemon *d, struct limit_service *s)
{
	assert(s->live > 0 && d->live > 0);
	d->owed -= owed(s);
	s->live--;
	d->live--;
	d->owed += owed(s);
}

/* Is there a place that is nobody else's? */
static bool
has_place(const struct limit_daemon *d, const struct limit_service *s)
{
	if (d->instances == LIMIT_NONE)
		return true;
	if (d->live >= d->instances)
		return false;
	return owed(s) > 0 || d->instances - d->live > d->owed;
}

enum verdict
limit_check(const struct limit_daemon *d, const struct limit_service *s, uint32_t load, usec_t now)
{
	if (s->live >= s->rules.instances)
		return VERDICT_INSTANCES;
	if (!has_place(d, s))
		return VERDICT_DAEMON_INSTANCES;
	if (load > s->rules.load)
		return VERDICT_LOAD;
	return limit_wait(s, now) > 0 ? VERDICT_RATE : VERDICT_ACCEPTED;
}

usec_t
limit_wait(const struct limit_service *s, usec_t now)
{
	return bucket_wait(&s->bucket, &s->rules.rate, now);
}

static bool
is_full(uint32_t limit, const struct source *s)
{
	return limit != LIMIT_NONE && s != NULL && s->live >= limit;
}

enum verdict
limit_check_source(const struct limit_daemon *d, const struct limit_service *s,
    const struct source *of_service, const struct source *of_daemon, usec_t now)
{
	if (is_full(s->rules.per_source, of_service))
		return VERDICT_PER_SOURCE;
	if (is_full(d->per_source, of_daemon))
		return VERDICT_DAEMON_PER_SOURCE;
	if (of_service != NULL && bucket_wait(&of_service->bucket, &s->rules.source_rate, now) > 0)
		return VERDICT_SOURCE_RATE;
	return VERDICT_ACCEPTED;
}

void
limit_take(struct limit_service *s, struct source *of_service, usec_t now)
{
	bool taken = bucket_take(&s->bucket, &s->rules.rate, now);

	if (of_service != NULL)
		taken = bucket_take(&of_service->bucket, &s->rules.source_rate, now) && taken;
	assert(taken);
	(void)taken;
}
