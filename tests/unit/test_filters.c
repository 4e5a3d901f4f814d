/* Filters on the ports of a supervisor. */
#include "supervisor/filters.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/text.h"
#include "config/service.h"
#include "net/filter.h"
#include "net/prefix.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

static const char *const nothing[] = {"/bin/true", NULL};

enum { ROOM = 4096, MANY = 300, PREFIX = 32 };

static struct supervised t;

/* Instructions of a socket's filter, 0: it has none; or -1. */
static int
instructions(const struct port *port)
{
	socklen_t n = 0;

	if (getsockopt(port->listener.source.fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n) < 0)
		return -1;
	return (int)n;
}

static bool
ban(const char *text)
{
	struct source_key k = {.family = AF_INET, .length = 32};

	return inet_pton(AF_INET, text, k.bytes) == 1 &&
	       scan_ban(&t.s.gate.proven.bans, &k, 1, t.s.loop.now + 600 * USEC_PER_SEC,
		   t.s.loop.now) == 0;
}

/* A datagram from an address of the loopback; does it arrive at that port? */
static bool
arrives(const struct port *port, const char *source)
{
	struct pollfd p = {.fd = port->listener.source.fd, .events = POLLIN};
	struct address to, from;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool arrived;

	if (fd < 0 || address_parse(&from, source, 0) < 0 || bind(fd, &from.sa, from.length) < 0 ||
	    listener_local(&port->listener, &to) < 0 ||
	    sendto(fd, "x", 1, 0, &to.sa, to.length) != 1)
		abort();
	(void)close(fd);
	/* What the loopback delivers it has delivered by now. */
	arrived = poll(&p, 1, 0) == 1;
	return arrived && recv(p.fd, NULL, 0, MSG_DONTWAIT) >= 0;
}

static bool
can_filter(void)
{
	return geteuid() == 0; /* some kernels take no filter of an ordinary user */
}

static struct service_conf *
add_datagrams(void)
{
	struct service_conf *svc = supervised_add(&t, "127.0.0.1:0/udp", nothing);

	svc->wait = WAIT_YES;
	return svc;
}

/* Each second address from 127.1.0.1 on, and 127.0.0.70. */
static void
deny(struct service_conf *svc, size_t n)
{
	static char texts[ROOM][PREFIX];
	static char *v[ROOM];
	size_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(texts[i], PREFIX, "127.1.%zu.%zu", i / 125, 2 * (i % 125) + 1);
		v[i] = texts[i];
	}
	v[n - 1] = (char *)"127.0.0.70";
	svc->access.deny = (struct strings){v, n};
}

static int
given_back(void)
{
	const struct port *port;
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	const struct sock_fprog program = {1, &all};
	int n, on = 1;

	if (!can_filter())
		SKIP("needs root");
	deny(add_datagrams(), 1);
	(void)add_datagrams();
	CHECK(supervised_open(&t));
	port = supervised_port(&t, 0);
	n = instructions(port);
	CHECK(n > 0 && !arrives(port, "127.0.0.70") && arrives(port, "127.0.0.71"));
	/* At no time is the socket without. */
	CHECK(listener_restore((struct listener *)&port->listener, 9) == 0);
	CHECK(instructions(port) == n);
	/* A handler's own is replaced, and taken away where there is none of superd's. */
	for (n = 0; n < 2; n++) {
		port = supervised_port(&t, (size_t)n);
		CHECK(setsockopt(port->listener.source.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) == 0);
		CHECK(filters_port(&t.s, (struct port *)port) == 0);
		CHECK(arrives(port, "127.0.0.70") == (n == 1));
		CHECK(setsockopt(port->listener.source.fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) == 0);
		CHECK(setsockopt(port->listener.source.fd, SOL_SOCKET, SO_LOCK_FILTER, &on,
			  sizeof(on)) == 0);
		CHECK(filters_port(&t.s, (struct port *)port) == -EPERM);
	}
	supervised_close(&t);
	return CHILD_OK;
}

Test(filters, of_a_socket_that_is_given_back)
{
	child_run(given_back);
}

