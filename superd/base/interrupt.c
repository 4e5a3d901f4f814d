#include "base/interrupt.h"

#include <errno.h>
#include <stddef.h>
#include <sys/time.h>

static void
nothing(int signo)
{
	(void)signo;
}

static void
put_back(const struct interrupt *saved)
{
	(void)sigaction(SIGALRM, &saved->action, NULL);
	(void)sigprocmask(SIG_SETMASK, &saved->mask, NULL);
}

int
interrupt_begin(struct interrupt *saved, usec_t after)
{
	/* No SA_RESTART. */
	const struct sigaction action = {.sa_handler = nothing};
	const struct timeval value = {
	    .tv_sec = (time_t)(after / USEC_PER_SEC),
	    .tv_usec = (suseconds_t)(after % USEC_PER_SEC),
	};
	/* Again and again: the first may come before the call. */
	const struct itimerval timer = {.it_interval = value, .it_value = value};
	struct interrupt before;
	sigset_t alarm;
	int r;

	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	if (sigaction(SIGALRM, &action, &before.action) < 0)
		return -errno;
	if (sigprocmask(SIG_UNBLOCK, &alarm, &before.mask) < 0 ||
	    setitimer(ITIMER_REAL, &timer, NULL) < 0) {
		r = -errno;
		put_back(&before);
		return r;
	}
	*saved = before;
	return 0;
}

void
interrupt_end(const struct interrupt *saved)
{
	const struct itimerval off = {.it_value = {0}};

	/* One that came before this is delivered when the call returns. */
	(void)setitimer(ITIMER_REAL, &off, NULL);
	put_back(saved);
}
