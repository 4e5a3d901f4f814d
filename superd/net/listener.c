#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/interrupt.h"
#include "net/endpoint.h"
#include "net/options.h"
#include "net/reset.h"
#include "net/sctp.h"
#include "net/transport.h"
#include "net/unixpath.h"

#define DROP_WITHIN USEC_PER_MSEC

enum {
	GROUP_TRIES = 16, /* ports that may be taken on the other family */
	ACCEPT_TRIES = 8, /* connections in a row that are gone */
};

static int
flag(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static bool
is_path(const struct address *a)
{
	return a->sa.sa_family == AF_UNIX && a->un.sun_path[0] != '\0';
}

/* Sets or clears SO_REUSEPORT on every open socket that a shared endpoint meets. Not SO_REUSEADDR:
 * that would let in other users' sockets. */
static void
share(const struct listener *l, struct listener *const *all, size_t n, int value)
{
	const struct endpoint *e = l->endpoint, *other;
	size_t i;

	for (i = 0; i < n; i++) {
		other = all[i]->endpoint;
		if (all[i] == l || all[i]->source.fd < 0 || all[i]->port != l->port ||
		    other->address.sa.sa_family != e->address.sa.sa_family ||
		    !transport_same_space(other->transport, e->transport))
			continue;
		(void)flag(all[i]->source.fd, SOL_SOCKET, SO_REUSEPORT, value);
	}
}

static int
bind_internet(const struct listener *l, int fd, struct listener *const *all, size_t n)
{
	const struct endpoint *e = l->endpoint;
	struct address a = e->address;
	int r;

	address_set_port(&a, l->port);
	if (e->shared) {
		r = flag(fd, SOL_SOCKET, SO_REUSEPORT, 1);
		if (r < 0)
			return r;
		share(l, all, n, 1);
	}
	r = bind(fd, &a.sa, a.length) < 0 ? -errno : 0;
	if (e->shared && e->transport->exclusive) {
		share(l, all, n, 0);
		if (flag(fd, SOL_SOCKET, SO_REUSEPORT, 0) < 0 && r == 0)
			r = -errno;
	}
	return r;
}

/* Has it listen anew, and so become the last one; what waits in its queue stays there. */
static void
raise_listener(const struct listener *l)
{
	if (listen(l->source.fd, 0) == 0)
		(void)listen(l->source.fd, l->backlog);
}

/* Of a wildcard that listens: those of its port that are more specific come before it again. */
static void
raise_specific(const struct listener *l, struct listener *const *all, size_t n)
{
	const struct endpoint *other;
	size_t i;

	for (i = 0; i < n; i++) {
		other = all[i]->endpoint;
		if (all[i]->source.fd >= 0 && all[i]->port == l->port &&
		    !address_is_wildcard(&other->address) &&
		    transport_same_space(other->transport, l->endpoint->transport))
			raise_listener(all[i]);
	}
}

/* What is always set, whatever the configuration says. */
static int
prepare(struct listener *l, int fd, const char **step)
{
	const struct endpoint *e = l->endpoint;
	int r = 0;

	*step = "IPV6_V6ONLY";
	if (endpoint_is_mixed(e))
		r = sctp_mix_families(fd);
	else if (e->address.sa.sa_family == AF_INET6)
		r = flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (r < 0)
		return r;
	/* Connections of an earlier run may linger on the port in TIME_WAIT. */
	*step = "SO_REUSEADDR";
	if (e->transport->listens && e->address.sa.sa_family != AF_UNIX)
		r = flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r < 0)
		return r;
	return options_apply(fd, e, l->options, &l->done, step);
}

