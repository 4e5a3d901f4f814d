#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/signals.h"

static const int wanted[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};

static const int synchronous[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};

#define N(array) (sizeof(array) / sizeof((array)[0]))

Test(signals, arrive_as_data)
{
	int fd = signals_init();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t i;

	cr_assert_geq(fd, FD_RESERVED);
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(signals_next(fd), 0, "nothing is pending, nothing waits");
	for (i = 0; i < N(wanted); i++) {
		cr_assert_eq(kill(getpid(), wanted[i]), 0);
		cr_expect_eq(poll(&p, 1, 0), 1);
		cr_expect_eq(signals_next(fd), wanted[i]);
		cr_expect_eq(signals_next(fd), 0);
	}
	for (i = 0; i < N(wanted); i++)
		cr_assert_eq(kill(getpid(), wanted[i]), 0);
	for (i = 0; i < N(wanted); i++)
		cr_expect_gt(signals_next(fd), 0);
	cr_expect_eq(signals_next(fd), 0);
	(void)close(fd);
	cr_expect_lt(signals_next(fd), 0);
}

Test(signals, what_was_ignored_is_default_again)
{
	struct sigaction now;
	int signo;

	for (signo = 1; signo <= SIGRTMAX; signo++)
		(void)signal(signo, SIG_IGN);
	cr_assert_geq(signals_init(), 0);
	for (signo = 1; signo <= SIGRTMAX; signo++)
		if (sigaction(signo, NULL, &now) == 0)
			cr_expect_eq(now.sa_handler, SIG_DFL, "signal %d", signo);
}

static void
handler(int signo)
{
	(void)signo;
}

Test(signals, a_handler_stays)
{
	struct sigaction now;

	cr_assert_neq(signal(SIGSEGV, handler), SIG_ERR);
	cr_assert_geq(signals_init(), 0);
	cr_assert_eq(sigaction(SIGSEGV, NULL, &now), 0);
	cr_expect_eq(now.sa_handler, handler);
}

Test(signals, all_but_the_synchronous_are_blocked)
{
	sigset_t mask;
	size_t i;
	int signo;
	bool open;

	/* Whatever mask was inherited. */
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGSEGV);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	cr_assert_geq(signals_init(), 0);
	cr_assert_eq(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	for (signo = 1; signo <= SIGRTMAX; signo++) {
		open = signo == SIGKILL || signo == SIGSTOP || (signo >= 32 && signo < SIGRTMIN);
		for (i = 0; i < N(synchronous); i++)
			open = open || signo == synchronous[i];
		cr_expect_eq(sigismember(&mask, signo) == 1, !open, "signal %d", signo);
	}
}
