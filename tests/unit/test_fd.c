#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool
is_null(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/dev/null", &b) == 0 && S_ISCHR(a.st_mode) &&
	       a.st_rdev == b.st_rdev && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* In a child, whose descriptors are its own: its exit status, 0 if all is well. */
static int
in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0)
		_exit(body());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In a child: which check failed, by its line. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__ % 255 + 1;                                                 \
	} while (0)

Test(fd, closes_at_the_end_of_its_scope)
{
	int kept, stolen = -1;

	{
		autoclose int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		autoclose int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
		autoclose int none = -1;
		autofree char *text = malloc(100);

		cr_assert(fd >= 0 && other >= 0 && text != NULL);
		(void)none;
		kept = fd;
		stolen = steal_fd(&other);
		cr_expect_eq(other, -1);
		errno = ENOTTY;
	}
	cr_expect_eq(errno, ENOTTY, "errno is kept");
	cr_expect_not(is_open(kept));
	cr_expect(is_open(stolen));
	(void)close(stolen);
}

Test(fd, cleanup_keeps_errno_when_close_fails)
{
	int fd = 1000;

	errno = ENOTTY;
	fd_cleanup(&fd);
	cr_expect_eq(errno, ENOTTY);
	cr_expect_eq(fd, -1);
}

static int
raise_all(void)
{
	int i, fd, raised;
	struct stat a, b;

	CHECK(close_range(3, 100, 0) == 0);
	for (i = 0; i < 20; i++) {
		fd = open(i % 2 == 0 ? "/dev/null" : "/dev/zero", O_RDONLY);
		CHECK(fd >= 0 && fstat(fd, &a) == 0);
		raised = fd_raise(fd);
		CHECK(raised == FD_RESERVED + i);
		CHECK(fcntl(raised, F_GETFD) == FD_CLOEXEC);
		CHECK(fstat(raised, &b) == 0 && a.st_rdev == b.st_rdev);
		CHECK(!is_open(3));
	}
	return 0;
}

Test(fd, raise)
{
	cr_expect_eq(in_child(raise_all), 0);
}

static int
raise_error(void)
{
	const struct rlimit few = {.rlim_cur = FD_RESERVED, .rlim_max = FD_RESERVED};
	int fd;

	errno = EMFILE;
	CHECK(fd_raise(-1) == -EMFILE);
	CHECK(fd_raise(-ENOENT) == -ENOENT);
	CHECK(fd_raise(open("/nonexistent/file", O_RDONLY)) == -ENOENT);
	CHECK(close_range(3, 100, 0) == 0);
	fd = open("/dev/null", O_RDONLY);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK(fd_raise(fd) == -EINVAL);
	CHECK(!is_open(fd)); /* it was taken */
	return 0;
}

Test(fd, raise_passes_errors_on)
{
	cr_expect_eq(in_child(raise_error), 0);
}

static int
inherit_bare(void)
{
	(void)close_range(0, 1000, 0);
	CHECK(fd_inherit(0) == 0);
	CHECK(is_null(0) && is_null(1) && is_null(2) && !is_open(3));
	return 0;
}

static int
inherit_some(void)
{
	int fd;

	(void)close_range(3, 1000, 0);
	(void)close(1);
	for (fd = 3; fd <= 60; fd++)
		CHECK(fcntl(2, F_DUPFD, fd) == fd || fd == 3);
	CHECK(dup2(2, 3) == 3 && dup2(2, 700) == 700);
	CHECK(fcntl(3, F_GETFD) == 0);
	CHECK(fd_inherit(4) == 0);
	CHECK(is_null(1));
	for (fd = 3; fd < 7; fd++)
		CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	for (fd = 7; fd <= 700; fd++)
		CHECK(!is_open(fd));
	CHECK(fcntl(2, F_GETFD) == 0);
	return 0;
}

Test(fd, inherit)
{
	cr_expect_eq(in_child(inherit_bare), 0);
	cr_expect_eq(in_child(inherit_some), 0);
}

static int
reserve(void)
{
	int fd, taken, own;

	(void)close_range(3, 1000, 0);
	taken = dup2(2, 5);
	CHECK(taken == 5 && fd_reserve() == 0);
	for (fd = 3; fd < FD_RESERVED; fd++)
		CHECK(is_open(fd) && (fd == 5 || fcntl(fd, F_GETFD) == FD_CLOEXEC));
	own = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK(own == FD_RESERVED);
	fd_release();
	for (fd = 3; fd < FD_RESERVED; fd++)
		CHECK(is_open(fd) == (fd == 5));
	CHECK(is_open(own));
	CHECK(dup2(2, 4) == 4);
	fd_release();
	CHECK(is_open(4)); /* released is released */
	return 0;
}

Test(fd, reserve)
{
	cr_expect_eq(in_child(reserve), 0);
}

static int
reserve_exhausted(void)
{
	const struct rlimit few = {.rlim_cur = 6, .rlim_max = 6};
	int fd;

	(void)close_range(3, 1000, 0);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK(fd_reserve() == -EMFILE);
	fd_release();
	for (fd = 3; fd < 6; fd++)
		CHECK(!is_open(fd));
	return 0;
}

Test(fd, reserve_tells_when_there_are_too_few)
{
	cr_expect_eq(in_child(reserve_exhausted), 0);
}

static int
null(void)
{
	(void)close_range(3, 1000, 0);
	CHECK(fd_null(8) == 0 && is_null(8) && fcntl(8, F_GETFD) == 0);
	CHECK(fd_null(8) == 0 && is_null(8)); /* also where something is */
	CHECK(fd_null(3) == 0 && is_null(3) && fcntl(3, F_GETFD) == 0);
	CHECK(!is_open(4));
	return 0;
}

Test(fd, null)
{
	cr_expect_eq(in_child(null), 0);
}

Test(fd, blocking)
{
	int p[2];

	cr_assert_eq(pipe2(p, O_NONBLOCK | O_CLOEXEC), 0);
	cr_assert_eq(fcntl(p[0], F_SETFL, O_NONBLOCK | O_ASYNC), 0);
	cr_expect_eq(fd_blocking(p[0]), 0);
	cr_expect_eq(fcntl(p[0], F_GETFL) & (O_NONBLOCK | O_ASYNC), 0);
	cr_expect_eq(fd_blocking(p[0]), 0);
	(void)close(p[0]);
	cr_expect_eq(fd_blocking(p[0]), -EBADF);
	(void)close(p[1]);
}

static int
raise_limit(void)
{
	struct rlimit limit = {.rlim_cur = 64, .rlim_max = 256}, before, after;

	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(fd_raise_limit(&before) == 0);
	CHECK(before.rlim_cur == 64 && before.rlim_max == 256);
	CHECK(getrlimit(RLIMIT_NOFILE, &after) == 0);
	CHECK(after.rlim_cur == 256 && after.rlim_max == 256);
	return 0;
}

Test(fd, limit)
{
	cr_expect_eq(in_child(raise_limit), 0);
}
