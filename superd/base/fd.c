#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static unsigned filled; /* bit n: fd_reserve holds descriptor n */

void
fd_cleanup(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

void
fd_free(void *pointer)
{
	free(*(void **)pointer);
}

int
steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

int
fd_raise(int fd)
{
	int raised, error;

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	if (fd >= FD_RESERVED)
		return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : fd;
	raised = fcntl(fd, F_DUPFD_CLOEXEC, FD_RESERVED);
	error = errno;
	(void)close(fd);
	return raised < 0 ? -error : raised;
}

int
fd_inherit(int keep)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -errno;
	if (close_range((unsigned)(STDERR_FILENO + 1 + keep), UINT_MAX, 0) < 0)
		return -errno;
	for (fd = STDERR_FILENO + 1; fd <= STDERR_FILENO + keep; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

int
fd_reserve(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && fd < FD_RESERVED)
		filled |= 1U << fd;
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}

void
fd_release(void)
{
	int fd;

	for (fd = 0; fd < FD_RESERVED; fd++)
		if ((filled & 1U << fd) != 0)
			(void)close(fd);
	filled = 0;
}

int
fd_null(int number)
{
	autoclose int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || (fd == number ? fcntl(fd, F_SETFD, 0) : dup2(fd, number)) < 0)
		return -errno;
	if (fd == number)
		(void)steal_fd(&fd);
	return 0;
}

int
fd_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if ((flags & (O_NONBLOCK | O_ASYNC)) == 0)
		return 0;
	return fcntl(fd, F_SETFL, flags & ~(O_NONBLOCK | O_ASYNC)) < 0 ? -errno : 0;
}

int
fd_raise_limit(struct rlimit *before)
{
	struct rlimit raised;

	if (getrlimit(RLIMIT_NOFILE, before) < 0)
		return -errno;
	raised = *before;
	raised.rlim_cur = raised.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &raised) < 0 ? -errno : 0;
}
