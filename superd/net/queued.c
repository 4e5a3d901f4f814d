#include "net/queued.h"

#include <errno.h>
#include <limits.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "net/address.h"
#include "net/diag.h"

enum {
	ANSWER = 8192,
	ANSWERS = 16, /* that are looked at */
};

/* Of a listening socket the "unacknowledged" ones are those in its queue. */
int
queued_tcp(int fd)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		return -errno;
	return info.tcpi_state == TCP_LISTEN ? (int)info.tcpi_unacked : -ENOTCONN;
}

static int
number(uint32_t n)
{
	return n <= INT_MAX ? (int)n : -EPROTO;
}

/* What the body of a message, n bytes, says about the socket with that cookie: the number, or
 * -EAGAIN if it is about another one. */
typedef int reader(const void *body, size_t n, const uint32_t cookie[2]);

static int
read_message(const struct nlmsghdr *h, reader *read_body, const uint32_t cookie[2])
{
	int r = diag_end(h);

	if (r == -EAGAIN)
		return read_body(NLMSG_DATA(h), NLMSG_PAYLOAD(h, 0), cookie);
	return r < 0 ? r : -ENOENT;
}

static int
ask(struct nlmsghdr *request, size_t n, reader *read_body, const uint32_t cookie[2])
{
	union {
		struct nlmsghdr header;
		char bytes[ANSWER];
	} answer;
	autoclose int netlink = diag_open();
	const struct nlmsghdr *h;
	ssize_t length;
	uint32_t left;
	int i, r;

	r = netlink < 0 ? netlink : diag_send(netlink, request, n);
	if (r < 0)
		return r;
	for (i = 0; i < ANSWERS; i++) {
		length = diag_receive(netlink, &answer, sizeof(answer));
		if (length <= 0)
			return length < 0 ? (int)length : -ENODATA;
		left = (uint32_t)length;
		for (h = &answer.header; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			r = read_message(h, read_body, cookie);
			if (r != -EAGAIN)
				return r;
		}
	}
	return -E2BIG;
}

static int
read_sctp(const void *body, size_t n, const uint32_t cookie[2])
{
	struct inet_diag_msg m;

	if (n < sizeof(m))
		return -EPROTO;
	memcpy(&m, body, sizeof(m));
	if (memcmp(m.id.idiag_cookie, cookie, sizeof(m.id.idiag_cookie)) != 0)
		return -EAGAIN;
	return m.idiag_state == TCP_LISTEN ? number(m.idiag_rqueue) : -ENOTCONN;
}

/* The kernel knows single associations by their addresses, but of sockets that listen only all at a
 * port. */
int
queued_sctp(int fd)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} q = {.header.nlmsg_flags = NLM_F_DUMP};
	struct address a = {.length = sizeof(a.un)};
	socklen_t length = sizeof(int);
	uint64_t cookie;
	int family, r = diag_cookie(fd, &cookie);

	if (r < 0)
		return r;
	/* The name may be that of an association: of another family where there are both. */
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) < 0 ||
	    getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	q.body.sdiag_family = (uint8_t)family;
	q.body.sdiag_protocol = IPPROTO_SCTP;
	q.body.idiag_states = 1U << TCP_LISTEN;
	q.body.id.idiag_sport = htons(address_port(&a));
	diag_put_cookie(cookie, q.body.id.idiag_cookie);
	return ask(&q.header, sizeof(q), read_sctp, q.body.id.idiag_cookie);
}

/* The kernel has looked at the cookie. */
static int
read_unix(const void *body, size_t n, const uint32_t cookie[2])
{
	struct unix_diag_rqlen queue;
	struct unix_diag_msg m;
	int r;

	(void)cookie;
	if (n < sizeof(m))
		return -EPROTO;
	memcpy(&m, body, sizeof(m));
	if (m.udiag_state != TCP_LISTEN)
		return -ENOTCONN;
	r = diag_attribute((const char *)body + NLMSG_ALIGN(sizeof(m)), n - NLMSG_ALIGN(sizeof(m)),
	    UNIX_DIAG_RQLEN, &queue, sizeof(queue));
	return r < 0 ? r : number(queue.udiag_rqueue);
}

int
queued_unix(int fd)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req body;
	} q = {0};
	uint64_t cookie;
	struct stat st;
	int r = diag_cookie(fd, &cookie);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	q.body.sdiag_family = AF_UNIX;
	q.body.udiag_ino = (uint32_t)st.st_ino;
	q.body.udiag_show = UDIAG_SHOW_RQLEN;
	q.body.udiag_states = UINT32_MAX;
	diag_put_cookie(cookie, q.body.udiag_cookie);
	return ask(&q.header, sizeof(q), read_unix, q.body.udiag_cookie);
}
