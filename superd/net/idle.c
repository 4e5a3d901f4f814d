#include "net/idle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "net/address.h"
#include "net/diag.h"

enum { ANSWER = 4096, STATE_TIME_WAIT = 6, STATE_CLOSE = 7 }; /* linux/tcp_states.h */

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

/* Is there anybody who answers? Asks for the sockets in no state at all: the answer is the end of
 * that list. */
static int
probe(int netlink)
{
	struct request q = {.header.nlmsg_flags = NLM_F_DUMP,
	    .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP}};
	union {
		struct nlmsghdr header;
		char bytes[ANSWER];
	} answer;
	ssize_t n;
	int r = diag_send(netlink, &q.header, sizeof(q));

	if (r < 0)
		return r;
	n = diag_receive(netlink, &answer, sizeof(answer));
	if (n < 0)
		return (int)n;
	/* Without tcp_diag the list ends with an error. */
	return NLMSG_OK(&answer.header, n) && diag_end(&answer.header) == 0 ? 0 : -EOPNOTSUPP;
}

int
idle_open(void)
{
	autoclose int fd = diag_open();
	int r;

	if (fd < 0)
		return fd;
	r = probe(fd);
	return r < 0 ? r : steal_fd(&fd);
}

int
idle_identify(int fd, struct idle_key *key)
{
	struct idle_key found = {0};
	socklen_t length = sizeof(found.interface);
	int r = diag_cookie(fd, &found.cookie);

	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &found.interface, &length) < 0)
		return -errno;
	*key = found;
	return 0;
}

/* Address and port, in network byte order. */
static void
put(const struct address *a, __be32 to[4], __be16 *port)
{
	if (a->sa.sa_family == AF_INET)
		memcpy(to, &a->in.sin_addr, sizeof(a->in.sin_addr));
	else
		memcpy(to, &a->in6.sin6_addr, sizeof(a->in6.sin6_addr));
	*port = htons(address_port(a));
}

int
idle_query(int netlink, uint32_t id, const struct address *local, const struct address *peer,
    const struct idle_key *key)
{
	struct request q = {.header.nlmsg_seq = id};
	struct inet_diag_sockid *sock = &q.body.id;
	int family = local->length > 0 ? local->sa.sa_family : AF_UNSPEC;

	if ((family != AF_INET && family != AF_INET6) || peer->length == 0 ||
	    peer->sa.sa_family != family)
		return -EAFNOSUPPORT;
	q.body.sdiag_family = (uint8_t)family;
	q.body.sdiag_protocol = IPPROTO_TCP;
	q.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
	q.body.idiag_states = UINT32_MAX;
	put(local, sock->idiag_src, &sock->idiag_sport);
	put(peer, sock->idiag_dst, &sock->idiag_dport);
	sock->idiag_if = key->interface;
	diag_put_cookie(key->cookie, sock->idiag_cookie);
	return diag_send(netlink, &q.header, sizeof(q));
}

int
idle_next(int netlink, struct idle_result *r)
{
	union {
		struct nlmsghdr header;
		char bytes[ANSWER];
	} answer;
	ssize_t n;
	int parsed;

	for (;;) {
		n = diag_receive(netlink, &answer, sizeof(answer));
		if (n <= 0)
			return (int)n;
		parsed = idle_parse(&answer, (size_t)n, r);
		if (parsed != -EINVAL)
			return parsed < 0 ? parsed : 1;
	}
}

/* What the attribute INET_DIAG_INFO tells, of which older and newer kernels have less and more;
 * nothing without it. */
static void
take_info(struct idle_result *r, const char *at, size_t n)
{
	struct tcp_info info;
	uint32_t quiet;

	if (diag_attribute(at, n, INET_DIAG_INFO, &info, sizeof(info)) < 0)
		return;
	quiet = info.tcpi_last_data_recv;
	if (info.tcpi_last_data_sent < quiet)
		quiet = info.tcpi_last_data_sent;
	r->moved = info.tcpi_bytes_received + info.tcpi_bytes_acked;
	r->quiet = quiet * USEC_PER_MSEC;
}

int
idle_parse(const void *message, size_t n, struct idle_result *r)
{
	const char *bytes = message;
	struct nlmsghdr header;
	struct inet_diag_msg body;
	int error;

	if (n < sizeof(header))
		return -EINVAL;
	memcpy(&header, bytes, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > n)
		return -EINVAL;
	n = header.nlmsg_len - sizeof(header);
	bytes += sizeof(header);
	if (header.nlmsg_type == NLMSG_ERROR && n >= sizeof(error)) {
		memcpy(&error, bytes, sizeof(error));
		/* None of these addresses; another socket has them. */
		if (error != -ENOENT && error != -ESTALE)
			return error < 0 && error != -EINVAL ? error : -EPROTO;
		*r = (struct idle_result){.id = header.nlmsg_seq, .gone = true};
		return 0;
	}
	if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || n < sizeof(body))
		return -EINVAL;
	memcpy(&body, bytes, sizeof(body));
	*r = (struct idle_result){.id = header.nlmsg_seq};
	r->gone = body.idiag_state == STATE_TIME_WAIT || body.idiag_state == STATE_CLOSE;
	if (r->gone)
		return 0;
	r->state = body.idiag_state;
	take_info(r, bytes + sizeof(body), n - sizeof(body));
	return 0;
}

/* When the last byte moved is known better than by the time of the question. */
usec_t
idle_left(struct idle_watch *w, const struct idle_result *r, usec_t limit, usec_t now)
{
	usec_t last = r->quiet < now ? now - r->quiet : 0;

	if (w->moved != r->moved && last > w->since)
		w->since = last;
	if (w->since > now)
		w->since = now;
	w->moved = r->moved;
	return now - w->since < limit ? limit - (now - w->since) : 0;
}
