/* `wait` services on datagram sockets, with handlers that behave and handlers that do not. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(datagram);

static char answer[2048];
static const char *starts; /* a line for each start */

static struct daemon *
start_service(const char *verb, const char *argument)
{
	struct daemon *d = daemon_new();

	starts = daemon_path(d, "out/starts");
	daemon_service(d, "wait",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", %s, \"%s\", \"%s\" }",
	    daemon_tool(d, "dgram"), verb, starts, argument);
	daemon_start(d);
	return d;
}

static void
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	cr_assert(fd >= 0);
	close(fd);
}

static void
expect_answer(int fd, const char *text)
{
	ssize_t n = read_record(fd, answer, sizeof(answer), LONG);

	cr_expect(n >= 0, "no answer \"%s\"", text);
	cr_expect_str_eq(answer, text);
}

Test(datagram, one_after_the_other)
{
	struct daemon *d = start_service("answer", "a:");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));
	char text[16], expected[16];
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%d", i);
		snprintf(expected, sizeof(expected), "a:%d", i);
		send_text(fd, text);
		expect_answer(fd, expected);
	}
	cr_expect_eq(file_lines(starts), 5);
	daemon_stop(d);
}

Test(datagram, those_in_the_queue_are_served)
{
	struct daemon *d = start_service("answer", "");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));
	char text[16];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(fd, text);
	}
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "%d", i);
		expect_answer(fd, text);
	}
	cr_expect_eq(file_lines(starts), 20);
	daemon_stop(d);
}

Test(datagram, a_handler_that_stays_gets_all)
{
	struct daemon *d = start_service("serve", "");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", "")), i;

	for (i = 0; i < 5; i++) {
		send_text(fd, "x");
		expect_answer(fd, "x");
	}
	cr_expect_eq(file_lines(starts), 1);
	send_text(fd, "end");
	expect_answer(fd, "end");
	send_text(fd, "again");
	expect_answer(fd, "again");
	cr_expect_eq(file_lines(starts), 2);
	daemon_stop(d);
}

Test(datagram, not_consumed_costs_exactly_that_one)
{
	struct daemon *d = start_service("heal", "1");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));

	send_text(fd, "first");
	send_text(fd, "second");
	send_text(fd, "third");
	expect_answer(fd, "second");
	expect_answer(fd, "third");
	cr_expect_not(readable(fd, BRIEF), "the first is answered as well");
	cr_expect_eq(file_lines(starts), 3);
	daemon_stop(d);
}

Test(datagram, a_retransmission_is_another_datagram)
{
	struct daemon *d = start_service("heal", "1");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));

	send_text(fd, "same");
	send_text(fd, "same");
	expect_answer(fd, "same");
	cr_expect_not(readable(fd, BRIEF));
	cr_expect_eq(file_lines(starts), 2);
	daemon_stop(d);
}

Test(datagram, backs_off_and_heals)
{
	struct daemon *d = start_service("heal", "6");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", "")), i;
	size_t said;
	long cpu;

	log_mark(d);
	for (i = 0; i < 6; i++)
		send_text(fd, "lost");
	send_text(fd, "kept");
	cpu = proc_cpu(d->pid);
	expect_answer(fd, "kept");
	cr_expect_leq(proc_cpu(d->pid) - cpu, 100, "it spins");
	cr_expect_eq(file_lines(starts), 7);
	said = log_count(d, "wait", "pausing", NULL);
	cr_expect_eq(said, 1, "%zu lines about it", said);
	send_text(fd, "after");
	expect_answer(fd, "after");
	daemon_stop(d);
}

Test(datagram, of_a_peer_without_a_name)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "d.sock");
	int fd;

	daemon_service(d, "wait", "listen = \"unix-dgram:%s\"\ncommand = { \"%s\", leave, \"%s\" }",
	    path, daemon_tool(d, "dgram"), daemon_path(d, "out/starts"));
	daemon_start(d);
	fd = unix_connect(path, SOCK_DGRAM);
	send_text(fd, "four");
	LOG_EXPECT(d, NULL, "wait", "(from no address, 4 bytes)");
	close(fd);
	daemon_stop(d);
}

