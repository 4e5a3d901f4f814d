/*
 * dgram VERB COUNT [ARGUMENT]: handlers that get a bound datagram socket as fd 0.  Each start adds
 * a line to the file COUNT: its pid, and whether O_NONBLOCK and O_ASYNC were set.
 *   answer      receives one, answers ARGUMENT and what came
 *   leave       ends without receiving
 *   heal        the first ARGUMENT starts leave, the others answer
 *   fixed       leaves as long as there is no file ARGUMENT, then answers
 *   nonblock    sets O_NONBLOCK and O_ASYNC, then answers
 *   connect     answers, and leaves the socket connected to its peer
 *   children    answers; a child keeps the socket and waits for the file ARGUMENT
 *   outlive     a child ends at once; answers when the file ARGUMENT is there
 *   serve       answers every datagram until one says "end"
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"

static int
starts(const char *path)
{
	FILE *f = fopen(path, "re");
	int c, n = 0;

	if (f == NULL)
		_exit(7);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static int
answer(const char *prefix, int keep)
{
	char text[2048];
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	size_t before = strlen(prefix);
	ssize_t n;

	memcpy(text, prefix, before);
	n = recvfrom(
	    0, text + before, sizeof(text) - before - 1, 0, (struct sockaddr *)&peer, &length);
	if (n < 0)
		_exit(4);
	text[before + (size_t)n] = '\0';
	if (keep && connect(0, (struct sockaddr *)&peer, length) < 0)
		_exit(5);
	if (keep)
		n = send(0, text, before + (size_t)n, 0);
	else
		n = sendto(0, text, before + (size_t)n, 0, (struct sockaddr *)&peer, length);
	if (n < 0)
		_exit(6);
	return strcmp(text + before, "end") == 0;
}

static void
await(const char *path)
{
	int i;

	for (i = 0; i < 10000 && access(path, F_OK) < 0; i++)
		(void)poll(NULL, 0, 3);
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "leave";
	const char *argument = argc > 3 ? argv[3] : "";
	pid_t child;

	alarm(60);
	count(argc > 2 ? argv[2] : "/dev/null");
	if (strcmp(verb, "answer") == 0) {
		(void)answer(argument, 0);
	} else if (strcmp(verb, "heal") == 0) {
		if (starts(argv[2]) > atoi(argument))
			(void)answer("", 0);
	} else if (strcmp(verb, "fixed") == 0) {
		if (access(argument, F_OK) == 0)
			(void)answer("", 0);
	} else if (strcmp(verb, "nonblock") == 0) {
		(void)fcntl(0, F_SETFL, O_NONBLOCK | O_ASYNC);
		(void)answer("", 0);
	} else if (strcmp(verb, "connect") == 0) {
		(void)answer("", 1);
	} else if (strcmp(verb, "children") == 0) {
		(void)answer("", 0);
		if (fork() == 0) {
			alarm(60);
			await(argument);
		}
	} else if (strcmp(verb, "outlive") == 0) {
		child = fork();
		if (child == 0)
			_exit(0);
		(void)waitpid(child, NULL, 0);
		await(argument);
		(void)answer("", 0);
	} else if (strcmp(verb, "serve") == 0) {
		while (!answer("", 0))
			;
	}
	return 0;
}
