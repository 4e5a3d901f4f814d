/* Limits to the one: who is served, who is not, what the others see, and that no count is lost. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(admission);

enum { PORT = 7700, SEVERAL = 1000, PROMPT = 500 };

static char text[4096];

static void
stream_service(struct daemon *d, unsigned port, const char *options)
{
	daemon_service(d, "a", "listen = \"%u/tcp4\"\ncommand = { \"%s\", hold }\n%s", port,
	    daemon_tool(d, "stream"), options);
}

static bool
is_held(int fd)
{
	return read_until(fd, text, sizeof(text), "held", LONG);
}

/* False with nothing open. */
static bool
try_held(const char *source, int *fd)
{
	*fd = tcp_from(source, "127.0.0.1", PORT);
	if (is_held(*fd))
		return true;
	close(*fd);
	return false;
}

/* The end or a reset, and not a byte. */
static bool
is_refused(int fd)
{
	ssize_t n = read_eof(fd, text, sizeof(text), LONG);

	close(fd);
	return n == 0 || n == -ECONNRESET;
}

static bool
is_answered(int fd, int ms)
{
	send_text(fd, "x");
	return read_record(fd, text, sizeof(text), ms) > 0;
}

static bool
has_children(const struct daemon *d, size_t n)
{
	pid_t v[64];

	return proc_children(d->pid, v, 64) == n;
}

/* Several ports of one service, each a handler for datagrams at a time. */
static void
datagram_service(struct daemon *d, unsigned ports, const char *options)
{
	daemon_service(d, "a",
	    "listen = \"%d-%u/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }\n%s", PORT,
	    PORT + ports - 1, daemon_tool(d, "dgram"), options);
}

/* The end of the stream for who has said nothing; a reset for who was not listened to. */
Test(admission, what_the_refused_see)
{
	struct daemon *d;
	int fd;

	NEED_NETWORK();
	d = daemon_new();
	stream_service(d, PORT, "limits { instances = 0 overflow = refuse }");
	daemon_service(d, "b",
	    "listen = \"%d/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }\n"
	    "limits { instances = 0 overflow = refuse }",
	    PORT, daemon_tool(d, "dgram"));
	daemon_start(d);
	fd = tcp_connect("127.0.0.1", PORT);
	cr_expect_eq(read_eof(fd, text, sizeof(text), LONG), 0);
	close(fd);
	/* Stopped, it cannot look before there is something to read. */
	cr_assert_eq(kill(d->pid, SIGSTOP), 0);
	fd = tcp_connect("127.0.0.1", PORT);
	send_text(fd, "hello");
	cr_assert_eq(kill(d->pid, SIGCONT), 0);
	cr_expect_eq(read_eof(fd, text, sizeof(text), LONG), -ECONNRESET);
	close(fd);
	fd = udp_connect("127.0.0.1", PORT);
	cr_expect_not(is_answered(fd, BRIEF), "silence");
	cr_expect(errno != ECONNREFUSED);
	close(fd);
	LOG_EXPECT(d, text, "@refused", "service=b", "reason=instances");
	cr_expect_eq(log_count(d, "@start", NULL), 0);
	daemon_stop(d);
}

Test(admission, held_at_the_limit_is_served_promptly)
{
	struct daemon *d;
	long long start;
	int fd[3], i;

	NEED_NETWORK();
	d = daemon_new();
	stream_service(d, PORT, "limits { instances = 2 per_source = 2 }");
	daemon_start(d);
	for (i = 0; i < 2; i++) {
		fd[i] = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect(is_held(fd[i]));
	}
	for (i = 0; i < 10; i++) {
		fd[2] = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect_not(readable(fd[2], 20));
		start = now_ms();
		close(fd[i % 2]);
		cr_expect(is_held(fd[2]), "%d", i);
		cr_expect_lt(now_ms() - start, PROMPT, "%d", i);
		fd[i % 2] = fd[2];
	}
	cr_expect_eq(log_count(d, "@refused", NULL), 0);
	daemon_stop(d);
}