Test(datagram, never_consumed_does_not_spin)
{
	struct daemon *d = start_service("leave", "");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", "")), i;
	size_t n;
	long cpu;

	for (i = 0; i < 100; i++)
		send_text(fd, "x");
	cpu = proc_cpu(d->pid);
	observe(1500);
	n = file_lines(starts);
	cr_expect(n >= 4 && n <= 12, "%zu starts in 1.5 s", n);
	cr_expect_leq(proc_cpu(d->pid) - cpu, 100);
	daemon_stop(d);
}

Test(datagram, flags_are_restored)
{
	struct daemon *d = start_service("nonblock", "");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", "")), i;
	char *text;

	for (i = 0; i < 3; i++) {
		send_text(fd, "x");
		expect_answer(fd, "x");
	}
	text = file_read(starts);
	cr_expect(
	    strstr(text, "nonblock=1") == NULL && strstr(text, "async=1") == NULL, "%s", text);
	free(text);
	daemon_stop(d);
}

static bool
repeated(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), 0);
	return read_record(fd, answer, sizeof(answer), 200) > 0 && strcmp(answer, text) == 0;
}

Test(datagram, a_connected_socket_is_bound_again)
{
	struct daemon *d = start_service("connect", "");
	unsigned port = daemon_port(d, "wait", "");
	int fd = udp_connect("127.0.0.1", port), other = udp_connect("127.0.0.1", port);

	send_text(fd, "one");
	expect_answer(fd, "one");
	cr_expect(LOG_WAIT(d, LONG, NULL, "wait", "connected"), "nothing is said");
	/* Between the two sockets there is none: a datagram may be lost. */
	cr_expect(WAIT(LONG, repeated(other, "two")));
	cr_expect(WAIT(LONG, log_count(d, "wait", "connected", NULL) >= 2));
	cr_expect(WAIT(LONG, repeated(fd, "three")));
	daemon_stop(d);
}

Test(datagram, a_child_of_the_handler_does_not_count)
{
	struct daemon *d = daemon_new();
	const char *flag = daemon_path(d, "out/flag");
	int fd;

	starts = daemon_path(d, "out/starts");
	daemon_service(d, "wait",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", children, \"%s\", \"%s\" }",
	    daemon_tool(d, "dgram"), starts, flag);
	daemon_start(d);
	fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));
	send_text(fd, "one");
	expect_answer(fd, "one");
	send_text(fd, "two");
	expect_answer(fd, "two");
	cr_expect_eq(file_lines(starts), 2);
	touch(flag);
	daemon_stop(d);
}

Test(datagram, nor_does_one_that_ends_first)
{
	struct daemon *d = daemon_new();
	const char *flag = daemon_path(d, "out/flag");
	int fd;

	starts = daemon_path(d, "out/starts");
	daemon_service(d, "wait",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", outlive, \"%s\", \"%s\" }",
	    daemon_tool(d, "dgram"), starts, flag);
	daemon_start(d);
	fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));
	send_text(fd, "one");
	cr_expect(WAIT(LONG, file_lines(starts) == 1));
	send_text(fd, "two");
	cr_expect_not(WAIT(BRIEF, file_lines(starts) > 1), "a second handler beside the first");
	touch(flag);
	expect_answer(fd, "one");
	expect_answer(fd, "two");
	cr_expect_eq(file_lines(starts), 2);
	daemon_stop(d);
}

/* The answer to a datagram that nobody takes comes back as an error of the socket. */
Test(datagram, an_error_on_the_socket_is_no_datagram)
{
	struct daemon *d = start_service("answer", "");
	unsigned port = daemon_port(d, "wait", "");
	int fd, i;
	long cpu;

	for (i = 0; i < 20; i++) {
		fd = udp_connect("127.0.0.1", port);
		send_text(fd, "gone");
		close(fd);
	}
	cr_expect(WAIT(LONG, file_lines(starts) == 20));
	cpu = proc_cpu(d->pid);
	observe(BRIEF);
	cr_expect_leq(proc_cpu(d->pid) - cpu, 50);
	fd = udp_connect("127.0.0.1", port);
	send_text(fd, "here");
	expect_answer(fd, "here");
	cr_expect_eq(file_lines(starts), 21);
	daemon_stop(d);
}

Test(datagram, an_empty_one_starts_a_handler)
{
	struct daemon *d = start_service("answer", "empty:");
	int fd = udp_connect("127.0.0.1", daemon_port(d, "wait", ""));

	cr_assert(send(fd, "", 0, 0) == 0);
	expect_answer(fd, "empty:");
	daemon_stop(d);
}
