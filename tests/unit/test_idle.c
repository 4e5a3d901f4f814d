#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/address.h"
#include "net/idle.h"
#include "process.h"

enum { ESTABLISHED = 1, CLOSE_WAIT = 8, TIME_WAIT = 6 };

/* A connection: the end that is asked about, and the other. */
struct pair {
	int fd, other;
	struct address local, peer;
	struct idle_key key;
};

static bool
name(int fd, struct address *a, int (*of)(int, struct sockaddr *, socklen_t *))
{
	a->length = sizeof(a->un);
	return of(fd, &a->sa, &a->length) == 0;
}

static bool
connect_pair(struct pair *p, const char *host)
{
	struct address a;
	int listener;

	if (address_parse(&a, host, 0) < 0)
		return false;
	listener = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, &a.sa, a.length) < 0 || listen(listener, 1) < 0)
		return false;
	p->other = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!name(listener, &a, getsockname) || connect(p->other, &a.sa, a.length) < 0)
		return false;
	p->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	(void)close(listener);
	return p->fd >= 0 && name(p->fd, &p->local, getsockname) &&
	       name(p->fd, &p->peer, getpeername) && idle_identify(p->fd, &p->key) == 0;
}

static bool
ask(int netlink, const struct pair *p, struct idle_result *r)
{
	static uint32_t id = 1000;

	memset(r, 0xff, sizeof(*r));
	return idle_query(netlink, ++id, &p->local, &p->peer, &p->key) == 0 &&
	       idle_next(netlink, r) == 1 && r->id == id && idle_next(netlink, r) == 0;
}

/* Asks until there are more bytes than before, or the socket is gone. */
static bool
await(int netlink, const struct pair *p, struct idle_result *r)
{
	uint64_t before = r->moved;
	time_t end = time(NULL) + WAIT_MS / 1000;

	do {
		if (!ask(netlink, p, r))
			return false;
		if (r->gone || r->moved > before)
			return true;
	} while (time(NULL) < end);
	return false;
}

