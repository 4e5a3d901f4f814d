/* Rules in the kernel: for sockets that handlers own, for datagrams, and where asked for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(filters);

enum { PORT = 7650 };

static char text[4096];

static bool
answered(const char *source, unsigned port)
{
	int fd = udp_from(source, "127.0.0.1", port);
	ssize_t n;

	send_text(fd, "x");
	n = read_record(fd, text, sizeof(text), BRIEF);
	close(fd);
	return n > 0;
}

/* The handler has the socket for good: superd sees only the first datagram. */
Test(filters, each_datagram)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "udp",
	    "listen = \"%d/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }\n"
	    "access { deny = 127.0.0.64/26 }",
	    PORT, daemon_tool(d, "dgram"));
	daemon_start(d);
	cr_expect(answered("127.0.0.9", PORT));
	cr_expect_not(answered("127.0.0.70", PORT), "the handler lives and would answer");
	cr_expect(answered("127.0.0.9", PORT));
	cr_expect_eq(log_count(d, "@start", NULL), 1);
	daemon_stop(d);
}

/* A handler that comes and goes finds the filter again. */
Test(filters, after_each_handler)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "udp",
	    "listen = \"%d/udp4\"\ncommand = { \"%s\", answer, \"/dev/null\", \"\" }\n"
	    "access { deny = 127.0.0.64/26 }",
	    PORT, daemon_tool(d, "dgram"));
	daemon_start(d);
	for (i = 0; i < 3; i++) {
		cr_expect(answered("127.0.0.9", PORT), "%d", i);
		cr_expect_not(answered("127.0.0.70", PORT), "%d", i);
	}
	cr_expect_eq(log_count(d, "@start", NULL), 3);
	daemon_stop(d);
}

/* A client from that address, still without an answer to its handshake after a while. */
static bool
is_unheard(const char *source, unsigned port)
{
	int fd = tcp_from_try(source, "127.0.0.1", port, BRIEF);

	if (fd >= 0)
		close(fd);
	return fd == -ETIMEDOUT;
}

/* Who connects is not known to superd: what the list says is up to the filter alone. */
Test(filters, connections_of_wait_services)
{
	struct daemon *d;
	int fd, i;

	NEED_ROOT();
	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "tcp",
	    "listen = \"%d/tcp4\"\nwait = true\ncommand = { \"%s\", one, \"/dev/null\" }\n"
	    "access { allow = 127.0.0.0/24 deny = 127.0.0.64/26 }",
	    PORT, daemon_tool(d, "listener"));
	daemon_start(d);
	for (i = 0; i < 3; i++) {
		cr_expect(is_unheard("127.0.0.70", PORT), "%d", i);
		cr_expect(is_unheard("127.0.1.9", PORT), "%d", i);
		fd = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect(read_until(fd, text, sizeof(text), "\n", LONG), "%d", i);
		close(fd);
	}
	cr_expect(WAIT(LONG, log_count(d, "@start", NULL) == 3));
	cr_expect_eq(log_count(d, "@refused", NULL), 0);
	daemon_stop(d);
}

/* Peers of a unix socket have no address for the list beside them. */
Test(filters, unix_sockets_beside)
{
	struct daemon *d;
	int fd;

	NEED_ROOT();
	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "all",
	    "listen = { \"%d/tcp4\", \"unix:%s/s.sock\" }\nwait = true\n"
	    "command = { \"%s\", one, \"/dev/null\" }\naccess { deny = 127.0.0.64/26 }",
	    PORT, d->dir, daemon_tool(d, "listener"));
	daemon_start(d);
	fd = unix_connect(daemon_path(d, "s.sock"), SOCK_STREAM);
	cr_expect(read_until(fd, text, sizeof(text), "\n", LONG));
	close(fd);
	cr_expect(is_unheard("127.0.0.70", PORT));
	daemon_stop(d);
}

Test(filters, the_handshake)
{
	struct daemon *d;
	int fd;

	NEED_ROOT(); /* some kernels take no filter of an ordinary user */
	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "tcp",
	    "listen = \"127.0.0.1:%d/tcp\"\ncommand = { \"%s\", name, here }\n"
	    "access { deny = { 127.0.0.1 } enforce = kernel }",
	    PORT, daemon_tool(d, "stream"));
	daemon_start(d);
	fd = tcp_try("127.0.0.1", PORT, BRIEF);
	cr_assert_eq(fd, -ETIMEDOUT, "not even a refusal: %d", fd);
	cr_expect_eq(log_count(d, "@refused", NULL), 0);
	fd = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect(read_until(fd, text, sizeof(text), "here", LONG));
	close(fd);
	daemon_stop(d);
}

/* superd does not see who connects to a handler's listening socket: the kernel has let them in. */
Test(filters, connections_of_handlers)
{
	struct daemon *d;
	int i, fd;

	NEED_ROOT(); /* some kernels take no filter of an ordinary user */
	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "tcp",
	    "listen = \"127.0.0.1:%d/tcp\"\nwait = true\n"
	    "command = { \"%s\", one, \"/dev/null\" }\naccess { allow = 127.0.0.8/30 }",
	    PORT, daemon_tool(d, "listener"));
	daemon_start(d);
	for (i = 0; i < 3; i++) {
		fd = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect_gt(read_eof(fd, text, sizeof(text), LONG), 0, "%d", i);
		close(fd);
		fd = tcp_try("127.0.0.1", PORT, BRIEF);
		cr_expect_eq(fd, -ETIMEDOUT, "%d: %d", i, fd);
	}
	cr_expect_eq(log_count(d, "@refused", NULL), 0);
	daemon_stop(d);
}

Test(filters, bans_reach_sockets_of_handlers)
{
	struct daemon *d;
	int fd;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 5 sensor = 5 ban = 60 }");
	daemon_service(d, "udp", "listen = \"%d/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }",
	    PORT, daemon_tool(d, "dgram"));
	daemon_file(d, "services.d/sensor.conf",
	    "service sensor { listen = \"%d/tcp4\" sensor = 7 }", PORT);
	daemon_start(d);
	cr_expect(answered("127.0.0.70", PORT));
	fd = tcp_from("127.0.0.70", "127.0.0.1", PORT);
	cr_expect_leq(read_eof(fd, text, sizeof(text), LONG), 0);
	close(fd);
	LOG_EXPECT(d, text, "@banned", "prefix=127.0.0.70/32");
	/* Within a second. */
	cr_expect(WAIT(LONG, !answered("127.0.0.70", PORT)), "the handler still hears it");
	cr_expect(answered("127.0.0.71", PORT));
	daemon_stop(d);
}
