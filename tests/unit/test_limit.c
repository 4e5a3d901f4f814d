#include <criterion/criterion.h>
#include <stdbool.h>

#include "policy/limit.h"
#include "policy/source.h"

#define S USEC_PER_SEC
#define START (1000 * S)

static const struct limit_rules unlimited = {
    .instances = LIMIT_NONE, .per_source = LIMIT_NONE, .load = LIMIT_NONE};

static struct limit_daemon
daemon_of(uint32_t instances)
{
	return (struct limit_daemon){.instances = instances, .per_source = LIMIT_NONE};
}

static struct limit_service
service_of(struct limit_daemon *d, uint32_t instances, uint32_t minimum)
{
	struct limit_service s = {0};
	struct limit_rules rules = unlimited;

	rules.instances = instances;
	rules.minimum = minimum;
	limit_rule(d, &s, &rules);
	return s;
}

/* How many are served before one is not, and why it is not. */
static uint32_t
fill(struct limit_daemon *d, struct limit_service *s, enum verdict *why)
{
	uint32_t n;

	for (n = 0; (*why = limit_check(d, s, 0, START)) == VERDICT_ACCEPTED && n < 1000; n++)
		limit_started(d, s);
	return n;
}

Test(limit, instances)
{
	static const uint32_t limits[] = {0, 1, 2, 64};
	struct limit_daemon d = daemon_of(LIMIT_NONE);
	struct limit_service s;
	enum verdict why;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		s = service_of(&d, limits[i], 0);
		cr_assert_eq(fill(&d, &s, &why), limits[i]);
		cr_assert_eq(why, VERDICT_INSTANCES);
		if (limits[i] == 0)
			continue;
		limit_ended(&d, &s);
		cr_assert_eq(limit_check(&d, &s, 0, START), VERDICT_ACCEPTED);
	}
	s = service_of(&d, LIMIT_NONE, 0);
	cr_assert_eq(fill(&d, &s, &why), 1000);
}

Test(limit, instances_of_the_daemon)
{
	static const uint32_t limits[] = {0, 1, 5};
	struct limit_service s, other;
	struct limit_daemon d;
	enum verdict why;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		d = daemon_of(limits[i]);
		s = service_of(&d, 64, 0);
		other = service_of(&d, 64, 0);
		cr_assert_eq(fill(&d, &s, &why), limits[i]);
		cr_assert_eq(why, VERDICT_DAEMON_INSTANCES);
		cr_assert_eq(limit_check(&d, &other, 0, START), VERDICT_DAEMON_INSTANCES);
	}
	limit_ended(&d, &s);
	cr_assert_eq(limit_check(&d, &other, 0, START), VERDICT_ACCEPTED);
}

Test(limit, shares)
{
	struct limit_daemon d = daemon_of(10);
	struct limit_service busy = service_of(&d, 64, 2), small = service_of(&d, 1, 3),
			     idle = service_of(&d, 64, 3);
	enum verdict why;

	/* 1 of small's 3, since it may have no more, and 3 of idle's are kept. */
	cr_assert_eq(d.owed, 6);
	cr_assert_eq(fill(&d, &busy, &why), 6);
	cr_assert_eq(why, VERDICT_DAEMON_INSTANCES);
	cr_assert_eq(fill(&d, &small, &why), 1);
	cr_assert_eq(why, VERDICT_INSTANCES);
	cr_assert_eq(fill(&d, &idle, &why), 3);
	cr_assert_eq(why, VERDICT_DAEMON_INSTANCES);
	cr_assert(d.live == 10 && d.owed == 0);
	/* A place that is given back within a minimum is owed again. */
	limit_ended(&d, &idle);
	cr_assert_eq(limit_check(&d, &busy, 0, START), VERDICT_DAEMON_INSTANCES);
	cr_assert_eq(limit_check(&d, &idle, 0, START), VERDICT_ACCEPTED);
	limit_ended(&d, &busy);
	cr_assert_eq(limit_check(&d, &busy, 0, START), VERDICT_ACCEPTED);
	limit_retire(&d, &idle);
	cr_assert_eq(limit_check(&d, &idle, 0, START), VERDICT_INSTANCES);
	cr_assert_eq(fill(&d, &busy, &why), 2);
	while (idle.live > 0)
		limit_ended(&d, &idle);
	cr_assert_eq(fill(&d, &busy, &why), 2);
}

