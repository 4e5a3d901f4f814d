#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* rt_sigaction(2)'s own: sigaction(3) refuses the two signals that libc keeps for itself, which may
 * have been ignored by whoever started us all the same. */
struct disposition {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static void
reset_ignored(void)
{
	struct disposition now;
	int signo;

	for (signo = 1; signo <= SIGRTMAX; signo++) {
		memset(&now, 0, sizeof(now));
		if (syscall(SYS_rt_sigaction, signo, NULL, &now, sizeof(now.mask)) < 0 ||
		    now.handler != SIG_IGN)
			continue;
		memset(&now, 0, sizeof(now));
		(void)syscall(SYS_rt_sigaction, signo, &now, NULL, sizeof(now.mask));
	}
}

int
signals_init(void)
{
	static const int synchronous[] = {
	    SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
	static const int wanted[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
	sigset_t blocked, taken;
	size_t i;

	reset_ignored();
	(void)sigfillset(&blocked);
	for (i = 0; i < sizeof(synchronous) / sizeof(synchronous[0]); i++)
		(void)sigdelset(&blocked, synchronous[i]);
	(void)sigemptyset(&taken);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		(void)sigaddset(&taken, wanted[i]);
	if (sigprocmask(SIG_SETMASK, &blocked, NULL) < 0)
		return -errno;
	return fd_raise(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
}

int
signals_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do
		n = read(fd, &info, sizeof(info));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(info))
		return (int)info.ssi_signo;
	return n < 0 && errno != EAGAIN ? -errno : 0;
}
