#include "net/options.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "net/endpoint.h"
#include "net/listener.h"
#include "net/transport.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* linux/in6.h, which can not stand beside netinet/in.h */
#endif

/* How the field of struct socket_options is held, and so when it is unset. */
enum field { FIELD_FLAG, FIELD_INT, FIELD_WIDE, FIELD_TEXT };

enum sockets {
	EVERY = 1,	/* unix sockets too */
	INTERNET = 2,	/* those of IPv4 and IPv6 */
	CONNECTION = 4, /* of those, the ones that accept */
};

struct option {
	const char *name;
	size_t offset; /* of the field */
	enum field field;
	enum sockets sockets;
	int level; /* one of IP or IPv6: that family only; of a protocol: its transports only */
	int option;
	int force; /* tried first: the same beyond the system's limits, with CAP_NET_ADMIN; or 0 */
};

#define FIELD(name) offsetof(struct socket_options, name)

/* IP_TOS changes the priority, so that comes after it. */
static const struct option options[] = {
    {"SO_BINDTODEVICE", FIELD(device), FIELD_TEXT, INTERNET, SOL_SOCKET, SO_BINDTODEVICE, 0},
    {"SO_MARK", FIELD(mark), FIELD_WIDE, INTERNET, SOL_SOCKET, SO_MARK, 0},
    {"IP_FREEBIND", FIELD(freebind), FIELD_FLAG, INTERNET, IPPROTO_IP, IP_FREEBIND, 0},
    {"IPV6_FREEBIND", FIELD(freebind), FIELD_FLAG, INTERNET, IPPROTO_IPV6, IPV6_FREEBIND, 0},
    {"IP_TRANSPARENT", FIELD(transparent), FIELD_FLAG, INTERNET, IPPROTO_IP, IP_TRANSPARENT, 0},
    {"IPV6_TRANSPARENT", FIELD(transparent), FIELD_FLAG, INTERNET, IPPROTO_IPV6, IPV6_TRANSPARENT,
	0},
    {"IP_TOS", FIELD(tos), FIELD_INT, INTERNET, IPPROTO_IP, IP_TOS, 0},
    {"IPV6_TCLASS", FIELD(tos), FIELD_INT, INTERNET, IPPROTO_IPV6, IPV6_TCLASS, 0},
    {"SO_PRIORITY", FIELD(priority), FIELD_INT, INTERNET, SOL_SOCKET, SO_PRIORITY, 0},
    {"SO_SNDBUF", FIELD(send_buffer), FIELD_WIDE, EVERY, SOL_SOCKET, SO_SNDBUF, SO_SNDBUFFORCE},
    {"SO_RCVBUF", FIELD(receive_buffer), FIELD_WIDE, EVERY, SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE},
    {"SO_KEEPALIVE", FIELD(keepalive), FIELD_FLAG, CONNECTION, SOL_SOCKET, SO_KEEPALIVE, 0},
    {"TCP_NODELAY", FIELD(nodelay), FIELD_FLAG, CONNECTION, IPPROTO_TCP, TCP_NODELAY, 0},
    {"TCP_CONGESTION", FIELD(congestion), FIELD_TEXT, CONNECTION, IPPROTO_TCP, TCP_CONGESTION, 0},
    {"TCP_DEFER_ACCEPT", FIELD(defer_accept), FIELD_INT, CONNECTION, IPPROTO_TCP, TCP_DEFER_ACCEPT,
	0},
    {"TCP_FASTOPEN", FIELD(fastopen), FIELD_INT, CONNECTION, IPPROTO_TCP, TCP_FASTOPEN, 0},
};

static bool
fits(const struct option *option, const struct endpoint *e)
{
	const struct transport *t = e->transport;
	int family = e->address.sa.sa_family;

	if (option->sockets != EVERY && family == AF_UNIX)
		return false;
	if (option->sockets == CONNECTION && !t->accepts)
		return false;
	if (option->level == IPPROTO_IP)
		return family == AF_INET;
	if (option->level == IPPROTO_IPV6)
		return family == AF_INET6;
	return option->level == SOL_SOCKET || option->level == t->level;
}

static int
set_number(int fd, const struct option *option, int64_t wide)
{
	uint32_t value = (uint32_t)wide; /* SO_MARK is unsigned, all others fit an int */

	if (wide > UINT32_MAX || (wide > INT_MAX && option->force != 0))
		return -ERANGE;
	if (option->force != 0 &&
	    setsockopt(fd, option->level, option->force, &value, sizeof(value)) == 0)
		return 0;
	if (setsockopt(fd, option->level, option->option, &value, sizeof(value)) < 0)
		return -errno;
	return 0;
}

static int
set(int fd, const struct option *option, const struct socket_options *o)
{
	const void *field = (const char *)o + option->offset;
	const char *text;
	int64_t wide = -1;

	switch (option->field) {
	case FIELD_TEXT:
		text = *(char *const *)field;
		if (text != NULL && setsockopt(fd, option->level, option->option, text,
					(socklen_t)strlen(text) + 1) < 0)
			return -errno;
		return 0;
	case FIELD_FLAG:
		wide = *(const bool *)field ? 1 : -1;
		break;
	case FIELD_INT:
		wide = *(const int *)field;
		break;
	case FIELD_WIDE:
		wide = *(const int64_t *)field;
		break;
	}
	return wide < 0 ? 0 : set_number(fd, option, wide);
}

int
options_apply(int fd, const struct endpoint *e, const struct socket_options *o, const char **step)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!fits(&options[i], e))
			continue;
		r = set(fd, &options[i], o);
		if (r < 0) {
			*step = options[i].name;
			return r;
		}
	}
	return 0;
}
