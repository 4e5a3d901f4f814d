#include "supervisor/turn.h"

#include <signal.h>

#include "base/loop.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

static const char *const cat[] = {"/bin/cat", NULL};

static bool
next(struct supervised *t, struct loop_event *e)
{
	return loop_next(&t->s.loop, clock_now() + 10 * USEC_PER_SEC, e) > 0;
}

/* A signal, with whatever was armed at the start before it. */
static int
signals(void)
{
	static struct supervised t;
	struct loop_event e;

	CHECK(supervised_open(&t));
	CHECK(kill(getpid(), SIGTERM) == 0);
	do {
		CHECK(next(&t, &e));
		CHECK(!t.s.done);
		turn_take(&t.s, &e);
	} while (e.source != &t.s.signals);
	CHECK(t.s.done);
	supervised_close(&t);
	return CHILD_OK;
}

Test(turn, signals)
{
	child_run(signals);
}

/* A client at a port. */
static int
connections(void)
{
	static struct supervised t;
	struct loop_event e;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	CHECK(supervised_open(&t));
	CHECK(supervised_connect(&t, 0) >= 0);
	do {
		CHECK(next(&t, &e));
		CHECK(t.s.children.n == 0);
		turn_take(&t.s, &e);
	} while (e.source == NULL || e.source->owner != supervised_port(&t, 0));
	CHECK(t.s.children.n == 1);
	supervised_close(&t);
	return CHILD_OK;
}

Test(turn, connections)
{
	child_run(connections);
}

/* Timers of the daemon itself: each does its work and is not armed again for nothing. */
static int
timers(void)
{
	static struct supervised t;
	struct loop_timer timer = {.kind = SUPERD_TELL};
	const struct loop_event e = {.timer = &timer};
	static const enum superd_kind kinds[] = {SUPERD_PENDING, SUPERD_RESUME, SUPERD_BAN,
	    SUPERD_TELL, SUPERD_FILTERS, SUPERD_TITLE, SUPERD_WATCHDOG, SUPERD_KILL};
	size_t i;

	CHECK(supervised_open(&t));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		timer.kind = kinds[i];
		turn_take(&t.s, &e);
	}
	CHECK(t.s.children.n == 0 && !t.s.done);
	supervised_close(&t);
	return CHILD_OK;
}

Test(turn, timers)
{
	child_run(timers);
}