static int
bound_port(int fd, uint16_t *port)
{
	struct address a = {.length = sizeof(a.un)};

	if (getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	*port = address_port(&a);
	return 0;
}

/* All after socket(2). On failure nothing but fd is left to close. */
static int
set_up(struct listener *l, int fd, int backlog, struct listener *const *all, size_t n,
    const char **step)
{
	const struct endpoint *e = l->endpoint;
	uint64_t device = 0, inode = 0;
	uint16_t port = l->port;
	int r;

	r = prepare(l, fd, step);
	if (r < 0)
		return r;
	*step = "bind";
	if (is_path(&e->address))
		r = unixpath_bind(fd, &e->address, l->options, &device, &inode, step);
	else
		r = bind_internet(l, fd, all, n);
	if (r == 0 && e->nmore > 0) {
		*step = "bind the further addresses";
		r = e->transport->add_addresses(fd, e->more, e->nmore);
	}
	if (r < 0)
		return r;
	*step = "listen";
	if (e->transport->listens && listen(fd, backlog) < 0)
		r = -errno;
	else if (port == 0)
		r = bound_port(fd, &port);
	if (r < 0) {
		if (inode != 0)
			unixpath_unlink(&e->address, device, inode);
		return r;
	}
	if (!e->transport->listens)
		datagram_prepare(fd, e->address.sa.sa_family);
	l->device = device;
	l->inode = inode;
	l->port = port;
	if (e->shared && e->transport->stacked && address_is_wildcard(&e->address))
		raise_specific(l, all, n);
	return 0;
}

/* Where the kernel lacks what answers, each question has it look for a module: one is enough. */
static void
learn(struct listener *l, bool wait)
{
	int r;

	if (!wait)
		return;
	r = listener_queued(l);
	l->untold = r == -ENOENT || r == -EOPNOTSUPP;
}

int
listener_open(struct listener *l, int backlog, bool wait, struct listener *const *all, size_t n,
    const char **step)
{
	const struct transport *t = l->endpoint->transport;
	int flags = SOCK_CLOEXEC | (t->accepts && !wait ? SOCK_NONBLOCK : 0);
	autoclose int fd = -1;
	int r;

	*step = "socket";
	l->source.fd = -1;
	l->backlog = backlog;
	fd = transport_socket(t, l->endpoint->address.sa.sa_family, flags);
	if (fd < FD_RESERVED)
		fd = fd_raise(fd);
	r = fd < 0 ? fd : set_up(l, fd, backlog, all, n, step);
	l->error = -r;
	if (r < 0)
		return r;
	l->source.fd = steal_fd(&fd);
	learn(l, wait);
	return 0;
}

static bool
left_out(const struct listener *l)
{
	return l->error == EAFNOSUPPORT && l->endpoint->implicit;
}

/* One try. -EAGAIN: a port that not all can have. */
static int
open_all(struct listener *const *group, size_t count, int backlog, bool wait,
    struct listener *const *all, size_t n, const char **step, const struct listener **failed)
{
	const char *at;
	uint16_t port = 0;
	int r, result = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		group[i]->port = port;
		r = listener_open(group[i], backlog, wait, all, n, &at);
		if (r == 0)
			port = group[i]->port;
		if (r == 0 || left_out(group[i]))
			continue;
		if (result == 0 || r == -EADDRINUSE) {
			*step = at;
			*failed = group[i];
			result = r;
		}
		if (r == -EADDRINUSE && port != 0)
			return -EAGAIN;
	}
	for (i = 0; i < count; i++)
		group[i]->port = port;
	return result;
}

int
listener_open_group(struct listener *const *group, size_t count, int backlog, bool wait,
    struct listener *const *all, size_t n, const char **step, const struct listener **failed)
{
	int i, r = -EAGAIN;
	size_t k;

	for (i = 0; i < GROUP_TRIES && r == -EAGAIN; i++) {
		for (k = 0; k < count; k++)
			listener_close(group[k]);
		r = open_all(group, count, backlog, wait, all, n, step, failed);
	}
	if (r != -EAGAIN)
		return r;
	for (k = 0; k < count; k++) {
		listener_close(group[k]);
		group[k]->port = 0;
		group[k]->error = EADDRINUSE;
	}
	return -EADDRINUSE;
}

