#include "net/inherit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "net/address.h"
#include "net/endpoint.h"
#include "net/sctp.h"
#include "net/transport.h"

enum { FIRST = 3 };

int
inherit_init(struct inherit *in, int n)
{
	struct inherit made = {.n = n > 0 ? (size_t)n : 0};
	size_t i, k;
	int fd;

	if (made.n > 0) {
		made.fd = malloc(made.n * sizeof(*made.fd));
		if (made.fd == NULL)
			return -ENOMEM;
	}
	/* From the last down: a copy may come to stand where one was said to be and is not, which
	 * must have been looked at before. */
	for (i = made.n; i-- > 0;) {
		fd = fd_raise(FIRST + (int)i);
		made.fd[i] = fd < 0 ? -1 : fd;
		if (fd >= 0 || fd == -EBADF)
			continue;
		for (k = i + 1; k < made.n; k++)
			if (made.fd[k] >= 0)
				(void)close(made.fd[k]);
		free(made.fd);
		return fd;
	}
	*in = made;
	return 0;
}

static bool
has(int fd, int level, int option, int wanted)
{
	socklen_t length = sizeof(int);
	int value;

	return getsockopt(fd, level, option, &value, &length) == 0 && value == wanted;
}

/* The addresses that it is bound to, which the caller frees: how many, or -errno. */
static int
addresses(int fd, const struct transport *t, struct address **v)
{
	struct address a = {.length = sizeof(a.un)};

	if (t != NULL && t->bound != NULL)
		return t->bound(fd, v);
	if (getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	*v = malloc(sizeof(a));
	if (*v == NULL)
		return -ENOMEM;
	**v = a;
	return 1;
}

/* All those of the endpoint and no others, in whatever order. */
static bool
is_bound(int fd, const struct endpoint *e, uint16_t port)
{
	autofree struct address *v = NULL;
	struct address wanted;
	size_t i, n = endpoint_addresses(e);
	int r = addresses(fd, e->transport, &v), k;

	if (r < 0 || (size_t)r != n)
		return false;
	for (i = 0; i < n; i++) {
		wanted = endpoint_address(e, i);
		address_set_port(&wanted, port);
		for (k = 0; k < r && !address_equal(&v[k], &wanted); k++)
			continue;
		if (k == r)
			return false;
	}
	return true;
}

static bool
fits(int fd, const struct endpoint *e, uint16_t port)
{
	const struct transport *t = e->transport;
	int family = e->address.sa.sa_family;

	if (!has(fd, SOL_SOCKET, SO_DOMAIN, family) || !has(fd, SOL_SOCKET, SO_TYPE, t->type) ||
	    !has(fd, SOL_SOCKET, SO_PROTOCOL, t->protocol) ||
	    !has(fd, SOL_SOCKET, SO_ACCEPTCONN, t->listens ? 1 : 0))
		return false;
	/* One for both families would show IPv4 peers as ::ffff:a.b.c.d. */
	if (endpoint_is_mixed(e) ? !sctp_mixes_families(fd)
				 : family == AF_INET6 && !has(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	return is_bound(fd, e, port);
}

int
inherit_match(struct inherit *in, const struct endpoint *e, uint16_t port)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (in->fd[i] >= 0 && fits(in->fd[i], e, port))
			return steal_fd(&in->fd[i]);
	return -1;
}

/* NULL: no row has sockets of that kind. */
static const struct transport *
transport_of(int fd)
{
	const struct transport *t;
	size_t i;

	for (i = 0; (t = transport_row(i)) != NULL; i++)
		if (has(fd, SOL_SOCKET, SO_TYPE, t->type) &&
		    has(fd, SOL_SOCKET, SO_PROTOCOL, t->protocol))
			return t;
	return NULL;
}

static void
warn_unused(int fd, size_t number)
{
	autofree struct address *v = NULL;
	char one[ADDRESS_TEXT], all[2 * ADDRESS_TEXT];
	struct text t;
	int i, n = addresses(fd, transport_of(fd), &v);

	if (n < 0) {
		log_warnx("descriptor %zu of the service manager, not a usable socket, is closed: "
			  "%s",
		    number, strerror(-n));
		return;
	}
	text_init(&t, all, sizeof(all));
	for (i = 0; i < n; i++) {
		text_add(&t, i > 0 ? "+" : "");
		text_add(&t, address_text(&v[i], one, sizeof(one)));
	}
	log_warnx("socket %s of the service manager fits no endpoint and is closed%s", all,
	    n == 1 && v[0].sa.sa_family == AF_INET6 && has(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
		? " (it is not for IPv6 alone: BindIPv6Only=ipv6-only)"
		: "");
}

void
inherit_fini(struct inherit *in)
{
	size_t i;

	if (in == NULL)
		return;
	for (i = 0; i < in->n; i++) {
		if (in->fd[i] < 0)
			continue;
		warn_unused(in->fd[i], FIRST + i);
		(void)close(in->fd[i]);
	}
	free(in->fd);
	in->fd = NULL;
	in->n = 0;
}
