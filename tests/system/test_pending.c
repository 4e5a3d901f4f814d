/* Endpoints that cannot be bound yet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(pending);

static char answer[256];

static bool
answers(const char *host, unsigned port, const char *name)
{
	int fd = tcp_try(host, port, LONG);
	bool ok;

	if (fd < 0)
		return false;
	ok = read_eof(fd, answer, sizeof(answer), LONG) > 0 && strstr(answer, name) != NULL;
	close(fd);
	return ok;
}

static void
name_service(struct daemon *d, const char *name, const char *listen)
{
	daemon_service(d, name, "listen = { %s }\ncommand = { \"%s\", name, %s }", listen,
	    daemon_tool(d, "stream"), name);
}

Test(pending, port_in_use)
{
	struct daemon *d;
	char line[LINE];
	int fd;

	NEED_NETWORK();
	fd = bind_try("127.0.0.1", 7001, SOCK_STREAM);
	cr_assert(fd >= 0);
	d = daemon_new();
	name_service(d, "late", "\"127.0.0.1:7001/tcp\", \"127.0.0.1:7002/tcp\"");
	name_service(d, "other", "\"127.0.0.1:7003/tcp\"");
	daemon_start(d);
	LOG_EXPECT(d, line, "127.0.0.1:7001", "in use");
	LOG_EXPECT(d, line, "@ready", "pending=1", "sockets=2");
	cr_expect(answers("127.0.0.1", 7002, "late"));
	cr_expect(answers("127.0.0.1", 7003, "other"));
	close(fd);
	cr_expect(
	    WAIT(LONG, answers("127.0.0.1", 7001, "late")), "7001 is not taken when it is free");
	cr_expect_eq(log_count(d, "127.0.0.1:7001", "in use", NULL), 1);
	daemon_stop(d);
}

Test(pending, address_not_there_yet)
{
	struct daemon *d;
	char line[LINE];

	NEED_NETWORK();
	d = daemon_new();
	name_service(d, "late", "\"10.98.0.1:7001/tcp\"");
	name_service(d, "other", "\"127.0.0.1:7001/tcp\"");
	daemon_service(d, "early",
	    "listen = \"10.98.0.1:7002/tcp\"\ncommand = { \"%s\", name, early }\n"
	    "socket { freebind = yes }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	LOG_EXPECT(d, line, "10.98.0.1:7001", "assign");
	LOG_EXPECT(d, line, "@ready", "pending=1", "sockets=2");
	cr_expect(answers("127.0.0.1", 7001, "other"));
	network_address("10.98.0.1");
	cr_expect(WAIT(LONG, answers("10.98.0.1", 7001, "late")));
	cr_expect(answers("10.98.0.1", 7002, "early"));
	daemon_stop(d);
}

Test(pending, datagram_port_in_use)
{
	struct daemon *d;
	int fd;

	NEED_NETWORK();
	fd = bind_try("127.0.0.1", 7001, SOCK_DGRAM);
	cr_assert(fd >= 0);
	d = daemon_new();
	daemon_service(d, "late",
	    "listen = \"127.0.0.1:7001/udp\"\ncommand = { \"%s\", answer, \"%s\", \"\" }",
	    daemon_tool(d, "dgram"), daemon_path(d, "out/count"));
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "pending=1", "sockets=0");
	close(fd);
	cr_expect(WAIT(LONG, ask_udp("127.0.0.1", 7001, "x", answer, sizeof(answer), 100) > 0));
	daemon_stop(d);
}

Test(pending, ended_while_pending)
{
	struct daemon *d;
	int fd;

	NEED_NETWORK();
	fd = bind_try("127.0.0.1", 7001, SOCK_STREAM);
	cr_assert(fd >= 0);
	d = daemon_new();
	name_service(d, "late", "\"127.0.0.1:7001/tcp\"");
	daemon_start(d);
	daemon_stop(d);
	close(fd);
}
