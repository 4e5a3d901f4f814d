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
#include "net/address.h"
#include "net/endpoint.h"
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

static bool
fits(int fd, const struct endpoint *e, const struct address *wanted)
{
	const struct transport *t = e->transport;
	struct address a = {.length = sizeof(a.un)};

	/* The kernel names one address of a socket: whether it has the others cannot be told. */
	if (e->nmore > 0 || getsockname(fd, &a.sa, &a.length) < 0 || !address_equal(&a, wanted))
		return false;
	/* One for both families would show IPv4 peers as ::ffff:a.b.c.d. */
	if (a.sa.sa_family == AF_INET6 && !has(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	return has(fd, SOL_SOCKET, SO_DOMAIN, wanted->sa.sa_family) &&
	       has(fd, SOL_SOCKET, SO_TYPE, t->type) &&
	       has(fd, SOL_SOCKET, SO_PROTOCOL, t->protocol) &&
	       has(fd, SOL_SOCKET, SO_ACCEPTCONN, t->listens ? 1 : 0);
}

int
inherit_match(struct inherit *in, const struct endpoint *e, uint16_t port)
{
	struct address wanted = e->address;
	size_t i;

	address_set_port(&wanted, port);
	for (i = 0; i < in->n; i++)
		if (in->fd[i] >= 0 && fits(in->fd[i], e, &wanted))
			return steal_fd(&in->fd[i]);
	return -1;
}

static void
warn_unused(int fd, size_t number)
{
	struct address a = {.length = sizeof(a.un)};
	char text[ADDRESS_TEXT];

	if (getsockname(fd, &a.sa, &a.length) < 0) {
		log_warn("descriptor %zu of the service manager, not a usable socket, is closed",
		    number);
		return;
	}
	log_warnx("socket %s of the service manager fits no endpoint and is closed%s",
	    address_text(&a, text, sizeof(text)),
	    a.sa.sa_family == AF_INET6 && has(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
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