Test(limit, minimums_that_fit)
{
	static const struct {
		uint32_t instances;
		size_t n;
		uint32_t wanted, fit;
	} rows[] = {
	    {100, 10, 4, 4},
	    {100, 10, 10, 10},
	    {100, 10, 11, 10},
	    {100, 99, 2, 1},
	    {100, 101, 1, 0},
	    {100, 0, 7, 7},
	    {LIMIT_NONE, 3, 9, 9},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(limit_fit(rows[i].instances, rows[i].n, rows[i].wanted), rows[i].fit);
}

/* Random loads on random services. */
enum { SERVICES = 7, ROUNDS = 400, STEPS = 400 };

struct world {
	struct limit_daemon d;
	struct limit_service s[SERVICES];
	uint32_t minimum;
	uint64_t state;
	unsigned full, kept; /* refusals for the daemon's limit, for another's share */
};

static uint32_t
draw(struct world *w, uint32_t n)
{
	w->state = w->state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(w->state >> 33) % n;
}

static void
random_rules(struct world *w, struct limit_service *s)
{
	struct limit_rules rules = unlimited;

	rules.instances = draw(w, 40);
	rules.minimum = w->minimum;
	limit_rule(&w->d, s, &rules);
}

static uint32_t
share_of(const struct world *w, const struct limit_service *s)
{
	return w->minimum < s->rules.instances ? w->minimum : s->rules.instances;
}

/* Counted by hand: the sum of those that live, and what is lacking to shares. */
static void
count(const struct world *w, uint32_t *sum, uint32_t *lack)
{
	const struct limit_service *s;

	*sum = *lack = 0;
	for (s = w->s; s < w->s + SERVICES; s++) {
		*sum += s->live;
		*lack += share_of(w, s) > s->live ? share_of(w, s) - s->live : 0;
	}
	cr_assert(*sum == w->d.live && *lack == w->d.owed);
}

/* One comes or goes. */
static void
step(struct world *w, bool grow)
{
	struct limit_service *s = &w->s[draw(w, SERVICES)];
	uint32_t sum, lack;
	enum verdict v;

	if (draw(w, 8) >= (grow ? 7 : 3)) {
		if (s->live > 0)
			limit_ended(&w->d, s);
		return;
	}
	count(w, &sum, &lack);
	v = limit_check(&w->d, s, 0, START);
	if (s->live < share_of(w, s) && sum + lack <= w->d.instances)
		cr_assert_eq(v, VERDICT_ACCEPTED, "refused below its share");
	if (v == VERDICT_ACCEPTED) {
		cr_assert_lt(sum, w->d.instances);
		limit_started(&w->d, s);
	} else if (v == VERDICT_DAEMON_INSTANCES) {
		w->full += sum >= w->d.instances;
		w->kept += sum < w->d.instances;
		cr_assert_geq(sum + lack, w->d.instances, "a place was free");
	} else {
		cr_assert_geq(s->live, s->rules.instances);
	}
}

static void
begin(struct world *w)
{
	uint32_t i;

	w->d = daemon_of(draw(w, 60));
	w->minimum = limit_fit(w->d.instances, SERVICES, draw(w, 12));
	for (i = 0; i < SERVICES; i++) {
		w->s[i] = (struct limit_service){0};
		random_rules(w, &w->s[i]);
	}
}

Test(limit, no_service_starves)
{
	struct world w = {.state = 11};
	uint32_t round, n, sum, lack;

	for (round = 0; round < ROUNDS; round++) {
		begin(&w);
		for (n = 0; n < STEPS; n++) {
			step(&w, n % 200 < 120);
			count(&w, &sum, &lack);
			cr_assert_leq(sum + lack, w.d.instances);
		}
	}
	cr_assert(w.full > 1000 && w.kept > 1000, "%u %u", w.full, w.kept);
}

/* With reloads between, shares may be lacking for a while; step tells what holds even then. */
Test(limit, no_service_starves_for_long_after_a_reload)
{
	struct world w = {.state = 12};
	uint32_t round, n, sum, lack;
	unsigned lacking = 0;

	for (round = 0; round < ROUNDS; round++) {
		begin(&w);
		for (n = 0; n < STEPS; n++) {
			step(&w, n % 200 < 120);
			if (draw(&w, 16) == 0)
				random_rules(&w, &w.s[draw(&w, SERVICES)]);
			count(&w, &sum, &lack);
			cr_assert_leq(sum, w.d.instances);
			lacking += sum + lack > w.d.instances;
		}
	}
	cr_assert(lacking > 1000 && w.full > 1000 && w.kept > 1000, "%u", lacking);
}

Test(limit, reload_takes_places_away)
{
	struct limit_daemon d = daemon_of(10);
	struct limit_service a = service_of(&d, 64, 1), b = service_of(&d, 64, 1);
	struct limit_rules rules = a.rules;
	enum verdict why;

	cr_assert_eq(fill(&d, &a, &why), 9);
	d.instances = 5;
	cr_assert_eq(limit_check(&d, &b, 0, START), VERDICT_DAEMON_INSTANCES);
	while (d.live > 4)
		limit_ended(&d, &a);
	cr_assert_eq(limit_check(&d, &a, 0, START), VERDICT_DAEMON_INSTANCES);
	cr_assert_eq(limit_check(&d, &b, 0, START), VERDICT_ACCEPTED);
	rules.instances = 2;
	limit_rule(&d, &a, &rules);
	cr_assert_eq(a.live, 4, "those that live go on");
	cr_assert_eq(limit_check(&d, &a, 0, START), VERDICT_INSTANCES);
}

Test(limit, load)
{
	struct limit_daemon d = daemon_of(LIMIT_NONE);
	struct limit_service s = service_of(&d, 64, 0);

	cr_assert_eq(limit_check(&d, &s, UINT32_MAX, START), VERDICT_ACCEPTED);
	s.rules.load = 250;
	cr_assert_eq(limit_check(&d, &s, 250, START), VERDICT_ACCEPTED);
	cr_assert_eq(limit_check(&d, &s, 251, START), VERDICT_LOAD);
	cr_assert_eq(limit_check(&d, &s, 0, START), VERDICT_ACCEPTED);
}

Test(limit, rate)
{
	struct limit_daemon d = daemon_of(LIMIT_NONE);
	struct limit_service s = service_of(&d, 64, 0);
	int i;

	s.rules.rate = (struct rate){.count = 1, .burst = 2, .per = S};
	for (i = 0; i < 2; i++) {
		cr_assert_eq(limit_check(&d, &s, 0, START), VERDICT_ACCEPTED);
		limit_take(&s, NULL, START);
	}
	/* Asking costs nothing. */
	for (i = 0; i < 100; i++)
		cr_assert_eq(limit_check(&d, &s, 0, START), VERDICT_RATE);
	cr_assert_eq(limit_wait(&s, START), S);
	cr_assert_eq(limit_check(&d, &s, 0, START + S), VERDICT_ACCEPTED);
	cr_assert_eq(limit_wait(&s, START + S), 0);
}

Test(limit, per_source)
{
	static const uint32_t limits[] = {0, 1, 3};
	struct limit_daemon d = daemon_of(LIMIT_NONE);
	struct limit_service s = service_of(&d, 64, 0);
	struct source of_service = {0}, of_daemon = {0};
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		s.rules.per_source = limits[i];
		for (of_service.live = 0; of_service.live < limits[i]; of_service.live++)
			cr_assert_eq(limit_check_source(&d, &s, &of_service, &of_daemon, START),
			    VERDICT_ACCEPTED);
		cr_assert_eq(
		    limit_check_source(&d, &s, &of_service, &of_daemon, START), VERDICT_PER_SOURCE);
		cr_assert_eq(limit_check_source(&d, &s, NULL, NULL, START), VERDICT_ACCEPTED);
	}
	s.rules.per_source = LIMIT_NONE;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		d.per_source = limits[i];
		for (of_daemon.live = 0; of_daemon.live < limits[i]; of_daemon.live++)
			cr_assert_eq(limit_check_source(&d, &s, &of_service, &of_daemon, START),
			    VERDICT_ACCEPTED);
		cr_assert_eq(limit_check_source(&d, &s, &of_service, &of_daemon, START),
		    VERDICT_DAEMON_PER_SOURCE);
		cr_assert_eq(
		    limit_check_source(&d, &s, &of_service, NULL, START), VERDICT_ACCEPTED);
	}
}

