/* Which service answers at which address, port and transport. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(endpoints);

static void
name_service(struct daemon *d, const char *name, const char *listen)
{
	daemon_service(d, name, "listen = { %s }\ncommand = { \"%s\", name, %s }", listen,
	    daemon_tool(d, "stream"), name);
}

static void
count_service(struct daemon *d, const char *name, const char *listen)
{
	char path[64];

	snprintf(path, sizeof(path), "out/%s", name);
	daemon_service(d, name, "listen = { %s }\ncommand = { \"%s\", answer, \"%s\", \"%s:\" }",
	    listen, daemon_tool(d, "dgram"), daemon_path(d, path), name);
}

static void
expect_tcp(const char *host, unsigned port, const char *name)
{
	char answer[64];

	ask_tcp(host, port, answer, sizeof(answer));
	cr_expect(strncmp(answer, name, strlen(name)) == 0 && answer[strlen(name)] == '\n',
	    "%s:%u answers %s, not %s", host, port, answer, name);
}

/* Answers may come from another address than was asked: what counts is who was started. */
static void
expect_udp(struct daemon *d, const char *host, unsigned port, const char *name)
{
	char path[64];
	int fd = udp_connect(host, port);

	snprintf(path, sizeof(path), "out/%s", name);
	send_text(fd, "x");
	cr_expect(WAIT(LONG, file_exists(daemon_path(d, path))), "%s:%u/udp does not start %s",
	    host, port, name);
	(void)unlink(daemon_path(d, path));
	close(fd);
}

Test(endpoints, link_local_on_its_interface)
{
	struct daemon *d;

	NEED_NETWORK();
	network_address("fe80::7");
	d = daemon_new();
	name_service(d, "local", "\"[fe80::7%lo]:7021/tcp\"");
	count_service(d, "count", "\"[fe80::7%lo]:7021/udp\"");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=2", "pending=0");
	expect_tcp("fe80::7%lo", 7021, "local");
	expect_udp(d, "fe80::7%lo", 7021, "count");
	cr_expect(tcp_try("::1", 7021, LONG) < 0);
	LOG_EXPECT(d, NULL, "@start", "service=local", "local=[fe80::7%lo]:7021");
	daemon_stop(d);
}

Test(endpoints, one_number_many_services)
{
	struct daemon *d;
	char listen[128], answer[64];
	int fd;

	NEED_NETWORK();
	d = daemon_new();
	name_service(d, "stream", "\"7001/tcp\"");
	count_service(d, "datagram", "\"127.0.0.1:7001/udp\"");
	snprintf(listen, sizeof(listen), "\"unix:%s\"", daemon_path(d, "7001"));
	name_service(d, "local", listen);
	daemon_start(d);
	expect_tcp("127.0.0.1", 7001, "stream");
	expect_tcp("::1", 7001, "stream");
	cr_assert(ask_udp("127.0.0.1", 7001, "x", answer, sizeof(answer), LONG) > 0);
	cr_expect_str_eq(answer, "datagram:x");
	fd = unix_connect(daemon_path(d, "7001"), SOCK_STREAM);
	cr_assert(read_eof(fd, answer, sizeof(answer), LONG) > 0);
	cr_expect_str_eq(answer, "local\n");
	daemon_stop(d);
}

Test(endpoints, specific_beside_wildcard)
{
	struct daemon *d;
	int round;

	NEED_NETWORK();
	network_address("10.99.0.1");
	d = daemon_new();
	/* Names on both sides of the wildcard's: the order of binding must not matter. */
	name_service(d, "m-wild", "\"7002/tcp\"");
	name_service(d, "a-four", "\"127.0.0.1:7002/tcp\"");
	name_service(d, "z-six", "\"[::1]:7002/tcp\"");
	name_service(d, "z-other", "\"10.99.0.1:7002/tcp\"");
	count_service(d, "um-wild", "\"7002/udp\"");
	count_service(d, "ua-four", "\"127.0.0.1:7002/udp\"");
	count_service(d, "uz-six", "\"[::1]:7002/udp\"");
	daemon_start(d);
	for (round = 0; round < 10; round++) {
		expect_tcp("127.0.0.1", 7002, "a-four");
		expect_tcp("127.0.0.2", 7002, "m-wild");
		expect_tcp("10.99.0.1", 7002, "z-other");
		expect_tcp("::1", 7002, "z-six");
	}
	expect_udp(d, "127.0.0.1", 7002, "ua-four");
	expect_udp(d, "127.0.0.2", 7002, "um-wild");
	expect_udp(d, "10.99.0.1", 7002, "um-wild");
	expect_udp(d, "::1", 7002, "uz-six");
	daemon_stop(d);
}

