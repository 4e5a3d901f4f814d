#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/un.h>

#include "fixture.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "net/options.h"
#include "net/transport.h"
#include "process.h"

static struct options_done done;

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

static struct endpoint
endpoint(const char *text)
{
	struct endpoints list = {0};
	struct endpoint e;
	char error[256];

	cr_assert_eq(endpoint_parse(&list, text, 0, error, sizeof(error)), 0, "%s", error);
	e = list.v[0];
	endpoints_fini(&list);
	return e;
}

static int
open_socket(const struct endpoint *e)
{
	int fd = socket(
	    e->address.sa.sa_family, e->transport->type | SOCK_CLOEXEC, e->transport->protocol);

	cr_assert_geq(fd, 0);
	return fd;
}

static int
value(int fd, int level, int option)
{
	socklen_t length = sizeof(int);
	int found = 0;

	return getsockopt(fd, level, option, &found, &length) < 0 ? -errno : found;
}

struct wanted {
	int level, option, value;
};

static void
expect(const char *text, const struct socket_options *o, const struct wanted *wanted, size_t n)
{
	struct endpoint e = endpoint(text);
	int fd = open_socket(&e);
	const char *step = "";
	size_t i;

	cr_expect_eq(options_apply(fd, &e, o, &done, &step), 0, "%s: %s", text, step);
	for (i = 0; i < n; i++)
		cr_expect_eq(value(fd, wanted[i].level, wanted[i].option), wanted[i].value,
		    "%s: option %d of %d: %d", text, wanted[i].option, wanted[i].level,
		    value(fd, wanted[i].level, wanted[i].option));
	(void)close(fd);
}

#define EXPECT(text, o, ...)                                                                       \
	do {                                                                                       \
		static const struct wanted wanted[] = {__VA_ARGS__};                               \
		expect(text, o, wanted, sizeof(wanted) / sizeof(wanted[0]));                       \
	} while (0)

/* Those that anybody may set. */
Test(options, ordinary)
{
	struct socket_options o = fixture_options;

	o.tos = 0x28;
	o.freebind = o.keepalive = o.nodelay = true;
	o.send_buffer = o.receive_buffer = 16384;
	o.defer_accept = 1;
	o.fastopen = 16;
	EXPECT("1/tcp4", &o, {IPPROTO_IP, IP_TOS, 0x28}, {IPPROTO_IP, IP_FREEBIND, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1}, {IPPROTO_TCP, TCP_NODELAY, 1},
	    {SOL_SOCKET, SO_SNDBUF, 32768}, {SOL_SOCKET, SO_RCVBUF, 32768},
	    {IPPROTO_TCP, TCP_DEFER_ACCEPT, 1}, {IPPROTO_TCP, TCP_FASTOPEN, 16});
	EXPECT("1/tcp6", &o, {IPPROTO_IPV6, IPV6_TCLASS, 0x28}, {IPPROTO_IPV6, IPV6_FREEBIND, 1},
	    {SOL_SOCKET, SO_KEEPALIVE, 1}, {IPPROTO_TCP, TCP_NODELAY, 1});
	EXPECT("1/udp4", &o, {IPPROTO_IP, IP_TOS, 0x28}, {SOL_SOCKET, SO_RCVBUF, 32768},
	    {SOL_SOCKET, SO_KEEPALIVE, 0});
	EXPECT("1/udp6", &o, {IPPROTO_IPV6, IPV6_TCLASS, 0x28}, {IPPROTO_IPV6, IPV6_FREEBIND, 1});
	EXPECT("unix-dgram:/x", &o, {SOL_SOCKET, SO_SNDBUF, 32768}, {SOL_SOCKET, SO_KEEPALIVE, 0});
	EXPECT("unix:/x", &o, {SOL_SOCKET, SO_KEEPALIVE, 0});
}

