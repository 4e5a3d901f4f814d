/* The filter in real sockets, in a network of the test's own. */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "base/text.h"
#include "generate.h"
#include "net/filter.h"
#include "process.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { PATIENCE = 10000 /* ms */, RULES = 24, BANS = 8, SOURCES = 48, ROUNDS = 12 };

/* A socket bound to the address, any port; port 0 is filled in. */
static int
bound(int type, struct address *a)
{
	int fd = socket(a->sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0)
		return -1;
	/* Addresses that no interface has. */
	if (a->sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
	if (bind(fd, &a->sa, a->length) < 0 || getsockname(fd, &a->sa, &a->length) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
wait_for(int fd, short events, int timeout)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, timeout) == 1;
}

/* Sources: addresses of 127.0.0.0/8 and of 2001:db8:0:1::/64, neither the first nor the last. */
static struct address
source(unsigned *seed, sa_family_t family)
{
	static const uint8_t common[] = {0, 0, 1, 127, 128, 255};
	struct address a;
	uint8_t *to;
	size_t i, n;

	(void)address_parse(&a, family == AF_INET ? "127.0.0.0" : "2001:db8:0:1::", 0);
	to = family == AF_INET ? (uint8_t *)&a.in.sin_addr : a.in6.sin6_addr.s6_addr;
	n = family == AF_INET ? 4 : 16;
	for (i = family == AF_INET ? 1 : 8; i < n; i++)
		to[i] = common[generate_number(seed) / 16 % sizeof(common)];
	to[n - 1] = (uint8_t)(to[n - 1] % 253 + 2);
	return a;
}

static struct prefix
network(unsigned *seed, sa_family_t family)
{
	struct address a = source(seed, family);
	struct prefix p;

	(void)prefix_of(&a, 8 + generate_number(seed) % 25, 60 + generate_number(seed) % 69, &p);
	return p;
}

static bool
dropped(const struct filter_rules *rules, const struct address *a)
{
	size_t i;

	for (i = 0; i < rules->nbans; i++)
		if (prefix_covers(&rules->bans[i], a))
			return true;
	return ranges_find(rules->map, a) != 0;
}

/* What came from each source: numbers of datagrams as bits. -1 if one came twice. */
static int
receive(int fd, uint64_t wanted, uint64_t *got)
{
	uint8_t number;

	*got = 0;
	while (*got != wanted && wait_for(fd, POLLIN, PATIENCE))
		if (recv(fd, &number, 1, MSG_DONTWAIT) == 1)
			*got |= 1ULL << number;
	/* And what should not have come. */
	while (recv(fd, &number, 1, MSG_DONTWAIT) == 1)
		*got |= 1ULL << number;
	return *got == wanted ? 0 : -1;
}

/* Datagrams from many sources arrive as the map and the bans have it. */
static int
send_round(unsigned seed, int fd, const struct address *to, const struct filter_rules *rules)
{
	uint64_t wanted = 0, got;
	struct address from;
	uint8_t number;
	int out;

	for (number = 0; number < SOURCES; number++) {
		do {
			from = source(&seed, to->sa.sa_family);
			out = bound(SOCK_DGRAM, &from);
		} while (out < 0 && errno == EADDRINUSE);
		CHECK(out >= 0);
		CHECK(sendto(out, &number, 1, 0, &to->sa, to->length) == 1);
		CHECK(close(out) == 0);
		if (!dropped(rules, &from))
			wanted |= 1ULL << number;
	}
	CHECK(receive(fd, wanted, &got) == 0);
	return CHILD_OK;
}

static int
datagrams(sa_family_t family, const char *host)
{
	struct ranges_rule list[RULES];
	struct prefix bans[BANS];
	struct ranges map;
	struct filter_rules rules = {.map = &map, .bans = bans};
	struct address to;
	unsigned seed = 7, round;
	size_t i;
	int fd;

	CHECK(address_parse(&to, host, 0) == 0);
	fd = bound(SOCK_DGRAM, &to);
	CHECK(fd >= 0);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < RULES; i++) {
			list[i].prefix = network(&seed, family);
			list[i].value = (uint8_t)(generate_number(&seed) % 2);
		}
		rules.nbans = generate_number(&seed) % (BANS + 1);
		for (i = 0; i < rules.nbans; i++)
			bans[i] = network(&seed, family);
		CHECK(ranges_build(&map, list, RULES, (uint8_t)(round % 2)) == 0);
		CHECK(filter_apply(fd, &rules, false) == 0);
		CHECK(send_round(seed, fd, &to, &rules) == CHILD_OK);
		ranges_fini(&map);
	}
	/* Nothing to drop: no filter. */
	CHECK(filter_apply(fd, &(struct filter_rules){0}, false) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &round, sizeof(round)) < 0);
	CHECK(errno == ENOENT && close(fd) == 0);
	return CHILD_OK;
}

