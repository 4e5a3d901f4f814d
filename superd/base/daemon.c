#include "base/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"

static _Noreturn void
wait_for_daemon(pid_t pid, int fd)
{
	unsigned char result;
	ssize_t n;
	int status;

	do
		n = read(fd, &result, sizeof(result));
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(result);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(EX_SOFTWARE);
}

int
daemon_fork(void)
{
	const pid_t caller = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	switch (pid) {
	case -1:
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -errno;
	case 0:
		break;
	default:
		(void)close(ends[1]);
		wait_for_daemon(pid, ends[0]);
	}
	(void)close(ends[0]);
	(void)setsid();
	/* Whoever wants to end a start that takes too long knows the caller alone. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != caller)
		_exit(EX_OSERR);
	return fd_raise(ends[1]);
}

void
daemon_ready(int fd, unsigned char status)
{
	autoclose int null = -1;

	if (fd < 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, 0);
	/* No mount is kept busy. */
	(void)!chdir("/");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
	}
	(void)!write(fd, &status, sizeof(status));
	(void)close(fd);
}
