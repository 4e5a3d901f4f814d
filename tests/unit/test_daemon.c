#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "base/daemon.h"
#include "process.h"

/* The status that whoever started the daemon sees. */
static int
status_of(int (*body)(int fd))
{
	pid_t pid = fork();
	int fd, status;

	if (pid == 0) {
		fd = daemon_fork();
		_exit(fd < 0 ? EX_OSERR : body(fd));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static int
says_good(int fd)
{
	daemon_ready(fd, EX_OK);
	return EX_SOFTWARE;
}

static int
says_bad(int fd)
{
	daemon_ready(fd, EX_NOPERM);
	return EX_OK;
}

static int
says_nothing(int fd)
{
	(void)fd;
	return EX_CONFIG;
}

static int
dies(int fd)
{
	(void)fd;
	(void)raise(SIGKILL);
	return EX_OK;
}

static int
statuses(void)
{
	CHECK(status_of(says_good) == EX_OK);
	CHECK(status_of(says_bad) == EX_NOPERM);
	CHECK(status_of(says_nothing) == EX_CONFIG);
	CHECK(status_of(dies) == EX_SOFTWARE);
	return CHILD_OK;
}

Test(daemon, the_parent_exits_as_the_daemon_says, .timeout = 30)
{
	child_run(statuses);
}

static int report_to;

/* Looks at itself after daemon_ready and tells the test by a pipe. */
static int
in_background(int fd)
{
	struct stat null, now;
	unsigned char wrong = getsid(0) != getpid();
	char folder[8] = "";
	int i;

	wrong += chdir("/tmp") < 0;
	daemon_ready(fd, EX_OK);
	wrong += getcwd(folder, sizeof(folder)) == NULL || strcmp(folder, "/") != 0;
	for (i = 0; i <= STDERR_FILENO; i++)
		wrong += stat("/dev/null", &null) < 0 || fstat(i, &now) < 0 ||
			 now.st_rdev != null.st_rdev;
	(void)!write(report_to, &wrong, 1);
	return EX_OK;
}

static int
background(void)
{
	unsigned char wrong = 1;
	int ends[2];

	CHECK(pipe(ends) == 0);
	report_to = ends[1];
	CHECK(status_of(in_background) == EX_OK);
	CHECK(read(ends[0], &wrong, 1) == 1);
	CHECK(wrong == 0);
	return CHILD_OK;
}

Test(daemon, has_its_own_session_and_no_terminal, .timeout = 30)
{
	child_run(background);
}

static int
takes_long(int fd)
{
	(void)fd;
	(void)alarm(60);
	(void)!write(STDERR_FILENO, "x", 1);
	(void)pause();
	return EX_OK;
}

/* A start is ended by whoever ends the process that waits for it. */
static int
interrupted(void)
{
	struct pollfd p = {.events = POLLIN};
	char word;
	int ends[2];
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		_exit(takes_long(daemon_fork()));
	}
	CHECK(pid > 0 && close(ends[1]) == 0);
	CHECK(read(ends[0], &word, 1) == 1);
	CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, NULL, 0) == pid);
	/* The end comes when nobody has the pipe any more. */
	p.fd = ends[0];
	CHECK(poll(&p, 1, 10000) == 1 && read(ends[0], &word, 1) == 0);
	return CHILD_OK;
}

Test(daemon, a_start_that_takes_too_long_can_be_ended, .timeout = 30)
{
	child_run(interrupted);
}