Test(limit, source_rate)
{
	struct limit_daemon d = daemon_of(LIMIT_NONE);
	struct limit_service s = service_of(&d, 64, 0);
	struct source one = {0}, other = {0};
	usec_t now = START;

	s.rules.rate = (struct rate){.count = 3, .per = S};
	s.rules.source_rate = (struct rate){.count = 1, .per = S};
	cr_assert_eq(limit_check_source(&d, &s, &one, NULL, now), VERDICT_ACCEPTED);
	limit_take(&s, &one, now);
	cr_assert_eq(limit_check_source(&d, &s, &one, NULL, now), VERDICT_SOURCE_RATE);
	cr_assert_eq(limit_check_source(&d, &s, &other, NULL, now), VERDICT_ACCEPTED);
	cr_assert_eq(limit_check_source(&d, &s, NULL, NULL, now), VERDICT_ACCEPTED);
	cr_assert_eq(limit_check_source(&d, &s, &one, NULL, now + S - 1), VERDICT_SOURCE_RATE);
	cr_assert_eq(limit_check_source(&d, &s, &one, NULL, now + S), VERDICT_ACCEPTED);
	/* A source that is refused costs the service no token. */
	limit_take(&s, &other, now);
	cr_assert_eq(limit_check(&d, &s, 0, now), VERDICT_ACCEPTED);
	limit_take(&s, NULL, now);
	cr_assert_eq(limit_check(&d, &s, 0, now), VERDICT_RATE);
}

