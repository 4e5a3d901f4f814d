/* The loop beside a model of it, under any order of calls. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/loop.h"

static struct loop l;

static void
source_init(struct loop_source *s, bool many)
{
	*s = (struct loop_source){
	    .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .many = many, .owner = s};
	cr_assert_geq(s->fd, 0);
}

static void
make_ready(struct loop_source *s)
{
	cr_assert_eq(eventfd_write(s->fd, 1), 0);
}

static void
make_idle(struct loop_source *s)
{
	eventfd_t value;

	(void)eventfd_read(s->fd, &value);
}

/* The next event without waiting: 0 if there is none. */
static int
next_now(struct loop_event *e)
{
	*e = (struct loop_event){0};
	return loop_next(&l, 0, e);
}

/* What is watched, what is ready, what is armed. */
enum { SOURCES = 120, TIMERS = 40 };

static struct {
	struct loop_source source[SOURCES];
	bool watched[SOURCES], ready[SOURCES];
	struct loop_timer timer[TIMERS];
	bool armed[TIMERS];
	usec_t due[TIMERS];
} m;

static void
random_step(void)
{
	size_t i = (size_t)random() % SOURCES, t = (size_t)random() % TIMERS;

	switch (random() % 6) {
	case 0:
		cr_assert_eq(loop_watch(&l, &m.source[i]), 0);
		m.watched[i] = true;
		break;
	case 1:
		loop_unwatch(&l, &m.source[i]);
		m.watched[i] = false;
		break;
	case 2:
		make_ready(&m.source[i]);
		m.ready[i] = true;
		break;
	case 3:
		make_idle(&m.source[i]);
		m.ready[i] = false;
		break;
	case 4:
		m.due[t] = random() % 2 == 0 ? (usec_t)random() % 1000 + 1 : USEC_NEVER - 1;
		loop_arm(&l, &m.timer[t], m.due[t]);
		m.armed[t] = true;
		break;
	default:
		loop_disarm(&l, &m.timer[t]);
		m.armed[t] = false;
	}
}

static void
check_event(const struct loop_event *e)
{
	size_t i;

	cr_assert((e->source != NULL) != (e->timer != NULL));
	if (e->source != NULL) {
		i = (size_t)(e->source - m.source);
		cr_assert(i < SOURCES && m.watched[i], "source %zu is not watched", i);
		return;
	}
	i = (size_t)(e->timer - m.timer);
	cr_assert(i < TIMERS && m.armed[i] && m.due[i] <= 1000, "timer %zu is not due", i);
	m.armed[i] = false;
}

/* In a quiet loop exactly what is watched and ready comes, and exactly the timers that are due. */
static void
check_all(void)
{
	static bool seen[SOURCES];
	struct loop_event e;
	size_t i, wanted = 0, found = 0, rounds;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < SOURCES; i++)
		wanted += m.watched[i] && m.ready[i];
	for (rounds = 0; rounds < 100 * (SOURCES + TIMERS) && next_now(&e) == 1; rounds++) {
		check_event(&e);
		if (e.source == NULL)
			continue;
		i = (size_t)(e.source - m.source);
		if (m.ready[i])
			found += !seen[i];
		seen[i] = true;
		make_idle(e.source);
	}
	cr_assert_eq(found, wanted);
	for (i = 0; i < TIMERS; i++)
		cr_assert(!m.armed[i] || m.due[i] > 1000, "timer %zu did not come", i);
	memset(m.ready, 0, sizeof(m.ready));
	for (i = 0; i < SOURCES; i++)
		make_idle(&m.source[i]);
}

Test(loop_model, any_order_of_calls_within_a_turn)
{
	struct loop_event e;
	size_t i, round, step;

	srandom(7);
	cr_assert_eq(loop_init(&l), 0);
	for (i = 0; i < SOURCES; i++)
		source_init(&m.source[i], i % 5 != 0);
	for (round = 0; round < 300; round++) {
		for (step = 0; step < 200; step++) {
			random_step();
			if (random() % 4 == 0 && next_now(&e) == 1)
				check_event(&e);
		}
		check_all();
	}
	loop_fini(&l);
}
