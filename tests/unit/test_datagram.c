#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <time.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/transport.h"
#include "process.h"

/* Sends text to the listener from that socket. */
static bool
send_to(const struct listener *l, int fd, const char *text, size_t n)
{
	struct address a;

	if (listener_local(l, &a) < 0)
		return false;
	return sendto(fd, text, n, 0, &a.sa, a.length) == (ssize_t)n && fixture_wait(l);
}

static int
peeks(const char *text)
{
	struct fixture f, g;
	struct datagram one, again, two, three;
	struct address from = {.length = sizeof(from.un)}, a;
	int fd;

	CHECK(fixture_open(&f, text, true) == 0);
	CHECK(listener_peek(&f.l, &one) == -EAGAIN && listener_drop(&f.l) == -EAGAIN);
	fd = socket(f.e.address.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(address_parse(&a, f.e.address.sa.sa_family == AF_INET ? "127.0.0.1" : "::1", 0) == 0);
	CHECK(fd >= 0 && bind(fd, &a.sa, a.length) == 0);
	CHECK(getsockname(fd, &from.sa, &from.length) == 0);
	CHECK(datagram_await_stamps(WAIT_MS * USEC_PER_MSEC) == 0);
	CHECK(send_to(&f.l, fd, "equal", 5) && send_to(&f.l, fd, "equal", 5));
	CHECK(send_to(&f.l, fd, "", 0));
	CHECK(listener_peek(&f.l, &one) == 0 && listener_peek(&f.l, &again) == 0);
	CHECK(one.length == 5 && address_equal(&one.peer, &from) && one.arrival != 0);
	CHECK(one.arrival == again.arrival && datagram_same(&one, &again));
	CHECK(listener_drop(&f.l) == 0 && listener_peek(&f.l, &two) == 0);
	CHECK(two.length == 5 && address_equal(&two.peer, &from));
	CHECK(two.arrival > one.arrival && !datagram_same(&one, &two));
	CHECK(listener_drop(&f.l) == 0 && listener_peek(&f.l, &three) == 0);
	CHECK(three.length == 0 && !datagram_same(&two, &three));
	CHECK(listener_drop(&f.l) == 0 && listener_peek(&f.l, &three) == -EAGAIN);
	CHECK(!listener_readable(&f.l));
	/* While the kernel stamps, the first datagram of another listener has its arrival too. */
	CHECK(fixture_open(&g, text, true) == 0 && send_to(&g.l, fd, "first", 5));
	CHECK(listener_peek(&g.l, &one) == 0 && one.arrival != 0);
	CHECK(listener_peek(&g.l, &two) == 0 && datagram_same(&one, &two));
	return CHILD_OK;
}

static int
peeks_ipv4(void)
{
	return peeks("127.0.0.1:0/udp");
}

static int
peeks_ipv6(void)
{
	return peeks("[::1]:0/udp");
}

Test(datagram, same_datagram)
{
	struct datagram one = {.length = 5, .arrival = 7}, two;

	cr_assert_eq(address_parse(&one.peer, "192.0.2.1", 1), 0);
	two = one;
	cr_expect(datagram_same(&one, &two));
	two.length = 6;
	cr_expect_not(datagram_same(&one, &two));
	two = one;
	two.arrival = 8;
	cr_expect_not(datagram_same(&one, &two));
	two = one;
	address_set_port(&two.peer, 2);
	cr_expect_not(datagram_same(&one, &two));
}

Test(datagram, peeks)
{
	child_run(peeks_ipv4);
	child_run(peeks_ipv6);
}

/* What a handler can do to the socket that it was lent, and what becomes of it. */
static int
restores(void)
{
	struct fixture f;
	struct address a;
	int on = 1, stamps;

	CHECK(fixture_open(&f, "127.0.0.1:0/udp", true) == 0);
	CHECK(fcntl(f.l.source.fd, F_SETFL, O_NONBLOCK | O_ASYNC) == 0);
	CHECK(setsockopt(f.l.source.fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	CHECK((fcntl(f.l.source.fd, F_GETFL) & (O_NONBLOCK | O_ASYNC)) == 0);
	stamps = option_of(f.l.source.fd, SOL_SOCKET, SO_TIMESTAMP);
	CHECK(stamps == 0);
	/* Errors of what it sent to nobody. */
	CHECK(setsockopt(f.l.source.fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0);
	CHECK(address_parse(&a, "127.0.0.1", 1) == 0);
	CHECK(sendto(f.l.source.fd, "x", 1, 0, &a.sa, a.length) == 1);
	CHECK(fixture_wait(&f.l));
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	CHECK(!listener_readable(&f.l));
	/* Connected, then shut down. */
	CHECK(connect(f.l.source.fd, &a.sa, a.length) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == -EISCONN);
	a.sa.sa_family = AF_UNSPEC;
	CHECK(connect(f.l.source.fd, &a.sa, a.length) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	(void)shutdown(f.l.source.fd, SHUT_RD);
	CHECK(listener_restore(&f.l, BACKLOG) == -ENOTCONN);
	listener_close(&f.l);
	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", true) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	CHECK(shutdown(f.l.source.fd, SHUT_RD) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == -ENOTCONN);
	listener_close(&f.l);
	return CHILD_OK;
}

Test(datagram, restores)
{
	child_run(restores);
}

/* An error that is pending is no datagram and hides none. */
static int
peeks_past_errors(void)
{
	struct fixture f;
	struct datagram d;
	struct address a, own;
	int on = 1, fd;

	CHECK(fixture_open(&f, "127.0.0.1:0/udp", true) == 0);
	CHECK(setsockopt(f.l.source.fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0);
	CHECK(address_parse(&a, "127.0.0.1", 1) == 0);
	CHECK(sendto(f.l.source.fd, "x", 1, 0, &a.sa, a.length) == 1);
	CHECK(fixture_wait(&f.l));
	CHECK(listener_peek(&f.l, &d) == -EAGAIN);
	CHECK(sendto(f.l.source.fd, "x", 1, 0, &a.sa, a.length) == 1);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(listener_local(&f.l, &own) == 0);
	CHECK(sendto(fd, "abc", 3, 0, &own.sa, own.length) == 3 && fixture_wait(&f.l));
	CHECK(listener_peek(&f.l, &d) == 0 && d.length == 3);
	CHECK(sendto(f.l.source.fd, "x", 1, 0, &a.sa, a.length) == 1);
	CHECK(listener_drop(&f.l) == 0 && listener_peek(&f.l, &d) == -EAGAIN);
	return CHILD_OK;
}

Test(datagram, peeks_past_errors)
{
	child_run(peeks_past_errors);
}