/* Bans in quick succession come to every port all the same, and to none twice in a second. */
static int
a_round_ends(void)
{
	struct service_conf *svc;
	const struct port *last;
	char error[256];
	int i;

	if (!can_filter())
		SKIP("needs root");
	svc = add_datagrams();
	for (i = 1; i < MANY; i++)
		CHECK(endpoint_parse(&svc->endpoints, "127.0.0.1:0/udp", 0, error, sizeof(error)) ==
		      0);
	CHECK(supervised_open(&t));
	last = &t.s.services[0].ports[MANY - 1];
	CHECK(t.s.services[0].nports == MANY && ban("127.0.0.70"));
	filters_changed(&t.s);
	CHECK(t.s.filters.timer.armed && t.s.filters.timer.due == t.s.loop.now + USEC_PER_SEC);
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(t.s.services[0].ports[0].filtered && !last->filtered);
	CHECK(ban("127.0.0.71"));
	filters_changed(&t.s);
	CHECK(t.s.filters.timer.armed && t.s.filters.timer.due == t.s.loop.now);
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(last->filtered && !arrives(last, "127.0.0.71"));
	/* The first have the second ban with the next round. */
	CHECK(t.s.filters.timer.armed && t.s.filters.timer.due == t.s.loop.now + USEC_PER_SEC);
	CHECK(arrives(&t.s.services[0].ports[0], "127.0.0.71"));
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(!arrives(&t.s.services[0].ports[0], "127.0.0.71"));
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(!t.s.filters.timer.armed);
	supervised_close(&t);
	return CHILD_OK;
}

Test(filters, a_round_ends)
{
	child_run(a_round_ends);
}

/* Does a list of n take the instructions that a filter has? */
static bool
fits(size_t n)
{
	static struct sock_filter code[FILTER_SIZE];
	struct ranges_rule *rules = calloc(n, sizeof(*rules));
	struct service_conf svc;
	struct filter_rules map = {0};
	struct ranges ranges;
	char storage[256];
	struct text error;
	size_t i, made;
	int r;

	deny(&svc, n);
	text_init(&error, storage, sizeof(storage));
	for (i = 0; i < n; i++) {
		if (prefix_parse(&rules[i].prefix, svc.access.deny.v[i], &error) < 0)
			abort();
		rules[i].value = 1;
	}
	if (ranges_build(&ranges, rules, n, 0) < 0)
		abort();
	map.map = &ranges;
	r = filter_compile(&map, AF_INET, code, FILTER_SIZE, &made);
	ranges_fini(&ranges);
	free(rules);
	return r == 0;
}

/* Too many bans for the room beside the list are no reason to let in who is on the list. */
static int
the_list_comes_first(void)
{
	const struct port *port;
	char text[PREFIX];
	size_t n = ROOM;
	int i;

	if (!can_filter())
		SKIP("needs root");
	while (!fits(n))
		n--;
	deny(add_datagrams(), n);
	CHECK(supervised_open(&t));
	port = supervised_port(&t, 0);
	CHECK(port->filtered && !arrives(port, "127.0.0.70"));
	for (i = 0; i < FILTER_BANS; i++) {
		(void)snprintf(text, sizeof(text), "127.0.1.%d", 2 * i + 1);
		CHECK(ban(text));
	}
	filters_changed(&t.s);
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(!arrives(port, "127.0.0.70") && arrives(port, "127.0.0.71"));
	CHECK(port->filtered && port->listed && t.s.services[0].unfiltered);
	supervised_close(&t);
	return CHILD_OK;
}

Test(filters, the_list_comes_before_the_bans)
{
	child_run(the_list_comes_first);
}

/* Sets net.core.optmem_max so that a filter as that port has it fits once and not twice. */
static bool
leave_room_for_one(const struct port *port)
{
	const struct filter_rules rules = {
	    .map = port->service->access.addresses, .drops = access_drops};
	int room, fd, r = -ENOMEM;
	char text[PREFIX];

	for (room = 1024; room < 131072 && r == -ENOMEM; room += 1024) {
		(void)snprintf(text, sizeof(text), "%d", room);
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || !write_file("/proc/sys/net/core/optmem_max", text))
			return false;
		r = filter_apply(fd, &rules, false);
		(void)close(fd);
	}
	(void)snprintf(text, sizeof(text), "%d", room);
	return r == 0 && write_file("/proc/sys/net/core/optmem_max", text);
}

static int
without_room_for_two(void)
{
	const struct port *port;

	if (!can_filter())
		SKIP("needs root");
	if (!isolate())
		SKIP("no network namespace of our own");
	deny(add_datagrams(), 1000);
	CHECK(supervised_open(&t));
	port = supervised_port(&t, 0);
	CHECK(port->filtered);
	if (!leave_room_for_one(port))
		SKIP("net.core.optmem_max is not of the network namespace");
	CHECK(ban("127.0.0.72"));
	filters_changed(&t.s);
	loop_disarm(&t.s.loop, &t.s.filters.timer);
	filters_round(&t.s);
	CHECK(!arrives(port, "127.0.0.70") && !arrives(port, "127.0.0.72"));
	CHECK(arrives(port, "127.0.0.71") && port->listed);
	supervised_close(&t);
	return CHILD_OK;
}

Test(filters, without_room_for_two)
{
	child_run(without_room_for_two);
}