/* Those of one protocol, on its sockets and no others. */
Test(options, of_a_protocol)
{
	enum { SEND_COVERAGE = 10, RECEIVE_COVERAGE = 11 };
	struct socket_options o = fixture_options;

	o.streams = 7;
	o.heartbeat = 5;
	o.service_code = 9;
	o.send_coverage = 8;
	o.receive_coverage = 20;
	o.nodelay = true;
	EXPECT("1/tcp4", &o, {IPPROTO_TCP, TCP_NODELAY, 1});
	EXPECT("1/udp4", &o, {SOL_SOCKET, SO_KEEPALIVE, 0});
	if (transport_is_known(transport_find("mptcp", 5), AF_INET))
		EXPECT("1/mptcp", &o, {IPPROTO_TCP, TCP_NODELAY, 1});
	if (!transport_is_known(transport_find("udplite", 7), AF_INET))
		cr_skip_test("the kernel has no UDP-Lite");
	EXPECT("127.0.0.1:1/udplite", &o, {IPPROTO_UDPLITE, SEND_COVERAGE, 8},
	    {IPPROTO_UDPLITE, RECEIVE_COVERAGE, 20});
	EXPECT("[::1]:1/udplite", &o, {IPPROTO_UDPLITE, SEND_COVERAGE, 8},
	    {IPPROTO_UDPLITE, RECEIVE_COVERAGE, 20});
}

Test(options, unset)
{
	EXPECT("1/tcp4", &fixture_options, {IPPROTO_IP, IP_TOS, 0}, {IPPROTO_IP, IP_FREEBIND, 0},
	    {SOL_SOCKET, SO_KEEPALIVE, 0}, {IPPROTO_TCP, TCP_NODELAY, 0},
	    {SOL_SOCKET, SO_PRIORITY, 0}, {IPPROTO_TCP, TCP_DEFER_ACCEPT, 0});
}

/* IP_TOS sets a priority of its own: what is asked for wins. */
Test(options, priority)
{
	struct socket_options o = fixture_options;

	o.tos = 0x10;
	o.priority = 3;
	EXPECT("1/tcp4", &o, {SOL_SOCKET, SO_PRIORITY, 3}, {IPPROTO_IP, IP_TOS, 0x10});
	o.priority = 0;
	EXPECT("1/tcp4", &o, {SOL_SOCKET, SO_PRIORITY, 0});
}

Test(options, texts)
{
	struct socket_options o = fixture_options;
	struct endpoint e = endpoint("1/tcp4");
	char reno[] = "reno", found[16] = "";
	socklen_t length = sizeof(found);
	const char *step = "";
	int fd = open_socket(&e);

	o.congestion = reno;
	cr_assert_eq(options_apply(fd, &e, &o, &done, &step), 0, "%s", step);
	cr_assert_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, found, &length), 0);
	cr_expect_str_eq(found, "reno");
	(void)close(fd);
}

Test(options, failures)
{
	static const struct {
		size_t field;
		int64_t value;
		const char *text, *step;
		int r;
	} rows[] = {
	    {offsetof(struct socket_options, send_buffer), (int64_t)INT_MAX + 1, "1/udp4",
		"SO_SNDBUF", -ERANGE},
	    {offsetof(struct socket_options, mark), (int64_t)UINT32_MAX + 1, "1/udp4", "SO_MARK",
		-ERANGE},
	};
	char device[] = "nosuch0", congestion[] = "nosuch";
	struct socket_options o;
	struct endpoint e;
	const char *step;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = fixture_options;
		memcpy((char *)&o + rows[i].field, &rows[i].value, sizeof(rows[i].value));
		e = endpoint(rows[i].text);
		fd = open_socket(&e);
		cr_expect_eq(
		    options_apply(fd, &e, &o, &done, &step), rows[i].r, "%s", rows[i].step);
		cr_expect_str_eq(step, rows[i].step);
		(void)close(fd);
	}
	e = endpoint("1/tcp4");
	fd = open_socket(&e);
	o = fixture_options;
	o.congestion = congestion;
	cr_expect_eq(options_apply(fd, &e, &o, &done, &step), -ENOENT);
	cr_expect_str_eq(step, "TCP_CONGESTION");
	o.device = device;
	cr_expect_eq(options_apply(fd, &e, &o, &done, &step), -ENODEV);
	cr_expect_str_eq(step, "SO_BINDTODEVICE");
	(void)close(fd);
}

