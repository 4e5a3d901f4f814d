/*
 * latency ROUNDS ADDRESS LOW-HIGH ADDRESS LOW-HIGH: in each round one connection to a random port
 * of the first place and one to the second, in random order. Each is timed from connect() to the
 * end of the answer. Prints the two medians in microseconds and the first as a ratio of the second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 100000, LIMIT = 60 };

struct place {
	struct sockaddr_in address;
	int low, high;
	double *times; /* microseconds */
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void
usage(void)
{
	fputs("usage: latency ROUNDS ADDRESS LOW-HIGH ADDRESS LOW-HIGH\n", stderr);
	exit(64);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
measure(struct place *p, int round)
{
	const struct timeval limit = {.tv_sec = LIMIT};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[256];
	size_t got = 0;
	double start;
	ssize_t n;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		fail("socket");
	p->address.sin_port = htons((uint16_t)(p->low + random() % (p->high - p->low + 1)));
	start = now();
	if (connect(fd, (const struct sockaddr *)&p->address, sizeof(p->address)) < 0)
		fail("connect");
	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		got += (size_t)n;
	if (n < 0 || got == 0)
		fail("answer");
	p->times[round] = now() - start;
	close(fd);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(struct place *p, int n)
{
	qsort(p->times, (size_t)n, sizeof(*p->times), compare);
	return p->times[n / 2];
}

static void
parse_place(struct place *p, const char *address, const char *ports, int rounds)
{
	p->address.sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &p->address.sin_addr) != 1 ||
	    sscanf(ports, "%d-%d", &p->low, &p->high) != 2 || p->low < 1 || p->high < p->low ||
	    p->high > 65535)
		usage();
	p->times = calloc((size_t)rounds, sizeof(*p->times));
	if (p->times == NULL)
		fail("memory");
}

int
main(int argc, char **argv)
{
	static struct place places[2];
	int rounds = argc == 6 ? atoi(argv[1]) : 0, first, i;
	double a, b;

	if (rounds < 1 || rounds > ROUNDS)
		usage();
	parse_place(&places[0], argv[2], argv[3], rounds);
	parse_place(&places[1], argv[4], argv[5], rounds);
	srandom((unsigned)now());
	for (i = 0; i < rounds; i++) {
		first = (int)(random() % 2);
		measure(&places[first], i);
		measure(&places[!first], i);
	}
	a = median(&places[0], rounds);
	b = median(&places[1], rounds);
	printf("%.0f us %.0f us ratio %.3f\n", a, b, a / b);
	free(places[0].times);
	free(places[1].times);
	return 0;
}