Test(admission, no_count_is_lost, .timeout = 120)
{
	const char *const options = "limits { instances = 4 per_source = 2 overflow = refuse }";
	struct daemon *d;
	int fd[4], i, refused = 0;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "limits { instances = 8 per_source = 3 }");
	stream_service(d, PORT, options);
	daemon_start(d);
	for (i = 0; i < 2; i++) {
		fd[i] = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect(is_held(fd[i]));
	}
	for (i = 0; i < SEVERAL; i++)
		refused += is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT));
	cr_expect_eq(refused, SEVERAL);
	for (i = 0; i < SEVERAL; i++) {
		/* The one before may still have its place. */
		cr_assert(WAIT(LONG, try_held("127.0.0.10", &fd[2])), "%d", i);
		(i % 2 == 0 ? (void)close(fd[2]) : reset(fd[2]));
	}
	cr_assert(WAIT(LONG, has_children(d, 2)));
	for (i = 2; i < 4; i++) {
		fd[i] = tcp_from("127.0.0.10", "127.0.0.1", PORT);
		cr_expect(is_held(fd[i]), "place %d is still there", i);
	}
	cr_expect(is_refused(tcp_from("127.0.0.11", "127.0.0.1", PORT)), "and no other is");
	close(fd[0]);
	cr_assert(WAIT(LONG, has_children(d, 3)));
	cr_expect(is_refused(tcp_from("127.0.0.10", "127.0.0.1", PORT)), "of a full source");
	cr_expect(is_held(tcp_from("127.0.0.9", "127.0.0.1", PORT)));
	cr_expect(WAIT(LONG, log_count(d, "@start", NULL) == SEVERAL + 5));
	cr_expect_eq(log_count(d, "@start", NULL), SEVERAL + 5);
	daemon_stop(d);
}

Test(admission, datagrams_to_handlers_that_wait)
{
	struct daemon *d;
	int fd[3], i;

	NEED_NETWORK();
	d = daemon_new();
	datagram_service(d, 3, "limits { instances = 2 per_source = 9 }");
	daemon_start(d);
	for (i = 0; i < 3; i++)
		fd[i] = udp_from("127.0.0.9", "127.0.0.1", (unsigned)(PORT + i));
	cr_expect(is_answered(fd[0], LONG) && is_answered(fd[1], LONG));
	cr_expect_not(is_answered(fd[2], BRIEF), "the third waits");
	send_text(fd[0], "end");
	cr_expect_gt(read_record(fd[2], text, sizeof(text), LONG), 0, "and is served");
	daemon_stop(d);
}

Test(admission, datagrams_that_do_not_wait)
{
	struct daemon *d;
	int fd[4], i;

	NEED_NETWORK();
	d = daemon_new();
	datagram_service(d, 4, "limits { instances = 9 per_source = 3 overflow = refuse }");
	daemon_start(d);
	for (i = 0; i < 4; i++)
		fd[i] = udp_from("127.0.0.9", "127.0.0.1", (unsigned)(PORT + i));
	for (i = 0; i < 3; i++)
		cr_expect(is_answered(fd[i], LONG), "%d", i);
	cr_expect_not(is_answered(fd[3], BRIEF), "the fourth of its source");
	LOG_EXPECT(d, text, "@refused", "reason=per-source");
	i = udp_from("127.0.0.10", "127.0.0.1", PORT + 3);
	cr_expect(is_answered(i, LONG), "another source");
	send_text(i, "end");
	LOG_EXPECT(d, text, "@end");
	send_text(fd[1], "end");
	cr_assert(WAIT(LONG, log_count(d, "@end", NULL) == 2));
	cr_expect(is_answered(fd[3], LONG), "a place that came back");
	daemon_stop(d);
}

/* Each handler owns a listening socket: who connects is not known, so only `instances` applies. */
Test(admission, streams_to_handlers_that_wait)
{
	struct daemon *d;
	pid_t pid[2];
	int fd[3], i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "a",
	    "listen = \"%d-%d/tcp4\"\nwait = true\ncommand = { \"%s\", all, \"/dev/null\", \"%s\" "
	    "}\n"
	    "limits { instances = 2 per_source = 1 }",
	    PORT, PORT + 2, daemon_tool(d, "listener"), daemon_path(d, "out/until"));
	daemon_start(d);
	for (i = 0; i < 2; i++) {
		fd[i] = tcp_connect("127.0.0.1", (unsigned)(PORT + i));
		cr_assert(read_until(fd[i], text, sizeof(text), "\n", LONG), "%d", i);
		pid[i] = (pid_t)strtol(text, NULL, 10);
	}
	fd[2] = tcp_connect("127.0.0.1", PORT + 2);
	cr_expect_not(readable(fd[2], BRIEF), "the third waits");
	cr_assert_eq(kill(pid[1], SIGTERM), 0);
	cr_expect(read_until(fd[2], text, sizeof(text), "\n", LONG), "and is served");
	daemon_stop(d);
}

Test(admission, streams_that_do_not_wait)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "a",
	    "listen = \"%d/tcp4\"\nwait = true\ncommand = { \"%s\", all, \"/dev/null\", \"%s\" }\n"
	    "limits { instances = 0 overflow = refuse }",
	    PORT, daemon_tool(d, "listener"), daemon_path(d, "out/until"));
	daemon_start(d);
	cr_expect(is_refused(tcp_connect("127.0.0.1", PORT)));
	LOG_EXPECT(d, text, "@refused", "reason=instances");
	cr_expect_eq(log_count(d, "@start", NULL), 0);
	daemon_stop(d);
}
