/* The host part of an endpoint: numeric addresses, names of hosts, every address. */
#ifndef NET_HOST_H
#define NET_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "net/address.h"

struct text;
struct transport;

struct host {
	struct address *v; /* without port */
	size_t n;
	bool implicit; /* the families were not asked for: one that the kernel lacks is skipped */
	bool joined;   /* addresses of one socket, else each is a socket of its own */
};

/*
 * "192.0.2.1", "[2001:db8::1]", "[fe80::1%eth0]", "web.example.org" (getaddrinfo(3)), "localhost"
 * (RFC 6761: the loopback addresses), "*" or NULL (every address); and for a transport with several
 * addresses a socket "192.0.2.1+[2001:db8::1]", each once, IPv6 ones first in what comes out.  Only
 * families that the transport takes. 0, or -EINVAL, -ENOENT (unknown name), -ENOMEM with a
 * sentence in error.
 */
int host_parse(struct host *h, const char *text, const struct transport *t, struct text *error);
void host_fini(struct host *h);

#endif
