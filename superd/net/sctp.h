/*
 * What SCTP sockets (sctp(7), RFC 6458) have beside those of other protocols: several addresses of
 * one socket, and many associations on one.
 */
#ifndef NET_SCTP_H
#define NET_SCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;

/* Adds addresses to those that a bound socket has, as sctp_bindx(3) does: they get its port,
 * whatever theirs is. 0 or -errno. */
int sctp_add_addresses(int fd, const struct address *v, size_t n);

/* IPv4 addresses beside IPv6 ones on one socket, before it is bound: peers are then seen with their
 * own family, not as ::ffff:a.b.c.d. 0 or -errno. */
int sctp_mix_families(int fd);
/* Is that so of a bound socket? */
bool sctp_mixes_families(int fd);

/*
 * The addresses that a socket is bound to, in the order in which it got them, each with its port:
 * how many there are, or -errno; the caller frees them. The wildcard is one address. getsockname(2)
 * tells that of an association instead, on a socket that listens that of the last one it had.
 */
int sctp_bound(int fd, struct address **v);

/* Of a one-to-many socket: tells the first message in its queue from all others, by its association
 * and its number there. 0 or -errno, -EAGAIN if there is no message, -ENOMSG if an event is first.
 */
int sctp_first(int fd, uint64_t *mark);

/*
 * Of a one-to-many socket: aborts the association whose message is the first in its queue, with all
 * that it has sent, unread. A read of no bytes would leave the message where it is; the association
 * is peeled off (RFC 6458, section 9.2) and closed. One that has ended already, or an event, costs
 * that message alone. 0 or -errno, -EAGAIN if there is no message.
 */
int sctp_drop(int fd);

#endif
