/* The promise that the supervisor, which is root, reads no byte that a peer sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(payload);

static const char secret[] = "PAYLOAD-of-a-peer";
static char text[4096];

static bool
can_trace(void)
{
	static const char command[] = "strace -D -o /dev/null true >/dev/null 2>&1";

	return system(command) == 0;
}

static void
exchange(struct daemon *d)
{
	unsigned port = daemon_port(d, "stream", ""), wait = daemon_port(d, "listen", "");
	const char *path = daemon_path(d, "a.sock"), *own = daemon_path(d, "own");
	int i, fd;

	for (i = 0; i < 5; i++) {
		fd = tcp_connect("127.0.0.1", port);
		send_text(fd, secret);
		cr_expect(read_until(fd, text, sizeof(text), secret, LONG));
		close(fd);
		cr_expect(ask_udp("127.0.0.1", daemon_port(d, "udp", ""), secret, text,
			      sizeof(text), LONG) > 0);
		fd = unix_connect(path, SOCK_STREAM);
		send_text(fd, secret);
		cr_expect(read_until(fd, text, sizeof(text), secret, LONG));
		close(fd);
		fd = tcp_connect("127.0.0.1", wait);
		send_text(fd, secret);
		(void)read_eof(fd, text, sizeof(text), LONG);
		close(fd);
		/* Those that nobody takes are dropped, unread. */
		fd = udp_connect("127.0.0.1", daemon_port(d, "leave", ""));
		send_text(fd, secret);
		close(fd);
	}
	fd = unix_connect_from(daemon_path(d, "d.sock"), SOCK_DGRAM, own, strlen(own));
	send_text(fd, secret);
	cr_expect(read_record(fd, text, sizeof(text), LONG) > 0);
	close(fd);
	cr_expect(WAIT(LONG, file_lines(daemon_path(d, "out/leave")) >= 4));
	fd = tcp_connect("127.0.0.1", daemon_port(d, "never", ""));
	send_text(fd, secret);
	cr_expect(readable(fd, LONG), "what nobody accepts is never dropped");
	close(fd);
}

static void
services(struct daemon *d)
{
	const char *stream = daemon_tool(d, "stream"), *dgram = daemon_tool(d, "dgram");
	const char *listener = daemon_tool(d, "listener"), *null = "/dev/null";

	daemon_service(
	    d, "stream", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", echo }", stream);
	daemon_service(d, "local", "listen = \"unix:%s\"\ncommand = { \"%s\", echo }",
	    daemon_path(d, "a.sock"), stream);
	daemon_service(d, "udp",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", answer, \"%s\", \"\" }", dgram,
	    null);
	daemon_service(d, "leave",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", leave, \"%s\" }", dgram,
	    daemon_path(d, "out/leave"));
	daemon_service(d, "records",
	    "listen = \"unix-dgram:%s\"\ncommand = { \"%s\", answer, \"%s\", \"\" }",
	    daemon_path(d, "d.sock"), dgram, null);
	daemon_service(d, "listen",
	    "listen = \"127.0.0.1:0/tcp\"\nwait = true\ncommand = { \"%s\", one, \"%s\" }",
	    listener, null);
	daemon_service(d, "never",
	    "listen = \"127.0.0.1:0/tcp\"\nwait = true\ncommand = { \"%s\", never, \"%s\" }",
	    listener, null);
}

static bool
is_call(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && line[n] == '(';
}

/* The third argument of recv(2) and recvfrom(2), -1 if it cannot be found. The second may be a text
 * with anything in it. */
static long
asked_length(const char *line)
{
	const char *at = strstr(line, ">, ");

	if (at == NULL)
		return -1;
	at += 3;
	if (*at == '"') {
		for (at++; *at != '"' && *at != '\0'; at++)
			at += *at == '\\' && at[1] != '\0';
	}
	at = strstr(at, ", ");
	return at != NULL && at[2] >= '0' && at[2] <= '9' ? strtol(at + 2, NULL, 10) : -1;
}

static bool
has_bytes(const char *vector)
{
	for (; (vector = strstr(vector, "iov_len=")) != NULL; vector++)
		if (vector[8] != '0')
			return true;
	return false;
}

/* Does this line of a trace ask a peer's socket for so much as a byte, even in vain? */
static bool
asks_for_payload(const char *line)
{
	static const char *const reads[] = {"read", "readv", "pread64", "preadv", "preadv2",
	    "splice", "tee", "sendfile", "recvmmsg", "io_uring_enter"};
	static const char *const peers[] = {
	    "<TCP", "<UDP", "<UNIX", "<SCTP", "<DCCP", "<MPTCP", "<socket:"};
	bool peer = false;
	size_t i;

	for (i = 0; i < sizeof(peers) / sizeof(*peers); i++)
		peer = peer || strstr(line, peers[i]) != NULL;
	if (!peer)
		return false;
	for (i = 0; i < sizeof(reads) / sizeof(*reads); i++)
		if (is_call(line, reads[i]))
			return true;
	if (is_call(line, "recvfrom") || is_call(line, "recv"))
		return asked_length(line) != 0;
	if (!is_call(line, "recvmsg"))
		return false;
	/* Of a failed look strace shows no vector at all. */
	if (strstr(line, "msg_iov") == NULL)
		return strstr(line, " = -1 ") == NULL;
	return has_bytes(line) ||
	       (strstr(line, "iov_len=0}") == NULL && strstr(line, "msg_iovlen=0") == NULL);
}

