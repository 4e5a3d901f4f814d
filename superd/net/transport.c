#include "net/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "net/queued.h"
#include "net/sctp.h"

static const struct transport transports[] = {
    {
	.name = "tcp",
	.label = "TCP",
	.services = "tcp",
	.family = AF_UNSPEC,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.listens = true,
	.accepts = true,
	.counted = true,
	.queued = queued_tcp,
    },
    {
	.name = "tcp4",
	.label = "TCP",
	.services = "tcp",
	.family = AF_INET,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.listens = true,
	.accepts = true,
	.counted = true,
	.queued = queued_tcp,
    },
    {
	.name = "tcp6",
	.label = "TCP",
	.services = "tcp",
	.family = AF_INET6,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.level = IPPROTO_TCP,
	.listens = true,
	.accepts = true,
	.counted = true,
	.queued = queued_tcp,
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
	.name = "udplite",
	.label = "UDPLITE",
	.services = "udplite",
	.fallback = "udp",
	.family = AF_UNSPEC,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDPLITE,
	.level = IPPROTO_UDPLITE,
	.exclusive = true,
	.kernel = {"UDP-Lite", "UDPLITEv6"},
	.needs = "a kernel that still has UDP-Lite",
    },
    {
	.name = "mptcp",
	.label = "TCP",
	.services = "tcp",
	.family = AF_UNSPEC,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_MPTCP,
	.level = IPPROTO_TCP,
	.listens = true,
	.accepts = true,
	.unfiltered = true,
	.queued = queued_tcp,
	.kernel = {"MPTCP", "MPTCPv6"},
	.needs = "a kernel with CONFIG_MPTCP, and sysctl net.mptcp.enabled=1",
    },
    {
	.name = "sctp",
	.label = "SCTP",
	.services = "sctp",
	.fallback = "tcp",
	.family = AF_UNSPEC,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_SCTP,
	.level = IPPROTO_SCTP,
	.listens = true,
	.accepts = true,
	.accepts_bare = true,
	.stacked = true,
	.add_addresses = sctp_add_addresses,
	.bound = sctp_bound,
	.queued = queued_sctp,
	.kernel = {"SCTP", "SCTPv6"},
	.needs = "the kernel module sctp (CONFIG_IP_SCTP), with hmac and sha1",
    },
    {
	.name = "sctp-seqpacket",
	.label = "SCTP",
	.services = "sctp",
	.fallback = "tcp",
	.family = AF_UNSPEC,
	.type = SOCK_SEQPACKET,
	.protocol = IPPROTO_SCTP,
	.level = IPPROTO_SCTP,
	.listens = true,
	.stacked = true,
	.add_addresses = sctp_add_addresses,
	.bound = sctp_bound,
	.drop = sctp_drop,
	.first = sctp_first,
	.kernel = {"SCTP", "SCTPv6"},
	.needs = "the kernel module sctp (CONFIG_IP_SCTP), with hmac and sha1",
    },
    {
	.name = "dccp",
	.label = "DCCP",
	.services = "dccp",
	.fallback = "udp",
	.family = AF_UNSPEC,
	.type = SOCK_DCCP,
	.protocol = IPPROTO_DCCP,
	.level = SOL_DCCP,
	.listens = true,
	.accepts = true,
	.kernel = {"DCCP", "DCCPv6"},
	.needs = "the kernel modules dccp_ipv4 and dccp_ipv6 (CONFIG_IP_DCCP, Linux before 6.16)",
    },
    {
	.name = "unix",
	.label = "UNIX",
	.family = AF_UNIX,
	.type = SOCK_STREAM,
	.listens = true,
	.accepts = true,
	.queued = queued_unix,
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
	.listens = true,
	.accepts = true,
	.queued = queued_unix,
    },
};

enum { ROWS = sizeof(transports) / sizeof(transports[0]) };
_Static_assert(sizeof(transports) / sizeof(transports[0]) == TRANSPORTS, "the number of rows");

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

size_t
transport_index(const struct transport *t)
{
	return (size_t)(t - transports);
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

int
transport_socket(const struct transport *t, int family, int flags)
{
	int fd = socket(family, t->type | flags, t->protocol);

	if (fd >= 0)
		return fd;
	/* MPTCP that is switched off. */
	return errno == ENOPROTOOPT ? -EPROTONOSUPPORT : -errno;
}

bool
transport_is_missing(const struct transport *t, int error)
{
	/* ENOSYS: SCTP without the hash of its cookies. */
	return t->needs != NULL &&
	       (error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT || error == ENOSYS);
}

bool
transport_is_known(const struct transport *t, int family)
{
	const char *name = t->kernel[family == AF_INET6];
	char line[256];
	size_t n;
	bool found = false;
	FILE *f;

	if (name == NULL)
		return true;
	f = fopen("/proc/net/protocols", "re");
	if (f == NULL)
		return true;
	n = strlen(name);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, name, n) == 0 && line[n] == ' ';
	(void)fclose(f);
	return found;
}