/* What is cheap and of the whole service comes first. */
Test(limit, order)
{
	struct limit_daemon d = daemon_of(0);
	struct limit_service s = service_of(&d, 0, 0);
	struct source of_service = {.live = 1}, of_daemon = {.live = 1};

	d.per_source = s.rules.per_source = 1;
	s.rules.load = 0;
	s.rules.rate = s.rules.source_rate = (struct rate){.count = 1, .per = S};
	limit_take(&s, &of_service, START);
	cr_assert_eq(limit_check(&d, &s, 1, START), VERDICT_INSTANCES);
	s.rules.instances = 1;
	cr_assert_eq(limit_check(&d, &s, 1, START), VERDICT_DAEMON_INSTANCES);
	d.instances = 1;
	cr_assert_eq(limit_check(&d, &s, 1, START), VERDICT_LOAD);
	cr_assert_eq(limit_check(&d, &s, 0, START), VERDICT_RATE);
	cr_assert_eq(
	    limit_check_source(&d, &s, &of_service, &of_daemon, START), VERDICT_PER_SOURCE);
	of_service.live = 0;
	cr_assert_eq(
	    limit_check_source(&d, &s, &of_service, &of_daemon, START), VERDICT_DAEMON_PER_SOURCE);
	of_daemon.live = 0;
	cr_assert_eq(
	    limit_check_source(&d, &s, &of_service, &of_daemon, START), VERDICT_SOURCE_RATE);
}
