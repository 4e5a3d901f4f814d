#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "net/transport.h"

Test(transport, rows)
{
	const struct transport *t;
	size_t i, k;

	for (i = 0; (t = transport_row(i)) != NULL; i++) {
		cr_expect_eq(transport_find(t->name, strlen(t->name)), t, "%s", t->name);
		cr_expect_not_null(t->label, "%s", t->name);
		cr_expect((t->services == NULL) == (t->family == AF_UNIX), "%s", t->name);
		cr_expect(!(t->exclusive && t->accepts), "%s", t->name);
		cr_expect_eq(t->accepts, t->type != SOCK_DGRAM, "%s", t->name);
		for (k = 0; k < i; k++)
			cr_expect_str_neq(transport_row(k)->name, t->name);
	}
	cr_assert_eq(i, 9);
	cr_assert_null(transport_row(i + 1));
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
	static const struct transport sctp = {
	    .name = "sctp", .services = "sctp", .type = SOCK_STREAM, .protocol = IPPROTO_SCTP};
	static const struct transport mptcp = {
	    .name = "mptcp", .services = "tcp", .type = SOCK_STREAM, .protocol = IPPROTO_TCP + 256};
	const struct transport *t = transport_find("udp", 3);

	cr_expect_str_eq(transport_narrow(t, AF_INET)->name, "udp4");
	cr_expect_str_eq(transport_narrow(t, AF_INET6)->name, "udp6");
	t = transport_find("unix-seqpacket", 14);
	cr_expect_eq(transport_narrow(t, AF_UNIX), t);
	t = transport_find("tcp6", 4);
	cr_expect_eq(transport_narrow(t, AF_INET6), t);
	/* A protocol with one row for both families keeps it, also in another's space of ports. */
	cr_expect_eq(transport_narrow(&sctp, AF_INET6), &sctp);
	cr_expect_eq(transport_narrow(&mptcp, AF_INET6), &mptcp);
	cr_expect(transport_same_space(&mptcp, transport_find("tcp", 3)));
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
}