static int
udp(void)
{
	if (!isolate())
		SKIP("no network namespace of our own");
	CHECK(datagrams(AF_INET, "127.0.0.1") == CHILD_OK);
	CHECK(datagrams(AF_INET6, "::1") == CHILD_OK);
	return CHILD_OK;
}

Test(filter_socket, datagrams_arrive_as_the_list_says)
{
	child_run(udp);
}

/* A socket of IPv6 that takes IPv4 as well: each packet is judged by the rules of its own family.
 */
static int
both(void)
{
	struct address to, from, any;
	struct prefix bans[2];
	struct filter_rules rules = {.bans = bans, .nbans = 2};
	static const char *const sources[] = {"127.0.0.1", "127.0.0.3", "::1", "2001:db8:0:1::2"};
	char storage[256], byte;
	struct text error;
	int fd, out, off = 0, i;

	if (!isolate())
		SKIP("no network namespace of our own");
	text_init(&error, storage, sizeof(storage));
	CHECK(prefix_parse(&bans[0], "127.0.0.2/31", &error) == 0);
	CHECK(prefix_parse(&bans[1], "2001:db8::/32", &error) == 0);
	CHECK(address_parse(&any, "::", 0) == 0);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0);
	CHECK(bind(fd, &any.sa, any.length) == 0);
	CHECK(getsockname(fd, &any.sa, &any.length) == 0);
	CHECK(filter_apply(fd, &rules, false) == 0);
	for (i = 0; i < 4; i++) {
		CHECK(address_parse(&from, sources[i], 0) == 0);
		CHECK(address_parse(&to, i < 2 ? "127.0.0.1" : "::1", address_port(&any)) == 0);
		out = bound(SOCK_DGRAM, &from);
		CHECK(out >= 0 && sendto(out, "x", 1, 0, &to.sa, to.length) == 1);
		CHECK((recv(fd, &byte, 1, MSG_DONTWAIT) == 1) == (i % 2 == 0));
		(void)close(out);
	}
	(void)close(fd);
	return CHILD_OK;
}

Test(filter_socket, both_families)
{
	child_run(both);
}

/* Rules that drop one network. */
struct ban {
	struct prefix prefix;
	struct filter_rules rules;
};

static const struct filter_rules *
ban(struct ban *b, const char *s)
{
	char storage[256];
	struct text error;

	text_init(&error, storage, sizeof(storage));
	*b = (struct ban){.rules = {.bans = &b->prefix, .nbans = 1}};
	return prefix_parse(&b->prefix, s, &error) == 0 ? &b->rules : NULL;
}

/* A connection that has begun from that address. */
static int
client(const char *from, const struct address *to)
{
	struct address a;
	int fd;

	if (address_parse(&a, from, 0) < 0)
		return -1;
	fd = bound(SOCK_STREAM, &a);
	if (fd >= 0 && connect(fd, &to->sa, to->length) < 0 && errno != EINPROGRESS) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
unanswered(int fd)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
	       info.tcpi_state == TCP_SYN_SENT;
}

static int
listening(struct address *a, const char *host)
{
	int fd = -1;

	if (address_parse(a, host, 0) == 0)
		fd = bound(SOCK_STREAM, a);
	return fd >= 0 && listen(fd, 16) == 0 ? fd : -1;
}

