#include "net/datagram.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/fd.h"

enum {
	PEEK_TRIES = 4, /* pending errors in a row */
	NSEC_PER_SEC = 1000000000,
};

static void
off(int fd, int level, int option)
{
	int value = 0;

	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
datagram_prepare(int fd, int family)
{
	struct timespec unused;

	/* Asked for once, they are kept for the socket from then on. */
	if (family != AF_UNIX)
		(void)ioctl(fd, SIOCGSTAMPNS, &unused);
}

/* A socket that talks to itself; -errno. */
static int
open_echo(void)
{
	autoclose int fd = fd_raise(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	struct address self = {.in = {.sin_family = AF_INET}, .length = sizeof(self.in)};

	if (fd < 0)
		return fd;
	self.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, &self.sa, self.length) < 0 || getsockname(fd, &self.sa, &self.length) < 0 ||
	    connect(fd, &self.sa, self.length) < 0)
		return -errno;
	datagram_prepare(fd, AF_INET);
	return steal_fd(&fd);
}

int
datagram_await_stamps(usec_t limit)
{
	usec_t until = clock_now() + limit;
	autoclose int fd = open_echo();
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct datagram d;

	if (fd < 0)
		return fd;
	do {
		if (send(fd, NULL, 0, MSG_DONTWAIT) < 0)
			return -errno;
		(void)poll(&p, 1, 1);
		if (datagram_peek(fd, AF_INET, &d) == 0) {
			if (d.arrival != 0)
				return 0;
			(void)datagram_drop(fd);
		}
	} while (clock_now() < until);
	return -ETIMEDOUT;
}

/* ns of CLOCK_REALTIME, as the kernel stamps packets. */
static uint64_t
real_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static int
peek_once(int fd, int family, struct datagram *d)
{
	struct msghdr m = {.msg_name = &d->peer.sa, .msg_namelen = sizeof(d->peer.un)};
	struct timespec stamp;
	ssize_t n;

	memset(d, 0, sizeof(*d));
	n = recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0)
		return -errno;
	d->peer.length = m.msg_namelen;
	d->length = (size_t)n;
	if (family != AF_UNIX && ioctl(fd, SIOCGSTAMPNS, &stamp) == 0)
		d->arrival = (uint64_t)stamp.tv_sec * NSEC_PER_SEC + (uint64_t)stamp.tv_nsec;
	return 0;
}

/* A packet that the kernel did not stamp has the time of the call as its arrival, which would
 * differ at each peek. One that was there before the call came before it. */
static int
peek_stable(int fd, int family, struct datagram *d)
{
	uint64_t before;
	int i, r;

	for (i = 0; i < 2; i++) {
		before = real_now();
		r = peek_once(fd, family, d);
		if (r < 0 || d->arrival < before)
			return r;
	}
	d->arrival = 0;
	return 0;
}

int
datagram_peek(int fd, int family, struct datagram *d)
{
	struct datagram found;
	int i, r;

	for (i = 0; i < PEEK_TRIES; i++) {
		r = peek_stable(fd, family, &found);
		if (r == 0)
			*d = found;
		/* These are about the socket or the system, all others an error left on the socket
		 * by what was sent from it, which reading it has cleared. */
		if (r == 0 || r == -EAGAIN || r == -EBADF || r == -ENOTSOCK || r == -ENOMEM ||
		    r == -ENOTCONN || r == -EINVAL)
			return r;
	}
	return -EAGAIN;
}

bool
datagram_same(const struct datagram *a, const struct datagram *b)
{
	return a->arrival == b->arrival && a->length == b->length &&
	       address_equal(&a->peer, &b->peer);
}

int
datagram_drop(int fd)
{
	int i, r = -EAGAIN;

	/* An error left on the socket is reported first, once. */
	for (i = 0; i < 2; i++) {
		r = recv(fd, NULL, 0, MSG_DONTWAIT) < 0 ? -errno : 0;
		if (r == 0 || r == -EAGAIN)
			break;
	}
	return r;
}

/* Bytes that cannot be read let the kernel go as far as to the packet, which it then discards with
 * what was corked: nothing leaves. Whatever else is said, a route that is missing for one, is of
 * no interest. */
int
datagram_uncork(int fd)
{
	struct address self = {.length = sizeof(self.un)};

	if (getsockname(fd, &self.sa, &self.length) < 0)
		return -errno;
	if (sendto(fd, NULL, 1, MSG_DONTWAIT | MSG_NOSIGNAL, &self.sa, self.length) < 0 &&
	    errno == EPIPE)
		return -EPIPE;
	if (self.sa.sa_family != AF_UNIX)
		off(fd, IPPROTO_UDP, UDP_CORK);
	return 0;
}

void
datagram_reset(int fd, int family)
{
	off(fd, SOL_SOCKET, SO_TIMESTAMP);
	off(fd, SOL_SOCKET, SO_TIMESTAMPING);
	if (family == AF_INET)
		off(fd, IPPROTO_IP, IP_RECVERR);
	else if (family == AF_INET6)
		off(fd, IPPROTO_IPV6, IPV6_RECVERR);
}
