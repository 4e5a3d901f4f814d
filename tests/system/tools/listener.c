/*
 * listener VERB COUNT [ARGUMENT [ARGUMENT2]]: handlers that get a listening socket as fd 0.  Each
 * start adds a line to the file COUNT: its pid, and whether O_NONBLOCK and O_ASYNC were set.
 *   one       accepts one connection, answers its own pid, ends
 *   all       accepts and answers until the file ARGUMENT is there
 *   never     ends without accepting
 *   shut      accepts one, answers, and shuts the listening socket down
 *   nonblock  accepts one, answers, and leaves O_NONBLOCK set
 *   slow      lives for 150 ms, ends without accepting
 *   trap      accepts one if the file ARGUMENT is there, else ends without; if it can make the file
 *             ARGUMENT2 it leaves two processes that take the connection from whoever makes the
 *             socket non-blocking
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "count.h"

static void
one(void)
{
	char text[32];
	int fd = accept(0, NULL, NULL);
	int n = snprintf(text, sizeof(text), "%d\n", getpid());

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		_exit(4);
	close(fd);
}

static void
serve(const char *until)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	int i;

	for (i = 0; i < 10000 && access(until, F_OK) < 0; i++) {
		if (poll(&p, 1, 3) == 1)
			one();
	}
}

static void
lie_in_wait(void)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};

	(void)alarm(60);
	(void)!nice(19);
	for (;;) {
		if ((fcntl(0, F_GETFL) & O_NONBLOCK) == 0)
			continue;
		(void)fcntl(0, F_SETFL, 0);
		if (poll(&p, 1, 0) == 1)
			(void)close(accept(0, NULL, NULL));
	}
}

/* The file `laid` says that it is done. */
static void
trap(const char *laid, const char *serve)
{
	int fd = open(laid, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd >= 0 && (fork() == 0 || fork() == 0))
		lie_in_wait();
	if (access(serve, F_OK) == 0)
		one();
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "never";
	const char *argument = argc > 3 ? argv[3] : "/";

	alarm(60);
	count(argc > 2 ? argv[2] : "/dev/null");
	if (strcmp(verb, "all") == 0)
		serve(argument);
	else if (strcmp(verb, "slow") == 0)
		(void)poll(NULL, 0, 150);
	else if (strcmp(verb, "trap") == 0)
		trap(argc > 4 ? argv[4] : "/", argument);
	else if (strcmp(verb, "never") != 0)
		one();
	if (strcmp(verb, "shut") == 0)
		(void)shutdown(0, SHUT_RDWR);
	if (strcmp(verb, "nonblock") == 0)
		(void)fcntl(0, F_SETFL, O_NONBLOCK | O_ASYNC);
	return 0;
}