int
listener_adopt(struct listener *l, int fd, int backlog, bool wait)
{
	const struct transport *t = l->endpoint->transport;
	const char *step;
	int r;

	fd = fd_raise(fd);
	r = fd < 0 ? fd : options_apply(fd, l->endpoint, l->options, &l->done, &step);
	/* Service managers set it on every socket. */
	if (r == 0 && t->exclusive)
		r = flag(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	if (r == 0 && t->exclusive)
		r = flag(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	if (r == 0)
		r = fd_blocking(fd);
	if (r == 0 && t->accepts && !wait && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0 && t->listens && listen(fd, backlog) < 0)
		r = -errno;
	if (r == 0)
		r = bound_port(fd, &l->port);
	l->error = -r;
	if (r < 0) {
		fd_cleanup(&fd);
		return r;
	}
	if (!t->listens)
		datagram_prepare(fd, l->endpoint->address.sa.sa_family);
	l->device = l->inode = 0;
	l->source.fd = fd;
	l->backlog = backlog;
	learn(l, wait);
	if (l->endpoint->shared && t->stacked && !address_is_wildcard(&l->endpoint->address))
		raise_listener(l);
	return 0;
}

void
listener_close(struct listener *l)
{
	if (l == NULL || l->source.fd < 0)
		return;
	if (l->inode != 0)
		unixpath_unlink(&l->endpoint->address, l->device, l->inode);
	l->device = l->inode = 0;
	(void)close(l->source.fd);
	l->source.fd = -1;
}

int
listener_local(const struct listener *l, struct address *local)
{
	struct address a = {.length = sizeof(a.un)};

	if (getsockname(l->source.fd, &a.sa, &a.length) < 0)
		return -errno;
	/* It may tell an association's. */
	if (l->endpoint->transport->bound != NULL) {
		a = l->endpoint->address;
		address_set_port(&a, l->port);
	}
	*local = a;
	return 0;
}

/* What accept(2) says of a connection that is already lost, or of the way to it, and not of the
 * listener. EPERM: firewall rules. */
static bool
is_lost(int error)
{
	static const int lost[] = {EINTR, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN,
	    ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH, EPERM, ETIMEDOUT};
	size_t i;

	for (i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (error == lost[i])
			return true;
	return false;
}

int
listener_accept(struct listener *l, struct address *peer)
{
	struct address a;
	int fd = -1, r, i;

	for (i = 0; i < ACCEPT_TRIES && fd < 0; i++) {
		memset(&a, 0, sizeof(a));
		a.length = sizeof(a.un);
		fd = accept4(l->source.fd, &a.sa, &a.length, SOCK_CLOEXEC);
		if (fd < 0 && !is_lost(errno))
			return -errno;
	}
	if (fd < 0)
		return -EAGAIN;
	/* The lowest free descriptor is the reserved one, unless a descriptor below it is closed.
	 */
	if (fd != FD_CONNECTION) {
		r = dup3(fd, FD_CONNECTION, O_CLOEXEC) < 0 ? -errno : 0;
		(void)close(fd);
		if (r < 0)
			return r;
	}
	if (l->done.again != 0)
		options_again(FD_CONNECTION, &l->done, l->options);
	*peer = a;
	return FD_CONNECTION;
}

void
listener_connection_local(const struct listener *l, struct address *local)
{
	const struct address *bound = &l->endpoint->address;

	if (!address_is_wildcard(bound) && l->endpoint->nmore == 0 && !l->options->transparent) {
		*local = *bound;
		address_set_port(local, l->port);
		return;
	}
	local->length = sizeof(local->un);
	if (getsockname(FD_CONNECTION, &local->sa, &local->length) < 0)
		local->length = 0;
}

int
listener_peek(struct listener *l, struct datagram *d)
{
	return datagram_peek(l->source.fd, l->endpoint->address.sa.sa_family, d);
}

/*
 * The socket blocks, and what is left of a handler may take the connection first. O_NONBLOCK would
 * be no help: it stands on the open file description, where the others clear it again. Nor may a
 * SO_LINGER that they set hold up the close.
 */
static int
drop_connection(int listening)
{
	const struct linger off = {.l_onoff = 0};
	struct interrupt saved;
	int fd, r;

	r = interrupt_begin(&saved, DROP_WITHIN);
	if (r < 0)
		return r;
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		r = errno == EINTR ? -EAGAIN : -errno;
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
	fd_cleanup(&fd);
	interrupt_end(&saved);
	return r;
}

int
listener_drop(struct listener *l)
{
	const struct transport *t = l->endpoint->transport;

	if (t->drop != NULL)
		return t->drop(l->source.fd);
	if (t->accepts)
		return drop_connection(l->source.fd);
	return datagram_drop(l->source.fd);
}

int
listener_first(const struct listener *l, uint64_t *mark)
{
	const struct transport *t = l->endpoint->transport;

	return t->first != NULL ? t->first(l->source.fd, mark) : -EOPNOTSUPP;
}

int
listener_queued(const struct listener *l)
{
	const struct transport *t = l->endpoint->transport;

	return t->queued != NULL && !l->untold ? t->queued(l->source.fd) : -EOPNOTSUPP;
}

bool
listener_readable(const struct listener *l)
{
	struct pollfd p = {.fd = l->source.fd, .events = POLLIN};

	return p.fd >= 0 && poll(&p, 1, 0) > 0;
}

int
listener_restore(struct listener *l, int backlog)
{
	struct pollfd p = {.fd = l->source.fd, .events = POLLRDHUP};
	const struct transport *t = l->endpoint->transport;
	struct address a = {.length = sizeof(a.un)};
	int value = 0, r;
	socklen_t length = sizeof(value);

	r = fd_blocking(p.fd);
	if (r < 0)
		return r;
	reset_socket(p.fd, t);
	if (t->listens) {
		if (getsockopt(p.fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) < 0)
			return -errno;
		if (value == 0)
			return -ENOTCONN;
		if (listen(p.fd, backlog) < 0)
			return -errno;
	} else {
		if (getpeername(p.fd, &a.sa, &a.length) == 0)
			return -EISCONN;
		datagram_reset(p.fd, l->endpoint->address.sa.sa_family);
	}
	length = sizeof(value);
	if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &value, &length) < 0)
		return -errno;
	/* shutdown(2) for reading: readable for ever, with nothing to read. */
	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP)) != 0)
		return -ENOTCONN;
	return t->listens ? 0 : datagram_uncork(p.fd);
}
