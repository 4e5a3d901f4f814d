/*
 * Limits: may one more be served?  Pure decisions over plain counters.
 *
 * The Nth of a limit N is served, the next is not; a limit of 0 serves none.  What is refused or
 * left in the queue takes no token from any bucket.  No limit lasts longer than its cause: an end
 * of a handler, the next token, a lower load.
 *
 * Shares.  The daemon serves at most `instances` at once.  Each service has a guaranteed minimum of
 * them, which nobody else can use up: a service below its minimum is served as long as the
 * daemon's limit itself is not reached, others only while as many places stay free as all services
 * together lack to their minimums.  So live + owed <= instances holds from the start on, no service
 * is ever refused below its minimum for the sake of others, and the sum never exceeds the limit.
 * It needs minimums that fit (limit_fit); after a reload that takes places away, both hold again
 * once as many handlers have ended.
 */
#ifndef POLICY_LIMIT_H
#define POLICY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rate.h"
#include "policy/bucket.h"
#include "policy/verdict.h"

struct source;

#define LIMIT_NONE UINT32_MAX

/* As configured. */
struct limit_rules {
	uint32_t instances;  /* live at once */
	uint32_t minimum;    /* of the daemon's, guaranteed; the daemon itself has none */
	uint32_t per_source; /* live at once of one source, LIMIT_NONE */
	uint32_t load;	     /* highest 1-minute average in hundredths, LIMIT_NONE */
	struct rate rate;
	struct rate source_rate; /* of one source */
};

/* A service that runs. Zero it, then limit_rule. */
struct limit_service {
	struct limit_rules rules;
	uint32_t live;
	struct bucket bucket;
};

/* All of them. Zero it, set instances and per_source. */
struct limit_daemon {
	uint32_t instances;  /* LIMIT_NONE */
	uint32_t per_source; /* LIMIT_NONE */
	uint32_t live;
	uint32_t owed; /* what services lack to their minimums, together */
};

/* The minimum that each of n services can have when `wanted` is asked for. */
uint32_t limit_fit(uint32_t instances, size_t n, uint32_t wanted);

/* The rules of a service, new or reloaded; its live ones, bucket and the daemon's sum go on. */
void limit_rule(struct limit_daemon *d, struct limit_service *s, const struct limit_rules *rules);
/* A service that goes with a reload; its live ones still count until limit_ended. */
void limit_retire(struct limit_daemon *d, struct limit_service *s);

/* One more is served; one has ended. Each start has its end. */
void limit_started(struct limit_daemon *d, struct limit_service *s);
void limit_ended(struct limit_daemon *d, struct limit_service *s);

/* What a service as a whole has to say to one more, before anybody is accepted: VERDICT_ACCEPTED,
 * INSTANCES, DAEMON_INSTANCES, LOAD, RATE, in this order. load: the average now. */
enum verdict limit_check(
    const struct limit_daemon *d, const struct limit_service *s, uint32_t load, usec_t now);
/* The time until its rate allows one: 0 now. Of use after VERDICT_RATE. */
usec_t limit_wait(const struct limit_service *s, usec_t now);

/* What there is to say to one more of a source, known to the service and to the daemon (either
 * NULL: no source, no limit): VERDICT_ACCEPTED, PER_SOURCE, DAEMON_PER_SOURCE, SOURCE_RATE. */
enum verdict limit_check_source(const struct limit_daemon *d, const struct limit_service *s,
    const struct source *of_service, const struct source *of_daemon, usec_t now);

/* Takes the tokens of one that both accept: the service's and, unless NULL, its source's. */
void limit_take(struct limit_service *s, struct source *of_service, usec_t now);

#endif
