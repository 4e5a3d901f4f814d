/* The transports, one row each; nothing else in superd switches on a protocol. */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

struct transport {
	const char *name;     /* in an endpoint: "tcp", "udp6", "unix-seqpacket" */
	const char *label;    /* in the handler's environment and the log: "TCP", "UDP", "UNIX" */
	const char *services; /* protocol in services(5), which also names the space of its ports;
				 NULL: has no ports */
	const char *fallback; /* protocol whose names of ports serve where `services` has none */
	int family;	      /* AF_UNSPEC: IPv4 and IPv6 */
	int type;	      /* socket(2)'s, without flags */
	int protocol;	      /* socket(2)'s */
	int level;    /* setsockopt(2) level of the protocol's own options; 0: it has none */
	bool accepts; /* has connections to accept(2); else datagrams, and only `wait` serves it */
	bool exclusive; /* a bound port shared with a more specific address needs the reuse option
			   for the bind only (UDP) */
};

/* NULL if there is none of that name (length n). */
const struct transport *transport_find(const char *name, size_t n);
/* Row i, NULL after the last. */
const struct transport *transport_row(size_t i);
/* The row of the same protocol for that family alone ("tcp6" of "tcp"), t itself if it has none. */
const struct transport *transport_narrow(const struct transport *t, int family);
/* Do two transports bind in one space of ports (or of abstract names)? */
bool transport_same_space(const struct transport *a, const struct transport *b);

#endif
