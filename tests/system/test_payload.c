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

/* What a call of the read family asked for on a peer's socket is at most nothing. */
static void
expect_no_read(const char *line)
{
	const char *const reads[] = {"read(", "readv(", "pread64(", "preadv(", "preadv2(",
	    "splice(", "tee(", "sendfile(", "recvmmsg(", "io_uring_enter("};
	const char *fd = strchr(line, '<');
	bool peer = fd != NULL && (strstr(fd, "<TCP") != NULL || strstr(fd, "<UDP") != NULL ||
				      strstr(fd, "<UNIX") != NULL);
	size_t i;

	if (strstr(line, " = -1 ") != NULL)
		return;
	cr_expect(strstr(line, secret) == NULL && strstr(line, "PAYLOAD") == NULL, "%s", line);
	for (i = 0; peer && i < sizeof(reads) / sizeof(*reads); i++)
		cr_expect(strncmp(line, reads[i], strlen(reads[i])) != 0, "%s", line);
	if (peer && strncmp(line, "recvfrom(", 9) == 0)
		cr_expect(strstr(line, ", 0, ") != NULL, "%s", line);
	if (peer && strncmp(line, "recvmsg(", 8) == 0)
		cr_expect(strstr(line, "msg_iov=[{iov_base=\"\", iov_len=0}]") != NULL ||
			      strstr(line, "msg_iovlen=0") != NULL ||
			      strstr(line, "iov_len=0}") != NULL,
		    "%s", line);
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
