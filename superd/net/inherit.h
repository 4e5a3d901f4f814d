/* Sockets passed by a service manager (LISTEN_FDS): each is matched with a configured endpoint or
 * closed with a warning. */
#ifndef NET_INHERIT_H
#define NET_INHERIT_H

#include <stddef.h>
#include <stdint.h>

struct endpoint;

struct inherit {
	int *fd; /* -1: taken */
	size_t n;
};

/* Takes descriptors 3 .. 3+n-1 and moves them above FD_RESERVED. 0 or -errno. */
int inherit_init(struct inherit *in, int n);
/* The socket bound to that endpoint at that port (family, type, protocol, address; listening or not
 * as the transport has it), which now belongs to the caller; -1 if there is none. */
int inherit_match(struct inherit *in, const struct endpoint *e, uint16_t port);
/* Closes what nobody took, with a warning that names its address. */
void inherit_fini(struct inherit *in);

#endif
