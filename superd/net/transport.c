#include "net/transport.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static const struct transport transports[] = {
    {
	.name = "tcp",
	.label = "TCP",
	.services = "tcp",
	.family = AF_UNSPEC,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.accepts = true,
    },
    {
	.name = "tcp4",
	.label = "TCP",
	.services = "tcp",
	.family = AF_INET,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.accepts = true,
    },
    {
	.name = "tcp6",
	.label = "TCP",
	.services = "tcp",
	.family = AF_INET6,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.accepts = true,
    },
    {
	.name = "udp",
	.label = "UDP",
	.services = "udp",
	.family = AF_UNSPEC,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.level = IPPROTO_UDP,
	.exclusive = true,
    },
    {
	.name = "udp4",
	.label = "UDP",
	.services = "udp",
	.family = AF_INET,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.level = IPPROTO_UDP,
	.exclusive = true,
    },
    {
	.name = "udp6",
	.label = "UDP",
	.services = "udp",
	.family = AF_INET6,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.level = IPPROTO_UDP,
	.exclusive = true,
    },
    {
	.name = "unix",
	.label = "UNIX",
	.family = AF_UNIX,
	.type = SOCK_STREAM,
	.accepts = true,
    },
    {
	.name = "unix-dgram",
	.label = "UNIX",
	.family = AF_UNIX,
	.type = SOCK_DGRAM,
    },
    {
	.name = "unix-seqpacket",
	.label = "UNIX",
	.family = AF_UNIX,
	.type = SOCK_SEQPACKET,
	.accepts = true,
    },
};

enum { ROWS = sizeof(transports) / sizeof(transports[0]) };

const struct transport *
transport_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strlen(transports[i].name) == n && memcmp(transports[i].name, name, n) == 0)
			return &transports[i];
	return NULL;
}

const struct transport *
transport_row(size_t i)
{
	return i < ROWS ? &transports[i] : NULL;
}

bool
transport_same_space(const struct transport *a, const struct transport *b)
{
	if (a->services == NULL || b->services == NULL)
		return a->services == b->services && a->type == b->type;
	return strcmp(a->services, b->services) == 0;
}

const struct transport *
transport_narrow(const struct transport *t, int family)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (transports[i].family == family && transports[i].type == t->type &&
		    transports[i].protocol == t->protocol &&
		    transport_same_space(&transports[i], t))
			return &transports[i];
	return t;
}
