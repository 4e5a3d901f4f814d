/* The transports, one row each; nothing else in superd switches on a protocol. */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;

struct transport {
	const char *name;     /* in an endpoint: "tcp", "udp6", "unix-seqpacket" */
	const char *label;    /* in the handler's environment: "TCP", "SCTP", "UNIX" */
	const char *services; /* protocol in services(5), which also names the space of its ports;
				 NULL: has no ports */
	const char *fallback; /* protocol whose names of ports serve where `services` has none */
	int family;	      /* AF_UNSPEC: IPv4 and IPv6 */
	int type;	      /* socket(2)'s, without flags */
	int protocol;	      /* socket(2)'s */
	int level;    /* setsockopt(2) level of the protocol's own options; 0: it has none */
	bool listens; /* listen(2): it has a queue of connections or associations, else datagrams */
	bool accepts; /* has connections to accept(2); else only `wait` serves it */
	bool accepts_bare; /* what accept(2) gives has not the options of IP and of SOL_SOCKET that
			      the listener has (SCTP) */
	bool exclusive;	 /* a bound port shared with a more specific address needs the reuse option
			    for the bind only (UDP) */
	bool unfiltered; /* takes no socket filter */
	bool counted;	 /* the kernel tells how many bytes a connection has moved (net/idle) */
	bool stacked; /* of the sockets that share a port the last one to listen gets the peers, not
			 the most specific (SCTP) */
	/* Further addresses for a socket that is bound to one: 0 or -errno. NULL: takes no more. */
	int (*add_addresses)(int fd, const struct address *v, size_t n);
	/* The addresses that a socket is bound to, with its port, where getsockname(2) may tell
	 * another one: how many, or -errno; the caller frees them. NULL: it is getsockname(2)'s. */
	int (*bound)(int fd, struct address **v);
	/* Takes what a socket is ready for from its queue, unread: 0 or -errno. NULL: by accept(2)
	 * or a read of no bytes. */
	int (*drop)(int fd);
	/* What is first in the queue of a socket that listens, to know it again: 0 or -errno. NULL:
	 * that cannot be told. */
	int (*first)(int fd, uint64_t *mark);
	/* The connections in the queue of a socket that listens (net/queued): the number or -errno.
	 * NULL: that cannot be told. */
	int (*queued)(int fd);
	/* What the protocol is called in /proc/net/protocols, for IPv4 and IPv6, and what a kernel
	 * without it lacks. NULL: no kernel is without. */
	const char *kernel[2];
	const char *needs;
};

enum { TRANSPORTS = 14 };

/* NULL if there is none of that name (length n). */
const struct transport *transport_find(const char *name, size_t n);
/* Row i, NULL after the last. */
const struct transport *transport_row(size_t i);
size_t transport_index(const struct transport *t);
/* The row of the same protocol for that family alone ("tcp6" of "tcp"), t itself if it has none. */
const struct transport *transport_narrow(const struct transport *t, int family);
/* Do two transports bind in one space of ports (or of abstract names)? */
bool transport_same_space(const struct transport *a, const struct transport *b);
/* A socket for it of AF_INET or AF_INET6, or AF_UNIX; flags: SOCK_CLOEXEC, SOCK_NONBLOCK. -errno:
 * EAFNOSUPPORT without the family; without the protocol what transport_is_missing knows. */
int transport_socket(const struct transport *t, int family, int flags);
/* Is that errno of transport_socket or listen(2) one of a kernel without the protocol (t->needs)?
 */
bool transport_is_missing(const struct transport *t, int error);
/* Does the kernel have the protocol at this moment? Unlike socket(2) this has no module loaded.
 * True where it cannot be told. */
bool transport_is_known(const struct transport *t, int family);

#endif
