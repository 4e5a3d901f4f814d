/* How many handlers live at a time, and what becomes of the others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(limits);

static char text[4096];

static bool
held(int fd, int ms)
{
	return read_until(fd, text, sizeof(text), "held", ms);
}

static void
hold_service(struct daemon *d, const char *options)
{
	daemon_service(d, "hold", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", hold }\n%s",
	    daemon_tool(d, "stream"), options);
}

Test(limits, the_next_one_waits)
{
	struct daemon *d = daemon_new();
	int fd[5], i, other;
	unsigned port;
	long cpu;

	hold_service(d, "limits { instances = 3 per_source = 3 }");
	daemon_service(d, "other",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, other }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "hold", "");
	for (i = 0; i < 5; i++)
		fd[i] = tcp_connect("127.0.0.1", port);
	for (i = 0; i < 3; i++)
		cr_expect(held(fd[i], LONG), "%d", i);
	cpu = proc_cpu(d->pid);
	cr_expect_not(held(fd[3], BRIEF));
	cr_expect_not(held(fd[4], 0));
	cr_expect_leq(proc_cpu(d->pid) - cpu, 50, "a full service is polled");
	other = tcp_connect("127.0.0.1", daemon_port(d, "other", ""));
	cr_expect(read_until(other, text, sizeof(text), "other", LONG));
	close(fd[1]);
	cr_expect(held(fd[3], 1000), "a free slot is not used");
	cr_expect_not(held(fd[4], BRIEF));
	close(fd[0]);
	close(fd[2]);
	cr_expect(held(fd[4], 1000));
	daemon_stop(d);
}

Test(limits, none_at_all)
{
	struct daemon *d = daemon_new();
	int fd;

	hold_service(d, "limits { instances = 0 }");
	daemon_start(d);
	fd = tcp_connect("127.0.0.1", daemon_port(d, "hold", ""));
	cr_expect_not(held(fd, BRIEF));
	cr_expect_eq(log_count(d, "@start", "service=hold", NULL), 0);
	daemon_stop(d);
}

Test(limits, slots_are_given_back)
{
	struct daemon *d = daemon_new();
	pid_t child[64];
	unsigned port;
	size_t before;
	int i, n;

	daemon_service(d, "name",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, yes }\nlimits { instances = 3 "
	    "per_source = 3 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "name", "");
	ask_tcp("127.0.0.1", port, text, sizeof(text));
	before = proc_descriptors(d->pid);
	for (i = 0; i < 300; i++) {
		n = (int)ask_tcp("127.0.0.1", port, text, sizeof(text));
		cr_assert(n == 4, "connection %d: %s", i, text);
	}
	cr_expect(WAIT(LONG, proc_children(d->pid, child, 64) == 0), "children are left");
	cr_expect_eq(proc_descriptors(d->pid), before);
	cr_expect(WAIT(LONG, log_count(d, "@end", "service=name", "status=exit:0", NULL) == 301));
	cr_expect_eq(log_count(d, "@start", "service=name", NULL), 301);
	daemon_stop(d);
}

Test(limits, a_burst_loses_none)
{
	enum { BURST = 200 };
	struct daemon *d = daemon_new();
	int fd[BURST], i, good = 0;
	unsigned port;

	daemon_service(d, "name",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, yes }\nlimits { instances = 8 "
	    "per_source = 8 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "name", "");
	for (i = 0; i < BURST; i++)
		fd[i] = tcp_connect("127.0.0.1", port);
	for (i = 0; i < BURST; i++) {
		good += read_eof(fd[i], text, sizeof(text), LONG) == 4;
		close(fd[i]);
	}
	cr_expect_eq(good, BURST);
	daemon_stop(d);
}

/* Peers that are gone before anybody looks at them. */
Test(limits, clients_gone_before_accept)
{
	struct daemon *d = daemon_new();
	int first, fd[30], i;
	unsigned port;

	hold_service(d, "limits { instances = 1 }");
	daemon_start(d);
	port = daemon_port(d, "hold", "");
	first = tcp_connect("127.0.0.1", port);
	cr_assert(held(first, LONG));
	for (i = 0; i < 30; i++)
		fd[i] = tcp_connect("127.0.0.1", port);
	for (i = 0; i < 30; i++)
		reset(fd[i]);
	close(first);
	first = tcp_connect("127.0.0.1", port);
	cr_expect(held(first, LONG));
	close(first);
	for (i = 0; i < 100; i++)
		reset(tcp_connect("127.0.0.1", port));
	first = tcp_connect("127.0.0.1", port);
	cr_expect(held(first, LONG));
	daemon_stop(d);
}

Test(limits, handlers_that_crash_free_their_slot)
{
	struct daemon *d = daemon_new();
	unsigned port;
	int i;

	daemon_service(d, "crash",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", crash }\nlimits { instances = 2 "
	    "per_source = 2 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "crash", "");
	for (i = 0; i < 20; i++)
		cr_assert(ask_tcp("127.0.0.1", port, text, sizeof(text)) == 0);
	cr_expect(WAIT(LONG, log_count(d, "@end", "status=signal:ABRT", NULL) == 20));
	daemon_stop(d);
}

/* The client must see the end when the handler ends: no copy of the connection is kept. */
Test(limits, the_end_is_seen_at_once)
{
	struct daemon *d = daemon_new();
	int held_one, fd;
	unsigned port;
	long long before;

	hold_service(d, "");
	daemon_service(d, "exit", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", exit, 3 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	held_one = tcp_connect("127.0.0.1", daemon_port(d, "hold", ""));
	cr_assert(held(held_one, LONG));
	port = daemon_port(d, "exit", "");
	before = now_ms();
	fd = tcp_connect("127.0.0.1", port);
	cr_expect_eq(read_eof(fd, text, sizeof(text), LONG), 0);
	cr_expect_lt(now_ms() - before, 2000);
	daemon_stop(d);
}
