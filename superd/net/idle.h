/*
 * Has a TCP connection that somebody else holds moved a byte?  The kernel is asked for the one
 * socket by its addresses and its cookie (sock_diag(7)); no copy of the descriptor is kept and
 * nothing is read from the connection.  TCP of IPv4 and IPv6 in this network namespace, for any
 * user.
 *
 * The kernel answers before a query returns, one message a query, in the order of the queries.
 * Answers that nobody fetches are dropped when the socket's buffer is full: fetch them after each
 * query or after a few dozen.
 */
#ifndef NET_IDLE_H
#define NET_IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct address;

/* Which socket it is, for as long as the kernel runs. */
struct idle_key {
	uint64_t cookie;
	uint32_t interface; /* to which it is bound, 0: none */
};

struct idle_result {
	uint32_t id;   /* of the query */
	bool gone;     /* there is no such socket (any more), or no process holds it (TIME_WAIT) */
	uint8_t state; /* TCP_ESTABLISHED, ...; 0 if gone */
	/* Bytes that the peer has sent and that it has acknowledged. Only of use beside an earlier
	 * count: SYN and FIN may be in it. What is sent again and again to a peer that is not there
	 * is not. */
	uint64_t moved;
	usec_t quiet; /* since the last byte of data came or was sent, to the millisecond */
};

/* A socket for queries: non-blocking, close-on-exec. -errno, -EOPNOTSUPP if the kernel does not
 * tell about TCP. */
int idle_open(void);

/* Before a connection is handed over. 0 or -errno. */
int idle_identify(int fd, struct idle_key *key);

/* Asks for a connection. 0 or -errno, -EAFNOSUPPORT if it is none of IPv4 or IPv6. */
int idle_query(int netlink, uint32_t id, const struct address *local, const struct address *peer,
    const struct idle_key *key);

/* Reads one answer: 1 with *r filled, 0 if none is there, -errno (ENOBUFS: some were dropped). */
int idle_next(int netlink, struct idle_result *r);

/* An answer as it is in a message of the kernel's: 0, -EINVAL if it is none, -errno if it is
 * another error of the kernel's. */
int idle_parse(const void *message, size_t n, struct idle_result *r);

/* What is known of one connection: the count, and since when it has not changed; begin with the
 * time at which the connection was handed over. */
struct idle_watch {
	uint64_t moved;
	usec_t since;
};

/* Takes note of an answer. The time that is left until nothing has moved for `limit`, 0: so it is.
 */
usec_t idle_left(struct idle_watch *w, const struct idle_result *r, usec_t limit, usec_t now);

#endif
