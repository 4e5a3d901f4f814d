/*
 * listener VERB COUNT [ARGUMENT]: handlers that get a listening socket as fd 0.  Each start adds a
 * line to the file COUNT: its pid, and whether O_NONBLOCK and O_ASYNC were set.
 *   one         accepts one connection, answers its own pid, ends
 *   all         accepts and answers until the file ARGUMENT is there
 *   never       ends without accepting
 *   shut        accepts one, answers, and shuts the listening socket down
 *   nonblock    accepts one, answers, and leaves O_NONBLOCK set
 *   slow        lives for 150 ms, ends without accepting
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	else if (strcmp(verb, "never") != 0)
		one();
	if (strcmp(verb, "shut") == 0)
		(void)shutdown(0, SHUT_RDWR);
	if (strcmp(verb, "nonblock") == 0)
		(void)fcntl(0, F_SETFL, O_NONBLOCK | O_ASYNC);
	return 0;
}
