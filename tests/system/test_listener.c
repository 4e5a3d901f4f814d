/* `wait` services on listening sockets: the handler accepts, or does not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(listener);

static char answer[256];
static const char *starts; /* a line for each start */

static struct daemon *
start_service(const char *verb, const char *flag)
{
	struct daemon *d = daemon_new();

	starts = daemon_path(d, "out/starts");
	daemon_service(d, "wait",
	    "listen = \"127.0.0.1:0/tcp\"\nwait = true\ncommand = { \"%s\", %s, \"%s\", \"%s\" }",
	    daemon_tool(d, "listener"), verb, starts, daemon_path(d, flag));
	daemon_start(d);
	return d;
}

/* The pid that answered. */
static int
expect_answer(int fd)
{
	ssize_t n = read_eof(fd, answer, sizeof(answer), LONG);

	cr_expect(n > 0, "no answer: %s", strerror((int)-n));
	close(fd);
	return atoi(answer);
}

Test(listener, one_each)
{
	struct daemon *d = start_service("one", "flag");
	unsigned port = daemon_port(d, "wait", "");
	int fd[4], pid[4], i;

	for (i = 0; i < 4; i++)
		fd[i] = tcp_connect("127.0.0.1", port);
	for (i = 0; i < 4; i++)
		pid[i] = expect_answer(fd[i]);
	cr_expect_neq(pid[0], pid[1]);
	cr_expect_neq(pid[2], pid[3]);
	cr_expect_eq(file_lines(starts), 4);
	daemon_stop(d);
}

Test(listener, one_for_all_until_it_ends)
{
	struct daemon *d = start_service("all", "out/flag");
	unsigned port = daemon_port(d, "wait", "");
	int i, first, pid;

	first = expect_answer(tcp_connect("127.0.0.1", port));
	for (i = 0; i < 10; i++)
		cr_expect_eq(expect_answer(tcp_connect("127.0.0.1", port)), first);
	cr_expect_eq(file_lines(starts), 1);
	close(open(daemon_path(d, "out/flag"), O_WRONLY | O_CREAT, 0666));
	cr_expect(WAIT(LONG, proc_gone(first)));
	cr_assert(unlink(daemon_path(d, "out/flag")) == 0);
	pid = expect_answer(tcp_connect("127.0.0.1", port));
	cr_expect_neq(pid, first);
	cr_expect_eq(file_lines(starts), 2);
	daemon_stop(d);
}

Test(listener, never_accepted_is_dropped_after_five)
{
	struct daemon *d = start_service("never", "flag");
	unsigned port = daemon_port(d, "wait", "");
	int fd = tcp_connect("127.0.0.1", port), other = tcp_connect("127.0.0.1", port);
	size_t n;
	long cpu;

	cpu = proc_cpu(d->pid);
	cr_expect(WAIT(LONG, file_lines(starts) >= 4));
	cr_expect_not(readable(fd, 0), "dropped after %zu exits", file_lines(starts));
	cr_expect(readable(fd, LONG), "the connection hangs");
	n = file_lines(starts);
	cr_expect(n >= 5 && n <= 6, "dropped after %zu exits", n);
	cr_expect_leq(read_eof(fd, answer, sizeof(answer), LONG), 0);
	cr_expect_not(readable(other, 0), "both are dropped");
	cr_expect_leq(proc_cpu(d->pid) - cpu, 100);
	cr_expect(LOG_WAIT(d, LONG, NULL, "wait", "accept"), "nothing is said");
	daemon_stop(d);
}

Test(listener, who_lived_longer_is_not_to_blame)
{
	struct daemon *d = start_service("slow", "flag");
	int fd = tcp_connect("127.0.0.1", daemon_port(d, "wait", ""));
	long cpu = proc_cpu(d->pid);

	/* Eight quick ones would have cost it, and these are paused as well. */
	cr_expect_not(
	    WAIT(2000, file_lines(starts) >= 10), "%zu starts in two seconds", file_lines(starts));
	cr_expect(WAIT(2 * LONG, file_lines(starts) >= 8));
	cr_expect_not(readable(fd, 0), "the connection is dropped");
	cr_expect_leq(proc_cpu(d->pid) - cpu, 200);
	cr_expect_eq(log_count(d, "wait", "accepted no connection", NULL), 1);
	daemon_stop(d);
}

Test(listener, shut_down_is_bound_again)
{
	struct daemon *d = start_service("shut", "flag");
	unsigned port = daemon_port(d, "wait", "");
	int fd = -1, i;

	for (i = 0; i < 3; i++) {
		cr_assert(WAIT(LONG, (fd = tcp_try("127.0.0.1", port, LONG)) >= 0),
		    "%d: nobody listens on %u any more", i, port);
		expect_answer(fd);
		/* The next client is not to meet the socket that is going. */
		cr_expect(
		    WAIT(LONG, log_count(d, "wait", "listen", "again", NULL) == (size_t)i + 1),
		    "%d: nothing is said", i);
	}
	daemon_stop(d);
}

Test(listener, flags_are_restored)
{
	struct daemon *d = start_service("nonblock", "flag");
	unsigned port = daemon_port(d, "wait", "");
	char *text;
	int i;

	for (i = 0; i < 3; i++)
		expect_answer(tcp_connect("127.0.0.1", port));
	text = file_read(starts);
	cr_expect(
	    strstr(text, "nonblock=1") == NULL && strstr(text, "async=1") == NULL, "%s", text);
	free(text);
	daemon_stop(d);
}

Test(listener, unix_stream)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a.sock");
	int i;

	starts = daemon_path(d, "out/starts");
	daemon_service(d, "wait",
	    "listen = \"unix:%s\"\nwait = true\ncommand = { \"%s\", one, \"%s\" }", path,
	    daemon_tool(d, "listener"), starts);
	daemon_start(d);
	for (i = 0; i < 3; i++)
		expect_answer(unix_connect(path, SOCK_STREAM));
	cr_expect_eq(file_lines(starts), 3);
	daemon_stop(d);
}

/* What is left in the queues when superd goes is not reset by a handler that it started. */
Test(listener, ends_with_a_handler_running)
{
	struct daemon *d = start_service("all", "out/flag");
	unsigned port = daemon_port(d, "wait", "");
	int first = expect_answer(tcp_connect("127.0.0.1", port));

	daemon_stop(d);
	cr_expect_eq(expect_answer(tcp_connect("127.0.0.1", port)), first);
	close(open(daemon_path(d, "out/flag"), O_WRONLY | O_CREAT, 0666));
	cr_expect(WAIT(LONG, proc_gone(first)));
}
