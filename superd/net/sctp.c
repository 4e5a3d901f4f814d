#include "net/sctp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Wants those above. */
#include <linux/sctp.h>

#include "base/fd.h"
#include "net/address.h"

static int
local_port(int fd, uint16_t *port)
{
	struct address a = {.length = sizeof(a.un)};

	if (getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	*port = address_port(&a);
	return 0;
}

int
sctp_add_addresses(int fd, const struct address *v, size_t n)
{
	autofree char *packed = NULL;
	struct address a;
	size_t i, length = 0;
	uint16_t port;
	int r;

	if (n == 0)
		return 0;
	r = local_port(fd, &port);
	if (r < 0)
		return r;
	packed = malloc(n * sizeof(a.in6));
	if (packed == NULL)
		return -ENOMEM;
	/* Of different lengths, without a gap. */
	for (i = 0; i < n; i++) {
		a = v[i];
		address_set_port(&a, port);
		memcpy(packed + length, &a.sa, a.length);
		length += a.length;
	}
	if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, packed, (socklen_t)length) < 0)
		return -errno;
	return 0;
}

int
sctp_mix_families(int fd)
{
	const int off = 0;

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, &off, sizeof(off)) < 0)
		return -errno;
	return 0;
}

/* The association with that peer; -errno. */
static int
find_association(int fd, const struct address *peer, sctp_assoc_t *id)
{
	struct sctp_paddrinfo info = {0};
	socklen_t length = sizeof(info);

	memcpy(&info.spinfo_address, &peer->sa, peer->length);
	if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &info, &length) < 0)
		return -errno;
	*id = info.spinfo_assoc_id;
	return 0;
}

int
sctp_drop(int fd)
{
	const struct linger at_once = {.l_onoff = 1};
	struct address peer = {.length = 0};
	struct msghdr m = {.msg_name = &peer.sa, .msg_namelen = sizeof(peer.un)};
	sctp_peeloff_arg_t peeled = {0};
	socklen_t length = sizeof(peeled);
	int r;

	if (recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT) < 0)
		return -errno;
	peer.length = m.msg_namelen;
	r = find_association(fd, &peer, &peeled.associd);
	if (r < 0)
		return r;
	if (getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peeled, &length) < 0)
		return -errno;
	(void)setsockopt(peeled.sd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	fd_cleanup(&peeled.sd);
	return 0;
}