static int
handshakes(const char *host, const char *good, const char *bad, const char *network_of_bad)
{
	struct address to, peer = {.length = sizeof(peer.un)}, wanted;
	struct ban b;
	int fd = listening(&to, host), in, out;

	CHECK(fd >= 0 && filter_apply(fd, ban(&b, network_of_bad), false) == 0);
	out = client(bad, &to);
	CHECK(out >= 0 && !wait_for(fd, POLLIN, 0));
	in = client(good, &to);
	CHECK(in >= 0 && wait_for(fd, POLLIN, PATIENCE));
	(void)close(in);
	in = accept(fd, &peer.sa, &peer.length);
	CHECK(in >= 0 && address_parse(&wanted, good, address_port(&peer)) == 0);
	CHECK(address_equal(&peer, &wanted));
	CHECK(unanswered(out) && !wait_for(fd, POLLIN, 0));
	(void)close_range(3, 9, 0);
	return CHILD_OK;
}

/* Another address of the loopback. */
static bool
loopback_has(const char *s)
{
	struct in6_ifreq request = {
	    .ifr6_prefixlen = 128, .ifr6_ifindex = (int)if_nametoindex("lo")};
	struct address a;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	if (fd < 0 || address_parse(&a, s, 0) < 0)
		return false;
	request.ifr6_addr = a.in6.sin6_addr;
	done = ioctl(fd, SIOCSIFADDR, &request) == 0;
	(void)close(fd);
	return done;
}

static int
tcp(void)
{
	if (!isolate())
		SKIP("no network namespace of our own");
	CHECK(handshakes("127.0.0.1", "127.0.0.3", "127.0.0.2", "127.0.0.2") == CHILD_OK);
	CHECK(handshakes("127.0.0.1", "127.8.0.1", "127.9.255.1", "127.9.0.0/16") == CHILD_OK);
	/* Only ::1 is the loopback's, so the refused one is of another network. */
	CHECK(loopback_has("2001:db8::1") && loopback_has("2001:db8:0:1::1"));
	CHECK(handshakes("::1", "2001:db8:0:1::1", "2001:db8::1", "2001:db8::/64") == CHILD_OK);
	return CHILD_OK;
}

Test(filter_socket, a_dropped_handshake_wakes_nobody)
{
	child_run(tcp);
}

/* The connection between the ends, of a listener that has the rules. */
static int
connected(int fd, const struct address *to, const char *from, int *out)
{
	*out = client(from, to);
	return *out >= 0 && wait_for(fd, POLLIN, PATIENCE) ? accept(fd, NULL, NULL) : -1;
}

static int
accepted(void)
{
	struct address to;
	struct ban b;
	char c;
	int fd, in, out, other, none = 0;

	if (!isolate())
		SKIP("no network namespace of our own");
	fd = listening(&to, "127.0.0.1");
	CHECK(fd >= 0 && filter_apply(fd, ban(&b, "127.7.0.0/16"), false) == 0);
	in = connected(fd, &to, "127.0.0.3", &out);
	CHECK(in >= 0);
	/* A later filter of the listener is not the connection's. */
	CHECK(filter_apply(fd, ban(&b, "127.0.0.3"), false) == 0);
	other = client("127.0.0.3", &to);
	CHECK(other >= 0 && !wait_for(fd, POLLIN, 0) && unanswered(other));
	CHECK(send(out, "a", 1, 0) == 1 && wait_for(in, POLLIN, PATIENCE));
	CHECK(recv(in, &c, 1, 0) == 1 && c == 'a');
	/* The one it inherited can be detached, once. */
	CHECK(setsockopt(in, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) == 0);
	CHECK(setsockopt(in, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) < 0);
	CHECK(filter_detach(in) == 0);
	/* One of its own cuts it until it is detached. */
	CHECK(filter_apply(in, &b.rules, false) == 0);
	CHECK(send(out, "b", 1, 0) == 1 && !wait_for(in, POLLIN, 0));
	CHECK(filter_detach(in) == 0 && wait_for(in, POLLIN, PATIENCE));
	CHECK(recv(in, &c, 1, 0) == 1 && c == 'b');
	/* The listener's gone, the next SYN of the client that it dropped is answered. */
	CHECK(filter_detach(fd) == 0 && wait_for(fd, POLLIN, PATIENCE));
	return CHILD_OK;
}

