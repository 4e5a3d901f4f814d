#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/transport.h"
#include "process.h"

enum { ECN = 3 };

Test(transport, rows)
{
	const struct transport *t;
	size_t i, k;

	for (i = 0; (t = transport_row(i)) != NULL; i++) {
		cr_expect_eq(transport_find(t->name, strlen(t->name)), t, "%s", t->name);
		cr_expect_not_null(t->label, "%s", t->name);
		cr_expect((t->services == NULL) == (t->family == AF_UNIX), "%s", t->name);
		cr_expect(!(t->exclusive && t->accepts), "%s", t->name);
		cr_expect_eq(t->listens, t->type != SOCK_DGRAM, "%s", t->name);
		cr_expect(t->listens || !t->accepts, "%s", t->name);
		/* What cannot be accepted is dropped by a way of its own. */
		cr_expect_eq(t->drop != NULL, t->listens && !t->accepts, "%s", t->name);
		cr_expect_eq(t->needs != NULL, t->kernel[0] != NULL, "%s", t->name);
		cr_expect_eq(t->needs != NULL, t->kernel[1] != NULL, "%s", t->name);
		cr_expect(!t->counted || t->accepts, "%s", t->name);
		cr_expect(t->queued == NULL || t->accepts, "%s", t->name);
		cr_expect_eq(transport_index(t), i);
		for (k = 0; k < i; k++)
			cr_expect_str_neq(transport_row(k)->name, t->name);
	}
	cr_assert_eq(i, TRANSPORTS);
	cr_assert_null(transport_row(i + 1));
}

/* What users read and write: the variables of a handler, and whose names of ports serve. */
Test(transport, names)
{
	static const struct {
		const char *name, *label, *services, *fallback;
	} rows[] = {
	    {"tcp", "TCP", "tcp", ""},
	    {"tcp4", "TCP", "tcp", ""},
	    {"tcp6", "TCP", "tcp", ""},
	    {"udp", "UDP", "udp", ""},
	    {"udp4", "UDP", "udp", ""},
	    {"udp6", "UDP", "udp", ""},
	    {"udplite", "UDPLITE", "udplite", "udp"},
	    {"mptcp", "TCP", "tcp", ""},
	    {"sctp", "SCTP", "sctp", "tcp"},
	    {"sctp-seqpacket", "SCTP", "sctp", "tcp"},
	    {"dccp", "DCCP", "dccp", "udp"},
	    {"unix", "UNIX", "", ""},
	    {"unix-dgram", "UNIX", "", ""},
	    {"unix-seqpacket", "UNIX", "", ""},
	};
	const struct transport *t;
	size_t i;

	cr_assert_eq(sizeof(rows) / sizeof(rows[0]), TRANSPORTS);
	for (i = 0; i < TRANSPORTS; i++) {
		t = transport_find(rows[i].name, strlen(rows[i].name));
		cr_assert_not_null(t, "%s", rows[i].name);
		cr_expect_str_eq(t->label, rows[i].label, "%s", rows[i].name);
		cr_expect_str_eq(
		    t->services != NULL ? t->services : "", rows[i].services, "%s", rows[i].name);
		cr_expect_str_eq(
		    t->fallback != NULL ? t->fallback : "", rows[i].fallback, "%s", rows[i].name);
	}
}

Test(transport, find)
{
	cr_expect_str_eq(transport_find("tcp/", 3)->name, "tcp");
	cr_expect_str_eq(transport_find("udp6", 4)->name, "udp6");
	cr_expect_null(transport_find("tcp", 2));
	cr_expect_null(transport_find("tcp7", 4));
	cr_expect_null(transport_find("TCP", 3));
	cr_expect_null(transport_find("", 0));
}

Test(transport, narrow)
{
	const struct transport *sctp = transport_find("sctp", 4), *t = transport_find("udp", 3);
	const struct transport *mptcp = transport_find("mptcp", 5);

	cr_expect_str_eq(transport_narrow(t, AF_INET)->name, "udp4");
	cr_expect_str_eq(transport_narrow(t, AF_INET6)->name, "udp6");
	t = transport_find("unix-seqpacket", 14);
	cr_expect_eq(transport_narrow(t, AF_UNIX), t);
	t = transport_find("tcp6", 4);
	cr_expect_eq(transport_narrow(t, AF_INET6), t);
	/* A protocol with one row for both families keeps it, also in another's space of ports. */
	cr_expect_eq(transport_narrow(sctp, AF_INET6), sctp);
	cr_expect_eq(transport_narrow(mptcp, AF_INET6), mptcp);
	t = transport_find("sctp-seqpacket", 14);
	cr_expect_eq(transport_narrow(t, AF_INET), t);
}

Test(transport, same_space)
{
	const struct transport *tcp = transport_find("tcp", 3), *udp = transport_find("udp", 3);
	const struct transport *stream = transport_find("unix", 4);
	const struct transport *dgram = transport_find("unix-dgram", 10);

	cr_expect(transport_same_space(tcp, transport_find("tcp6", 4)));
	cr_expect_not(transport_same_space(tcp, udp));
	cr_expect_not(transport_same_space(tcp, stream));
	cr_expect_not(transport_same_space(stream, dgram));
	cr_expect(transport_same_space(dgram, dgram));
	cr_expect(transport_same_space(tcp, transport_find("mptcp", 5)));
	cr_expect(
	    transport_same_space(transport_find("sctp", 4), transport_find("sctp-seqpacket", 14)));
	cr_expect_not(transport_same_space(udp, transport_find("udplite", 7)));
}