/* In a process of another user: tries to put a socket beside superd's; the errno, 0 if it could. */
static int
take_over(const char *host, unsigned port, int type)
{
	const int on = 1;
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd, status;
	pid_t pid;

	cr_assert(inet_pton(AF_INET, host, &in.sin_addr) == 1);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		if (setresgid(54323, 54323, 54323) < 0 || setresuid(54323, 54323, 54323) < 0)
			_exit(255);
		fd = socket(AF_INET, type, 0);
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		_exit(bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 ? 0 : errno);
	}
	cr_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

Test(endpoints, another_user_cannot_take_a_port)
{
	struct daemon *d;

	NEED_ROOT();
	NEED_NETWORK();
	d = daemon_new();
	count_service(d, "wild", "\"7003/udp\"");
	count_service(d, "specific", "\"127.0.0.1:7003/udp\"");
	count_service(d, "alone", "\"7004/udp\"");
	name_service(d, "stream", "\"7003/tcp\", \"127.0.0.1:7003/tcp\"");
	daemon_start(d);
	cr_expect_eq(take_over("127.0.0.3", 7003, SOCK_DGRAM), EADDRINUSE);
	cr_expect_eq(take_over("127.0.0.1", 7003, SOCK_DGRAM), EADDRINUSE);
	cr_expect_eq(take_over("0.0.0.0", 7003, SOCK_DGRAM), EADDRINUSE);
	cr_expect_eq(take_over("127.0.0.3", 7004, SOCK_DGRAM), EADDRINUSE);
	cr_expect_eq(take_over("127.0.0.3", 7003, SOCK_STREAM), EADDRINUSE);
	/* The trial itself works where nobody is. */
	cr_expect_eq(take_over("127.0.0.3", 7005, SOCK_DGRAM), 0);
	daemon_stop(d);
}

Test(endpoints, range)
{
	struct daemon *d;
	static char facts[FACTS];
	char text[16];
	unsigned port;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "range", "listen = \"127.0.0.1:7010-7014/tcp\"\ncommand = \"%s\"",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	for (port = 7010; port <= 7014; port++) {
		ask_tcp("127.0.0.1", port, facts, sizeof(facts));
		snprintf(text, sizeof(text), "%u", port);
		FACT(facts, "env.TCPLOCALPORT", text);
	}
	cr_expect_eq(tcp_try("127.0.0.1", 7009, LONG), -ECONNREFUSED);
	cr_expect_eq(tcp_try("127.0.0.1", 7015, LONG), -ECONNREFUSED);
	daemon_stop(d);
}

Test(endpoints, chosen_port_is_one_for_both_families)
{
	struct daemon *d = daemon_new();
	unsigned port;

	name_service(d, "any", "0/tcp");
	daemon_start(d);
	port = daemon_port(d, "any", "0.0.0.0:");
	cr_expect_eq(port, daemon_port(d, "any", "[::]:"));
	expect_tcp("127.0.0.1", port, "any");
	expect_tcp("::1", port, "any");
	daemon_stop(d);
}

Test(endpoints, a_peer_is_never_v4_mapped)
{
	struct daemon *d = daemon_new();
	unsigned port;
	int fd;

	name_service(d, "six", "0/tcp6");
	daemon_start(d);
	port = daemon_port(d, "six", "");
	expect_tcp("::1", port, "six");
	/* Nobody of IPv4 is there: the wildcard of IPv6 does not hold that port. */
	fd = bind_try("127.0.0.1", port, SOCK_STREAM);
	cr_expect(fd >= 0, "%s", strerror(-fd));
	daemon_stop(d);
}

Test(endpoints, many_listeners)
{
	struct daemon *d;
	unsigned port;

	NEED_NETWORK();
	d = daemon_new();
	name_service(d, "many", "\"127.0.0.1:7100-7199/tcp\", \"127.0.0.1:7200/tcp\"");
	name_service(d, "few", "\"127.0.0.1:7300/tcp\"");
	daemon_start(d);
	for (port = 7100; port <= 7200; port++)
		expect_tcp("127.0.0.1", port, "many");
	expect_tcp("127.0.0.1", 7300, "few");
	daemon_stop(d);
}

Test(endpoints, restart_does_not_wait_for_old_connections)
{
	struct daemon *d;
	char answer[64];
	int fd, round;

	NEED_NETWORK();
	for (round = 0; round < 2; round++) {
		d = daemon_new();
		daemon_service(d, "hold", "listen = \"7400/tcp\"\ncommand = { \"%s\", hold }",
		    daemon_tool(d, "stream"));
		daemon_start(d);
		fd = tcp_connect("127.0.0.1", 7400);
		cr_expect(read_until(fd, answer, sizeof(answer), "held", LONG));
		daemon_stop(d);
	}
}
