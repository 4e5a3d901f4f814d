/* A wait handler's start, written down. */
#ifndef TESTS_SYSTEM_TOOLS_COUNT_H
#define TESTS_SYSTEM_TOOLS_COUNT_H

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A line of the file: our pid, and whether the socket, descriptor 0, has O_NONBLOCK and O_ASYNC
 * set. */
static void
count(const char *path)
{
	char text[64];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	int flags = fcntl(0, F_GETFL);
	int n = snprintf(text, sizeof(text), "%d nonblock=%d async=%d\n", getpid(),
	    (flags & O_NONBLOCK) != 0, (flags & O_ASYNC) != 0);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		_exit(3);
	close(fd);
}

#endif