Test(transport, missing)
{
	const struct transport *tcp = transport_find("tcp4", 4), *dccp = transport_find("dccp", 4);

	cr_expect(transport_is_missing(dccp, EPROTONOSUPPORT));
	cr_expect(transport_is_missing(dccp, ESOCKTNOSUPPORT));
	cr_expect(transport_is_missing(transport_find("mptcp", 5), EPROTONOSUPPORT));
	cr_expect_not(transport_is_missing(dccp, ENOPROTOOPT), "that is a socket option's");
	cr_expect_not(transport_is_missing(dccp, EADDRINUSE));
	cr_expect_not(transport_is_missing(dccp, 0));
	cr_expect_not(transport_is_missing(tcp, EPROTONOSUPPORT));
	cr_expect(transport_is_known(tcp, AF_INET));
}

/* What the kernel lists is what it makes sockets of, where no module can be loaded meanwhile. */
Test(transport, known)
{
	static const int families[] = {AF_INET, AF_INET6};
	const struct transport *t;
	size_t i, k;
	bool before;
	int fd;

	for (i = 0; (t = transport_row(i)) != NULL; i++) {
		for (k = 0; k < 2 && t->needs != NULL; k++) {
			before = transport_is_known(t, families[k]);
			fd = socket(families[k], t->type, t->protocol);
			if (fd >= 0)
				(void)close(fd);
			cr_expect(
			    fd >= 0 || transport_is_missing(t, errno) || errno == EAFNOSUPPORT,
			    "%s: %s", t->name, strerror(errno));
			cr_expect(!before || fd >= 0 || errno == ENOPROTOOPT, "%s", t->name);
			cr_expect(fd < 0 || transport_is_known(t, families[k]), "%s", t->name);
		}
	}
}

struct wanted {
	int level, option, value;
};

static bool
has_options(const struct wanted *wanted, size_t n)
{
	size_t i;
	int found;

	for (i = 0; i < n; i++) {
		found = option_of(FD_CONNECTION, wanted[i].level, wanted[i].option);
		/* SCTP adds the bits of ECN. */
		if (wanted[i].option == IP_TOS || wanted[i].option == IPV6_TCLASS)
			found &= ~ECN;
		if (found != wanted[i].value)
			return false;
	}
	return true;
}

static int
options_of(const struct transport *t, const char *host, const struct wanted *wanted, size_t n)
{
	struct socket_options o = fixture_options;
	struct address peer;
	struct fixture f;
	char text[64];
	int fd, r;

	o.mark = 5;
	o.tos = 0x10;
	o.priority = 3;
	o.freebind = o.transparent = true;
	(void)snprintf(text, sizeof(text), "%s:0/%s", host, t->name);
	CHECK_ROW(text, fixture_prepare(&f, text, false));
	f.l.options = &o;
	r = listener_open(&f.l, BACKLOG, false, NULL, 0, &f.step);
	if (transport_is_missing(t, -r))
		return CHILD_OK;
	CHECK_ROW(text, r == 0);
	CHECK_ROW(text, (fd = fixture_client(&f.l)) >= 0);
	CHECK_ROW(text, fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	CHECK_ROW(text, has_options(wanted, n));
	CHECK(close(FD_CONNECTION) == 0 && close(fd) == 0);
	listener_close(&f.l);
	return CHILD_OK;
}

/* What is set on a listener reaches the connections, whatever the kernel passes on. */
static int
options_reach(void)
{
	static const struct wanted four[] = {{SOL_SOCKET, SO_MARK, 5}, {SOL_SOCKET, SO_PRIORITY, 3},
	    {IPPROTO_IP, IP_TOS, 0x10}, {IPPROTO_IP, IP_FREEBIND, 1},
	    {IPPROTO_IP, IP_TRANSPARENT, 1}};
	static const struct wanted six[] = {{SOL_SOCKET, SO_MARK, 5}, {SOL_SOCKET, SO_PRIORITY, 3},
	    {IPPROTO_IPV6, IPV6_TRANSPARENT, 1}, {IPPROTO_IPV6, IPV6_TCLASS, 0x10}};
	const struct transport *t;
	size_t i;

	if (!isolate())
		SKIP("no namespaces of its own");
	for (i = 0; (t = transport_row(i)) != NULL; i++) {
		if (!t->accepts || t->services == NULL)
			continue;
		if (t->family != AF_INET6)
			CHECK(options_of(t, "127.0.0.1", four, 5) == CHILD_OK);
		/* Not every kernel takes the traffic class of MPTCP. */
		if (t->family != AF_INET)
			CHECK(options_of(t, "[::1]", six, t->protocol == IPPROTO_MPTCP ? 3 : 4) ==
			      CHILD_OK);
	}
	return CHILD_OK;
}

Test(transport, options_reach_connections)
{
	child_run(options_reach);
}