static void
expect_no_read(const char *line)
{
	cr_expect_not(asks_for_payload(line), "%s", line);
	cr_expect(strstr(line, "PAYLOAD") == NULL, "%s", line);
}

static const struct {
	const char *line;
	bool asks;
} samples[] = {
    {"accept4(5<TCP:[0.0.0.0:25]>, NULL, NULL, SOCK_CLOEXEC) = 9<TCP:[127.0.0.1:25]>", false},
    {"recvfrom(6<UDPv6:[[::]:69]>, NULL, 0, MSG_PEEK|MSG_DONTWAIT, NULL, NULL) = 20", false},
    {"recvfrom(6<UDP:[0.0.0.0:69]>, NULL, 0, MSG_DONTWAIT, NULL, NULL) = -1 EAGAIN (R)", false},
    {"recvmsg(6<UDP:[0.0.0.0:69]>, {msg_name=NULL, msg_iov=NULL, msg_iovlen=0}, MSG_PEEK) = 0",
	false},
    {"recvmsg(6<UDP:[0.0.0.0:69]>, {msg_namelen=110}, MSG_PEEK|MSG_DONTWAIT) = -1 EAGAIN (R)",
	false},
    {"read(3<anon_inode:[signalfd]>, \"\"..., 128) = 128", false},
    {"recvfrom(6<UDP:[0.0.0.0:69]>, \"abc\", 512, 0, NULL, NULL) = 3", true},
    {"recvfrom(6<UDP:[0.0.0.0:69]>, \"a\\\", 0, \", 512, 0, NULL, NULL) = 7", true},
    {"recvfrom(6<UDP:[0.0.0.0:69]>, 0x7ffe0000, 512, 0, NULL, NULL) = -1 EAGAIN (R)", true},
    {"recvfrom(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, \"\"..., 1, MSG_PEEK, NULL, NULL) = 1", true},
    {"recvmsg(6<UDP:[0.0.0.0:69]>, {msg_iov=[{iov_base=\"\", iov_len=0}, {iov_base=\"a\", "
     "iov_len=9}], msg_iovlen=2}, 0) = 1",
	true},
    {"recvmsg(6<UDP:[0.0.0.0:69]>, {msg_iov=[{iov_base=0x1, iov_len=9}], msg_iovlen=1}, 0) = -1 "
     "EAGAIN (R)",
	true},
    {"read(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, 0x7ffe0000, 4096) = -1 EAGAIN (R)", true},
    {"read(9<socket:[4711]>, \"\"..., 10) = 10", true},
};

Test(payload, the_check_itself)
{
	size_t i;

	for (i = 0; i < sizeof(samples) / sizeof(*samples); i++)
		cr_expect_eq(
		    asks_for_payload(samples[i].line), samples[i].asks, "%s", samples[i].line);
}

/* The tracer outlives the daemon by a moment. */
static bool
traced_to_the_end(const char *path)
{
	char *trace = file_read(path);
	bool ended = trace != NULL && strstr(trace, "+++ exited") != NULL;

	free(trace);
	return ended;
}

Test(payload, the_supervisor_never_reads_it)
{
	struct daemon *d;
	const char *path;
	char *trace, *line, *rest;
	size_t accepts = 0, lines = 0;

	if (!can_trace())
		cr_skip_test("needs strace and the right to trace");
	d = daemon_new();
	path = daemon_path(d, "out/trace");
	d->traced = true;
	d->wrapper[0] = "/usr/bin/strace";
	d->wrapper[1] = "-D";
	d->wrapper[2] = "-yy";
	d->wrapper[3] = "-s256";
	d->wrapper[4] = "-o";
	d->wrapper[5] = path;
	d->wrapper[6] = "-e";
	d->wrapper[7] =
	    "trace=read,readv,pread64,preadv,preadv2,recvfrom,recvmsg,recvmmsg,splice,tee,"
	    "sendfile,io_uring_enter,accept,accept4,mmap";
	services(d);
	daemon_start(d);
	exchange(d);
	daemon_stop(d);
	cr_expect(WAIT(LONG, traced_to_the_end(path)), "the trace is not complete");
	trace = file_read(path);
	cr_assert(trace != NULL);
	rest = trace;
	while ((line = strsep(&rest, "\n")) != NULL) {
		lines++;
		accepts += strncmp(line, "accept", 6) == 0;
		expect_no_read(line);
	}
	cr_expect(
	    accepts >= 10, "%zu lines with %zu accepts: the trace proves little", lines, accepts);
	free(trace);
}
