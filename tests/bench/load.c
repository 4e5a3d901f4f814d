/*
 * The load: clients that connect, read to the end and close, so many of them at once, from one
 * process. Prints one line: connections/s, then in microseconds from connect(2) the median and the
 * 99th percentile to the first byte and to the end, then how many were lost and how many answered.
 *
 *     load rate CLIENTS SECONDS ADDRESS PORT[-PORT]     a random port of the range each time
 *     load burst CLIENTS SECONDS ADDRESS PORT           once each; lost: not served in time
 *     load refused CLIENTS COUNT ADDRESS PORT SOURCES   so often in all, from 127.16.0.0 upwards by
 *                                                       turns; lost: got a byte, or no end
 *     load dropped CLIENTS COUNT ADDRESS PORT SOURCES   the same, but nobody waits for an answer
 *
 * Clients close with a reset after the end was read, so that no TIME_WAIT is left on either side.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 1 << 20, EVENTS = 64 };

/* A client that waits longer is given up; what is under way at the end gets as long to finish. */
static const uint64_t patience = 5000000000;

struct client {
	int fd;
	uint64_t started;
	uint64_t first; /* 0: no byte yet */
};

struct load {
	struct sockaddr_in address;
	unsigned low, ports;
	bool again; /* a client that has finished connects once more */
	bool refused, dropped;
	size_t count, opened; /* of refused and dropped */
	uint32_t sources;
	struct client *clients;
	size_t nclients, active;
	int epoll;
	uint64_t end; /* what finishes later does not count */
	uint64_t random;
	uint32_t *first, *last; /* nanoseconds */
	size_t done, lost;
};

static uint64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint16_t
next_port(struct load *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return (uint16_t)(l->low + l->random % l->ports);
}

static void
client_close(struct load *l, struct client *c)
{
	(void)close(c->fd);
	c->fd = -1;
	l->active--;
}

static void
bind_source(const struct load *l, int fd)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int on = 1;

	sin.sin_addr.s_addr = htonl(0x7f100000U + (uint32_t)(l->opened % l->sources));
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		err(1, "bind");
}

static void
client_open(struct load *l, struct client *c)
{
	const struct linger reset = {.l_onoff = 1};
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
	struct sockaddr_in sin = l->address;

	sin.sin_port = htons(next_port(l));
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0)
		err(1, "socket");
	if (l->sources > 0)
		bind_source(l, c->fd);
	l->opened++;
	l->active++;
	c->first = 0;
	c->started = now();
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 && errno != EINPROGRESS) {
		l->lost++;
		client_close(l, c);
	} else if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0) {
		err(1, "epoll_ctl");
	}
}

static uint32_t
elapsed(uint64_t from, uint64_t to)
{
	return to - from > UINT32_MAX ? UINT32_MAX : (uint32_t)(to - from);
}

static void
client_done(struct load *l, struct client *c, bool served)
{
	uint64_t t = now();

	if (!served) {
		l->lost++;
	} else if (t < l->end) {
		if (l->done < SAMPLES) {
			l->first[l->done] = elapsed(c->started, c->first > 0 ? c->first : t);
			l->last[l->done] = elapsed(c->started, t);
		}
		l->done++;
	}
	client_close(l, c);
	if (l->again && t < l->end && (l->count == 0 || l->opened < l->count))
		client_open(l, c);
}

static void
client_read(struct load *l, struct client *c)
{
	char buffer[512];
	ssize_t n;

	do {
		n = read(c->fd, buffer, sizeof(buffer));
		if (n > 0 && c->first == 0)
			c->first = now();
	} while (n > 0);
	if (n == 0 || errno != EAGAIN)
		client_done(l, c,
		    l->refused ? c->first == 0 && (n == 0 || errno == ECONNRESET)
			       : n == 0 && c->first != 0);
}

static void
give_up(struct load *l, uint64_t t)
{
	size_t i;

	for (i = 0; i < l->nclients; i++)
		if (l->clients[i].fd >= 0 && t - l->clients[i].started > patience)
			client_done(l, &l->clients[i], false);
}

static void
run(struct load *l)
{
	struct epoll_event events[EVENTS];
	uint64_t t = now(), check = t + patience, stop = l->end + (l->again ? patience : 0);
	size_t c;
	int i, n;

	for (c = 0; c < l->nclients; c++)
		client_open(l, &l->clients[c]);
	for (; l->active > 0 && t < stop; t = now()) {
		n = epoll_wait(l->epoll, events, EVENTS, 50);
		for (i = 0; i < n; i++)
			client_read(l, events[i].data.ptr);
		if (l->again && t > check) {
			give_up(l, t);
			check = t + patience / 10;
		}
	}
	l->lost += l->active;
}

/* Handshakes that nobody answers. */
static void
run_dropped(struct load *l)
{
	struct client c;

	while (l->opened < l->count) {
		client_open(l, &c);
		if (c.fd >= 0)
			client_close(l, &c);
	}
	l->done = l->opened - l->lost;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
print_latency(uint32_t *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
	printf(" %.1f %.1f", n > 0 ? samples[n / 2] / 1e3 : 0,
	    n > 0 ? samples[n - 1 - n / 100] / 1e3 : 0);
}

static void
load_init(struct load *l, char **argv)
{
	char *dash = strchr(argv[5], '-');
	size_t i;

	l->refused = strcmp(argv[1], "refused") == 0;
	l->dropped = strcmp(argv[1], "dropped") == 0;
	l->again = strcmp(argv[1], "burst") != 0;
	if (l->refused || l->dropped) {
		l->count = (size_t)atol(argv[3]);
		l->sources = (uint32_t)atol(argv[6]);
	}
	l->nclients = (size_t)atoi(argv[2]);
	l->address.sin_family = AF_INET;
	if (inet_pton(AF_INET, argv[4], &l->address.sin_addr) != 1)
		errx(64, "%s is no address", argv[4]);
	l->low = (unsigned)atoi(argv[5]);
	l->ports = dash != NULL ? (unsigned)atoi(dash + 1) - l->low + 1 : 1;
	l->random = now() | 1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->clients = calloc(l->nclients + 1, sizeof(*l->clients));
	l->first = calloc(SAMPLES, sizeof(*l->first));
	l->last = calloc(SAMPLES, sizeof(*l->last));
	if (l->epoll < 0 || l->clients == NULL || l->first == NULL || l->last == NULL)
		err(1, "no memory");
	for (i = 0; i < l->nclients; i++)
		l->clients[i].fd = -1;
}

int
main(int argc, char **argv)
{
	struct load l = {0};
	uint64_t started, stopped;

	if (argc != (argc > 1 && strstr(argv[1], "ed") != NULL ? 7 : 6))
		errx(64, "usage: load rate|burst CLIENTS SECONDS ADDRESS PORT[-PORT]\n"
			 "       load refused|dropped CLIENTS COUNT ADDRESS PORT SOURCES");
	load_init(&l, argv);
	started = now();
	l.end = l.count > 0 ? UINT64_MAX / 2 : started + (uint64_t)(atof(argv[3]) * 1e9);
	if (l.dropped)
		run_dropped(&l);
	else
		run(&l);
	stopped = l.again && l.count == 0 ? l.end : now();
	printf("%.1f", (double)l.done / ((double)(stopped - started) / 1e9));
	print_latency(l.first, l.done < SAMPLES ? l.done : SAMPLES);
	print_latency(l.last, l.done < SAMPLES ? l.done : SAMPLES);
	printf(" %zu %zu\n", l.lost, l.done);
	return 0;
}
