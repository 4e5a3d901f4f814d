/* Handlers whose time is over. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(expiry);

static char text[4096];

Test(expiry, session)
{
	struct daemon *d = daemon_new();
	int fd;

	daemon_service(d, "hold",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", hold }\nlimits { session = 1 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	fd = tcp_connect("127.0.0.1", daemon_port(d, "hold", ""));
	cr_expect(read_until(fd, text, sizeof(text), "held", LONG));
	cr_expect_eq(read_eof(fd, text, sizeof(text), LONG), 0);
	LOG_EXPECT(d, text, "@expired", "service=hold", "reason=session");
	LOG_EXPECT(d, text, "@end", "status=signal:TERM");
	close(fd);
	daemon_stop(d);
}

Test(expiry, stubborn_handlers_are_killed)
{
	struct daemon *d = daemon_new();
	int fd;

	daemon_service(d, "hold",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", stubborn }\nlimits { session = 1 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	fd = tcp_connect("127.0.0.1", daemon_port(d, "hold", ""));
	cr_expect(read_until(fd, text, sizeof(text), "held", LONG));
	LOG_EXPECT(d, text, "@end", "status=signal:KILL");
	cr_expect_eq(log_count(d, "@expired", NULL), 1);
	close(fd);
	daemon_stop(d);
}

/* The handler ends as it is told, a process of its group does not. */
Test(expiry, the_rest_of_the_group_is_killed)
{
	struct daemon *d = daemon_new();
	int fd;

	daemon_service(d, "hold",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", shielding }\n"
	    "limits { session = 1 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	fd = tcp_connect("127.0.0.1", daemon_port(d, "hold", ""));
	cr_expect(read_until(fd, text, sizeof(text), "held", LONG));
	LOG_EXPECT(d, text, "@end", "status=signal:TERM");
	/* The connection is open as long as it lives. */
	cr_expect_eq(read_eof(fd, text, sizeof(text), LONG), 0);
	close(fd);
	daemon_stop(d);
}

Test(expiry, idle)
{
	struct daemon *d = daemon_new();
	long long start;
	int busy, quiet, i;

	daemon_service(d, "echo",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", echo }\nlimits { idle = 1 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	busy = tcp_connect("127.0.0.1", daemon_port(d, "echo", ""));
	quiet = tcp_connect("127.0.0.1", daemon_port(d, "echo", ""));
	start = now_ms();
	/* A byte now and then keeps it for longer than the limit. */
	for (i = 0; now_ms() - start < 2500; i++) {
		send_text(busy, "x");
		cr_assert(read_until(busy, text, sizeof(text), "x", LONG), "%d", i);
		observe(BRIEF);
	}
	cr_expect_eq(read_eof(quiet, text, sizeof(text), 0), 0, "it was not ended");
	LOG_EXPECT(d, text, "@expired", "service=echo", "reason=idle");
	cr_expect_eq(log_count(d, "@expired", NULL), 1);
	cr_expect_eq(read_eof(busy, text, sizeof(text), LONG), 0);
	cr_expect(LOG_WAIT(d, LONG, text, "@end", "status=signal:TERM"));
	close(busy);
	close(quiet);
	daemon_stop(d);
}

/* After that time and not after up to twice of it. */
Test(expiry, idle_by_the_last_byte)
{
	struct daemon *d = daemon_new();
	long long start;
	int fd[2], i;

	daemon_service(d, "echo",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", echo }\nlimits { idle = 3 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	for (i = 0; i < 2; i++)
		fd[i] = tcp_connect("127.0.0.1", daemon_port(d, "echo", ""));
	observe(BRIEF);
	send_text(fd[1], "x");
	cr_assert(read_until(fd[1], text, sizeof(text), "x", LONG));
	start = now_ms();
	for (i = 0; i < 2; i++) {
		cr_expect_eq(read_eof(fd[i], text, sizeof(text), LONG), 0);
		cr_expect_geq(now_ms() - start, i == 0 ? 0 : 2900);
		cr_expect_leq(now_ms() - start, 4500, "%d: %lld", i, now_ms() - start);
		close(fd[i]);
	}
	daemon_stop(d);
}

Test(expiry, idle_needs_tcp)
{
	struct daemon *d = daemon_new();

	daemon_service(d, "mptcp",
	    "listen = \"127.0.0.1:0/mptcp\"\ncommand = { \"%s\" }\nlimits { idle = 1 }",
	    daemon_tool(d, "stream"));
	daemon_service(d, "udp",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\" }\nlimits { idle = 1 }",
	    daemon_tool(d, "dgram"));
	d->options[0] = "-t";
	cr_expect_eq(daemon_run(d), 1);
	LOG_EXPECT(d, text, "service udp", "limits.idle", "it needs tcp");
	LOG_EXPECT(d, text, "service mptcp", "limits.idle", "it needs tcp");
	daemon_check(d);
}