Test(filter_socket, an_accepted_connection_keeps_the_filter_of_its_handshake)
{
	child_run(accepted);
}

static int
locked(void)
{
	struct filter_rules none = {0};
	struct address to;
	struct ban b;
	int fd, in, out;

	if (!isolate())
		SKIP("no network namespace of our own");
	fd = listening(&to, "127.0.0.1");
	CHECK(fd >= 0 && filter_apply(fd, ban(&b, "127.7.0.0/16"), true) == 0);
	CHECK(filter_apply(fd, &b.rules, false) == -EPERM);
	CHECK(filter_apply(fd, &none, false) == -EPERM && filter_detach(fd) == -EPERM);
	in = connected(fd, &to, "127.0.0.3", &out);
	CHECK(in >= 0 && filter_detach(in) == -EPERM);
	fd = listening(&to, "127.0.0.1");
	CHECK(fd >= 0 && filter_apply(fd, &none, true) == 0 && filter_detach(fd) == -EPERM);
	return CHILD_OK;
}

Test(filter_socket, a_lock_is_for_good_and_inherited)
{
	child_run(locked);
}

/* As many rules as it takes to meet net.core.optmem_max: the old filter stays. */
static int
exhausted(void)
{
	static struct sock_filter code[FILTER_SIZE];
	struct address to, from;
	struct ban b;
	int fd, out, r = 0;
	size_t n;

	if (!isolate())
		SKIP("no network namespace of our own");
	if (!write_file("/proc/sys/net/core/optmem_max", "8192"))
		SKIP("net.core.optmem_max is not of the network namespace");
	CHECK(address_parse(&to, "127.0.0.1", 0) == 0);
	fd = bound(SOCK_DGRAM, &to);
	CHECK(fd >= 0 && filter_apply(fd, ban(&b, "127.0.0.2"), false) == 0);
	for (n = 0; n < FILTER_SIZE; n++)
		code[n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	for (n = 1; n < FILTER_SIZE && r == 0; n *= 2)
		r = filter_attach(fd, code, n, false);
	CHECK(r == -ENOMEM);
	CHECK(filter_apply(fd, &b.rules, false) == 0);
	CHECK(filter_attach(fd, code, FILTER_SIZE, false) == -ENOMEM);
	CHECK(address_parse(&from, "127.0.0.2", 0) == 0);
	out = bound(SOCK_DGRAM, &from);
	CHECK(out >= 0 && sendto(out, "x", 1, 0, &to.sa, to.length) == 1);
	CHECK(address_parse(&from, "127.0.0.3", 0) == 0);
	out = bound(SOCK_DGRAM, &from);
	CHECK(out >= 0 && sendto(out, "y", 1, 0, &to.sa, to.length) == 1);
	CHECK(wait_for(fd, POLLIN, PATIENCE) && recv(fd, code, 1, 0) == 1);
	CHECK(*(char *)code == 'y' && recv(fd, code, 1, MSG_DONTWAIT) < 0);
	return CHILD_OK;
}

Test(filter_socket, without_room_the_old_one_stays)
{
	child_run(exhausted);
}

Test(filter_socket, other_sockets)
{
	struct filter_rules none = {0};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), pipes[2];

	cr_assert_geq(fd, 0);
	cr_expect_eq(filter_apply(fd, &none, false), -EOPNOTSUPP);
	close(fd);
	cr_expect_eq(filter_apply(fd, &none, false), -EBADF);
	cr_expect_eq(filter_detach(fd), -EBADF);
	cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
	cr_expect_eq(filter_apply(pipes[0], &none, false), -ENOTSOCK);
	close(pipes[0]);
	close(pipes[1]);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	if (fd < 0)
		cr_skip_test("this kernel has no MPTCP");
	cr_expect_eq(filter_apply(fd, &none, true), -EOPNOTSUPP);
	close(fd);
}