static int
follow(const char *host, bool unprivileged)
{
	struct idle_result r;
	struct pair p, q;
	char byte;
	int netlink;

	CHECK(connect_pair(&p, host) && connect_pair(&q, host));
	if (unprivileged && geteuid() == 0)
		CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	netlink = idle_open();
	CHECK(netlink >= FD_RESERVED && (fcntl(netlink, F_GETFL) & O_NONBLOCK) != 0);
	CHECK((fcntl(netlink, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK(idle_next(netlink, &r) == 0);
	CHECK(ask(netlink, &p, &r) && !r.gone && r.state == ESTABLISHED);
	/* To it, from it, each a byte; the other connection does not count. */
	CHECK(write(p.other, "x", 1) == 1 && await(netlink, &p, &r) && !r.gone);
	CHECK(read(p.fd, &byte, 1) == 1 && write(p.fd, "y", 1) == 1);
	CHECK(await(netlink, &p, &r) && !r.gone && r.state == ESTABLISHED);
	CHECK(ask(netlink, &q, &r) && r.moved <= 1);
	CHECK(write(q.other, "x", 1) == 1 && await(netlink, &q, &r) && r.moved <= 2);
	CHECK(shutdown(p.other, SHUT_WR) == 0 && read(p.fd, &byte, 1) == 0);
	CHECK(ask(netlink, &p, &r) && !r.gone && r.state == CLOSE_WAIT);
	/* The same addresses, another socket. */
	p.key.cookie++;
	CHECK(ask(netlink, &p, &r) && r.gone && r.state == 0);
	p.key.cookie--;
	CHECK(close(p.fd) == 0 && close(p.other) == 0);
	r.moved = UINT64_MAX;
	CHECK(await(netlink, &p, &r) && r.gone);
	/* Closed from this side, it stays as TIME_WAIT, which nobody holds. */
	CHECK(shutdown(q.fd, SHUT_WR) == 0 && close(q.other) == 0 && close(q.fd) == 0);
	r.moved = UINT64_MAX;
	CHECK(await(netlink, &q, &r) && r.gone);
	return CHILD_OK;
}

static int
follows_ipv4(void)
{
	return follow("127.0.0.1", false);
}

static int
follows_ipv6(void)
{
	return follow("::1", false);
}

static int
follows_unprivileged(void)
{
	return follow("127.0.0.1", true);
}

Test(idle, follows_a_connection)
{
	child_run(follows_ipv4);
	child_run(follows_ipv6);
	child_run(follows_unprivileged);
}

static int
bound_to_an_interface(void)
{
	struct idle_result r;
	struct pair p;
	int netlink;

	if (!isolate())
		SKIP("no network namespace of its own");
	CHECK(connect_pair(&p, "127.0.0.1") && p.key.interface == 0);
	CHECK(setsockopt(p.fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0);
	CHECK(idle_identify(p.fd, &p.key) == 0 && p.key.interface > 0);
	netlink = idle_open();
	CHECK(netlink >= 0 && ask(netlink, &p, &r) && !r.gone);
	p.key.interface = 0;
	CHECK(ask(netlink, &p, &r) && r.gone);
	return CHILD_OK;
}

Test(idle, bound_to_an_interface)
{
	child_run(bound_to_an_interface);
}

static int
answers_many(void)
{
	struct idle_result r;
	struct pair p[3];
	uint32_t i;
	int netlink = idle_open();

	CHECK(netlink >= 0);
	for (i = 0; i < 3; i++)
		CHECK(connect_pair(&p[i], "127.0.0.1"));
	for (i = 0; i < 30; i++)
		CHECK(idle_query(netlink, i, &p[i % 3].local, &p[i % 3].peer, &p[i % 3].key) == 0);
	for (i = 0; i < 30; i++)
		CHECK(idle_next(netlink, &r) == 1 && r.id == i && !r.gone);
	CHECK(idle_next(netlink, &r) == 0);
	/* Never fetched: the kernel drops some and says so, and all goes on. */
	for (i = 0; i < 5000; i++)
		(void)idle_query(netlink, i, &p[0].local, &p[0].peer, &p[0].key);
	CHECK(idle_next(netlink, &r) == -ENOBUFS);
	while (idle_next(netlink, &r) == 1)
		continue;
	CHECK(ask(netlink, &p[1], &r) && !r.gone);
	return CHILD_OK;
}

Test(idle, answers_many)
{
	child_run(answers_many);
}

Test(idle, what_is_not_asked)
{
	struct address in = {.length = 0}, in6, un = {.length = sizeof(un.un)};
	struct idle_key key = {0};
	struct idle_result r;

	un.un.sun_family = AF_UNIX;
	cr_expect_eq(idle_query(-1, 1, &in, &in, &key), -EAFNOSUPPORT);
	cr_expect_eq(idle_query(-1, 1, &un, &un, &key), -EAFNOSUPPORT);
	cr_assert_eq(address_parse(&in, "127.0.0.1", 1), 0);
	cr_assert_eq(address_parse(&in6, "::1", 1), 0);
	cr_expect_eq(idle_query(-1, 1, &in, &in6, &key), -EAFNOSUPPORT);
	cr_expect_eq(idle_query(-1, 1, &in, &in, &key), -EBADF);
	cr_expect_eq(idle_next(-1, &r), -EBADF);
	cr_expect_eq(idle_identify(-1, &key), -EBADF);
}

/* A message as the kernel makes it, with room for what it does not. */
struct message {
	struct nlmsghdr header;
	struct inet_diag_msg body;
	struct rtattr other;
	char filler[4];
	struct rtattr info;
	char tcp[sizeof(struct tcp_info)];
};

static struct message
message_of(uint8_t state)
{
	struct tcp_info tcp = {.tcpi_last_data_recv = 2000,
	    .tcpi_last_data_sent = 1500,
	    .tcpi_bytes_received = 5,
	    .tcpi_bytes_acked = (uint64_t)1 << 40,
	    .tcpi_bytes_sent = 1000};
	struct message m;

	memset(&m, 0, sizeof(m));
	m.header = (struct nlmsghdr){
	    .nlmsg_len = sizeof(m), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = 7};
	m.body.idiag_state = state;
	m.other = (struct rtattr){.rta_type = INET_DIAG_SHUTDOWN, .rta_len = RTA_LENGTH(1)};
	m.info = (struct rtattr){.rta_type = INET_DIAG_INFO, .rta_len = RTA_LENGTH(sizeof(m.tcp))};
	memcpy(m.tcp, &tcp, sizeof(tcp));
	return m;
}

Test(idle, parses_answers)
{
	struct message m = message_of(ESTABLISHED);
	struct idle_result r;
	size_t n;

	cr_assert_eq(idle_parse(&m, sizeof(m), &r), 0);
	cr_expect(r.id == 7 && !r.gone && r.state == ESTABLISHED);
	cr_expect_eq(r.moved, ((uint64_t)1 << 40) + 5);
	cr_expect_eq(r.quiet, 1500 * USEC_PER_MSEC);
	/* Cut anywhere. */
	for (n = 0; n < sizeof(m); n++)
		cr_expect_eq(idle_parse(&m, n, &r), -EINVAL, "%zu bytes", n);
	for (n = 0; n < sizeof(m); n++) {
		char *copy = malloc(n + 1);

		cr_assert_not_null(copy);
		memcpy(copy, &m, n);
		if (n >= sizeof(m.header))
			((struct nlmsghdr *)(void *)copy)->nlmsg_len = (uint32_t)n;
		cr_expect_eq(idle_parse(copy, n, &r),
		    n < offsetof(struct message, other) ? -EINVAL : 0, "%zu bytes", n);
		free(copy);
	}
	/* A kernel that knows less. */
	m.info.rta_len = RTA_LENGTH(offsetof(struct tcp_info, tcpi_bytes_acked));
	cr_assert_eq(idle_parse(&m, sizeof(m), &r), 0);
	cr_expect_eq(r.moved, 0);
	m.other.rta_len = 0;
	cr_expect_eq(idle_parse(&m, sizeof(m), &r), 0);
	m = message_of(TIME_WAIT);
	cr_assert_eq(idle_parse(&m, sizeof(m), &r), 0);
	cr_expect(r.gone && r.state == 0 && r.moved == 0);
}

Test(idle, parses_errors)
{
	static const struct {
		int error, r;
	} rows[] = {
	    {-ENOENT, 0},
	    {-ESTALE, 0},
	    {-EPERM, -EPERM},
	    {-ENOMEM, -ENOMEM},
	    {-EINVAL, -EPROTO},
	    {0, -EPROTO},
	    {7, -EPROTO},
	};
	struct message m = message_of(0);
	struct idle_result r;
	size_t i;

	m.header.nlmsg_type = NLMSG_ERROR;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&r, 0, sizeof(r));
		memcpy(&m.body, &rows[i].error, sizeof(int));
		cr_expect_eq(idle_parse(&m, sizeof(m), &r), rows[i].r, "%d", rows[i].error);
		cr_expect_eq(r.gone, rows[i].r == 0, "%d", rows[i].error);
	}
	m.header.nlmsg_type = NLMSG_NOOP;
	cr_expect_eq(idle_parse(&m, sizeof(m), &r), -EINVAL);
}

Test(idle, left)
{
	static const struct {
		uint64_t moved;
		usec_t quiet, now, left;
	} rows[] = {
	    {5, 0, 100, 10},
	    {5, 0, 109, 1},
	    {5, 0, 110, 0},
	    /* Something has moved: since its last byte. */
	    {6, 0, 110, 10},
	    {6, 9, 119, 1},
	    {5, 3, 125, 7}, /* any change */
	    {7, 4, 126, 6},
	    {7, 4, 132, 0},
	    /* Longer ago than the count is known: not before that. */
	    {8, 1000, 132, 0},
	    {8, 0, 1000, 0},
	    {9, 2000, 1001, 0},
	};
	struct idle_watch w = {.moved = 5, .since = 100};
	struct idle_result r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = (struct idle_result){.moved = rows[i].moved, .quiet = rows[i].quiet};
		cr_expect_eq(idle_left(&w, &r, 10, rows[i].now), rows[i].left, "row %zu", i);
	}
	/* A connection that has said nothing: its SYN counts for no byte. */
	w = (struct idle_watch){.since = 100};
	r = (struct idle_result){.moved = 1, .quiet = 10};
	cr_expect_eq(idle_left(&w, &r, 10, 110), 0);
}