/* One that the kernel does not know for a protocol takes nothing away, unless more than how well
 * something is served hangs on it. */
Test(options, unknown_to_the_kernel)
{
	const int tos = 0x10;
	struct socket_options o = fixture_options;
	struct endpoint e = endpoint("[::1]:1/mptcp");
	const char *step = "", *name = "";
	bool known;
	size_t i;
	int fd;

	if (!transport_is_known(e.transport, AF_INET6))
		cr_skip_test("the kernel has no mptcp");
	fd = open_socket(&e);
	known = setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos)) == 0;
	o.tos = tos;
	o.keepalive = true;
	cr_expect_eq(options_apply(fd, &e, &o, &done, &step), 0, "%s", step);
	cr_expect_eq(value(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	for (i = 0; options_name(i) != NULL; i++)
		if ((done.left_out & UINT32_C(1) << i) != 0)
			name = options_name(i);
	cr_expect_str_eq(name, known ? "" : "IPV6_TCLASS");
	(void)close(fd);
}

/* Those that want privilege, in a network of our own, where we have it. */
static int
privileged(void)
{
	struct socket_options o = fixture_options;
	char device[] = "lo", found[IFNAMSIZ] = "";
	socklen_t length = sizeof(found);
	const char *step = "";
	struct endpoint four = endpoint("1/tcp4"), six = endpoint("1/udp6");
	int fd;

	if (!isolate())
		SKIP("no namespaces of its own");
	o.mark = UINT32_MAX;
	o.device = device;
	o.transparent = true;
	o.priority = 7;
	fd = open_socket(&four);
	CHECK_ROW(step, options_apply(fd, &four, &o, &done, &step) == 0);
	CHECK((uint32_t)value(fd, SOL_SOCKET, SO_MARK) == UINT32_MAX);
	CHECK(value(fd, SOL_SOCKET, SO_PRIORITY) == 7);
	CHECK(value(fd, IPPROTO_IP, IP_TRANSPARENT) == 1);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, found, &length) == 0);
	CHECK(strcmp(found, "lo") == 0 && close(fd) == 0);
	fd = open_socket(&six);
	CHECK_ROW(step, options_apply(fd, &six, &o, &done, &step) == 0);
	CHECK(value(fd, IPPROTO_IPV6, IPV6_TRANSPARENT) == 1 && close(fd) == 0);
	return CHILD_OK;
}

Test(options, privileged)
{
	child_run(privileged);
}

/* Beyond net.core.rmem_max, which binds those without privilege. */
static int
large_buffers(void)
{
	struct socket_options o = fixture_options;
	struct endpoint e = endpoint("1/udp4");
	const char *step = "";
	int fd;

	if (geteuid() != 0)
		SKIP("needs CAP_NET_ADMIN");
	o.receive_buffer = 64 << 20;
	fd = open_socket(&e);
	CHECK(options_apply(fd, &e, &o, &done, &step) == 0);
	CHECK(value(fd, SOL_SOCKET, SO_RCVBUF) == 128 << 20 && close(fd) == 0);
	CHECK(setresuid(65534, 65534, 65534) == 0);
	fd = open_socket(&e);
	CHECK(options_apply(fd, &e, &o, &done, &step) == 0);
	CHECK(value(fd, SOL_SOCKET, SO_RCVBUF) > 4096);
	o.mark = 1;
	CHECK(options_apply(fd, &e, &o, &done, &step) == -EPERM && strcmp(step, "SO_MARK") == 0);
	return CHILD_OK;
}

Test(options, large_buffers)
{
	child_run(large_buffers);
}
