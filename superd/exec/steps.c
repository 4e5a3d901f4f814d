#include "exec/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "config/service.h"
#include "exec/identity.h"
#include "exec/raw.h"
#include "exec/start.h"

/* The child's stack is no stack that the sanitizers know, and their reports would go through libc.
 */
#define IN_CHILD __attribute__((no_sanitize("address", "undefined")))

/* SD_LISTEN_FDS_START of sd_listen_fds(3). */
enum { SOCKETS_FROM = 3 };

/* Until this step the descriptor table is the supervisor's. */
IN_CHILD static int
step_descriptors(struct start_plan *p)
{
	long r;

	if (p->nsockets > 0)
		r = RAW(SYS_unshare, CLONE_FILES, 0, 0, 0);
	else
		r = RAW(SYS_close_range, FD_RESERVED, UINT_MAX, CLOSE_RANGE_UNSHARE, 0);
	if (r < 0)
		return (int)r;
	atomic_store(&p->handed, 1);
	(void)RAW(SYS_futex, &p->handed, FUTEX_WAKE_PRIVATE, 1, 0);
	return 0;
}

IN_CHILD static int
step_session(struct start_plan *p)
{
	(void)p;
	return (int)RAW(SYS_setsid, 0, 0, 0, 0) < 0 ? -EPERM : 0;
}

/* A copy above the places that the sockets take; the descriptor or -errno. */
IN_CHILD static long
move_up(const struct start_plan *p, int fd)
{
	return RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, SOCKETS_FROM + (int)p->nsockets, 0);
}

/* All copies come first: sources and places may overlap. */
IN_CHILD static int
step_sockets(struct start_plan *p)
{
	long r;
	size_t i;

	for (i = 0; i < p->nsockets; i++) {
		r = move_up(p, p->sockets[i]);
		if (r < 0)
			return (int)r;
		p->moved[i] = (int)r;
	}
	for (i = 0; p->nsockets > 0 && i < 3; i++) {
		r = p->stdio[i] < SOCKETS_FROM ? p->stdio[i] : move_up(p, p->stdio[i]);
		if (r < 0)
			return (int)r;
		p->stdio[i] = (int)r;
	}
	for (i = 0; i < p->nsockets; i++) {
		r = RAW(SYS_dup3, p->moved[i], SOCKETS_FROM + (int)i, 0, 0);
		if (r < 0)
			return (int)r;
	}
	return 0;
}

/* From 2 down: 0 may be the source of 2, /dev/null. Where sockets follow, step_descriptors has left
 * all open that is above them. */
IN_CHILD static int
step_stdio(struct start_plan *p)
{
	long r;
	int i;

	for (i = 2; i >= 0; i--) {
		if (p->stdio[i] == i)
			continue;
		r = RAW(SYS_dup3, p->stdio[i], i, 0, 0);
		if (r < 0)
			return (int)r;
	}
	if (p->nsockets == 0)
		return 0;
	return (int)RAW(SYS_close_range, SOCKETS_FROM + p->nsockets, UINT_MAX, 0, 0);
}

IN_CHILD static int
step_nice(struct start_plan *p)
{
	long now;

	if (p->nice == 0)
		return 0;
	now = 20 - RAW(SYS_getpriority, PRIO_PROCESS, 0, 0, 0);
	return (int)RAW(SYS_setpriority, PRIO_PROCESS, 0, now + p->nice, 0);
}

IN_CHILD static int
step_oom(struct start_plan *p)
{
	long fd, r;
	size_t n;

	for (n = 0; p->oom_score_adj[n] != '\0'; n++)
		;
	if (n == 0)
		return 0;
	fd = RAW(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	r = RAW(SYS_write, fd, p->oom_score_adj, n, 0);
	(void)RAW(SYS_close, fd, 0, 0, 0);
	return r < 0 ? (int)r : 0;
}

IN_CHILD static int
step_limits(struct start_plan *p)
{
	return p->nofile != NULL ? (int)RAW(SYS_prlimit64, 0, RLIMIT_NOFILE, p->nofile, 0) : 0;
}

/* identity_apply is four steps in one; the failed one is told apart afterwards. */
IN_CHILD static int
step_identity(struct start_plan *p)
{
	static const enum start_step steps[] = {
	    [IDENTITY_GROUPS] = START_GROUPS,
	    [IDENTITY_GID] = START_GID,
	    [IDENTITY_UID] = START_UID,
	    [IDENTITY_VERIFY] = START_VERIFY,
	};
	enum identity_step failed;
	int error;

	if (p->who == NULL)
		return 0;
	failed = identity_apply(p->who, &error);
	if (failed == IDENTITY_DONE)
		return 0;
	p->step = steps[failed];
	return error;
}

IN_CHILD static int
step_umask(struct start_plan *p)
{
	(void)RAW(SYS_umask, p->umask, 0, 0, 0);
	return 0;
}

IN_CHILD static int
step_directory(struct start_plan *p)
{
	return (int)RAW(SYS_chdir, p->directory, 0, 0, 0);
}

/* Dispositions are all default already: base/signals saw to the supervisor's. */
IN_CHILD static int
step_signals(struct start_plan *p)
{
	uint64_t none = 0;

	(void)p;
	return (int)RAW(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof(none));
}

IN_CHILD static void
write_pid(char *at)
{
	char digits[LISTEN_PID_DIGITS];
	long pid = RAW(SYS_getpid, 0, 0, 0, 0);
	size_t n = 0;

	for (; pid > 0 && n < sizeof(digits); pid /= 10)
		digits[n++] = (char)('0' + pid % 10);
	while (n > 0)
		*at++ = digits[--n];
	*at = '\0';
}

IN_CHILD static int
step_exec(struct start_plan *p)
{
	if (p->environment.listen_pid != NULL)
		write_pid(p->environment.listen_pid);
	return (int)RAW(SYS_execve, p->path, p->argv, p->environment.v, 0);
}

static const struct {
	enum start_step step;
	int (*run)(struct start_plan *p); /* 0 or -errno */
} steps[] = {
    {START_DESCRIPTORS, step_descriptors},
    {START_SESSION, step_session},
    {START_SOCKETS, step_sockets},
    {START_STDIO, step_stdio},
    {START_NICE, step_nice},
    {START_OOM, step_oom},
    {START_LIMITS, step_limits},
    {START_GROUPS, step_identity},
    {START_UMASK, step_umask},
    {START_DIRECTORY, step_directory},
    {START_SIGNALS, step_signals},
    {START_EXEC, step_exec},
};

IN_CHILD int
steps_run(void *plan)
{
	struct start_plan *p = plan;
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		p->step = steps[i].step;
		r = steps[i].run(p);
		if (r < 0)
			break;
	}
	p->error = -r;
	for (;;)
		(void)RAW(SYS_exit_group,
		    r == -ENOENT && p->step == START_EXEC ? START_EXIT_MISSING : START_EXIT_CANNOT,
		    0, 0, 0);
}
