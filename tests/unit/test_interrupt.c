#include "base/interrupt.h"

#include <sys/time.h>

#include "process.h"

static bool
blocks_alarm(void)
{
	sigset_t mask;

	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, SIGALRM) == 1;
}

/* As in the daemon, which blocks all signals. */
static int
ends_what_waits(void)
{
	struct interrupt saved;
	struct sigaction action;
	struct itimerval timer;
	usec_t before;
	sigset_t all;
	int ends[2], i;
	char byte;

	(void)sigfillset(&all);
	CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	CHECK(pipe(ends) == 0);
	for (i = 0; i < 3; i++) {
		CHECK(interrupt_begin(&saved, USEC_PER_MSEC) == 0);
		CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
		/* The first has come before the call that waits. */
		before = clock_now();
		while (clock_now() < before + 3 * USEC_PER_MSEC)
			;
		CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
		interrupt_end(&saved);
		CHECK(blocks_alarm());
		CHECK(getitimer(ITIMER_REAL, &timer) == 0);
		CHECK(timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0);
		CHECK(sigaction(SIGALRM, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
		CHECK(sigpending(&all) == 0 && sigismember(&all, SIGALRM) == 0);
	}
	return CHILD_OK;
}

Test(interrupt, ends_what_waits_and_leaves_nothing, .timeout = 30)
{
	child_run(ends_what_waits);
}

static int
what_does_not_wait(void)
{
	struct interrupt saved;
	int ends[2], i;
	char byte;

	CHECK(pipe(ends) == 0);
	for (i = 0; i < 1000; i++) {
		CHECK(write(ends[1], "x", 1) == 1);
		CHECK(interrupt_begin(&saved, USEC_PER_SEC) == 0);
		CHECK(read(ends[0], &byte, 1) == 1);
		interrupt_end(&saved);
	}
	CHECK(!blocks_alarm());
	return CHILD_OK;
}

Test(interrupt, what_does_not_wait_is_not_touched, .timeout = 30)
{
	child_run(what_does_not_wait);
}
