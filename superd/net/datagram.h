/*
 * The head of a datagram socket's queue: looked at, told from its own retransmission, dropped. Not
 * a byte of payload is read: a peek and a read of no bytes.
 */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "net/address.h"

/* What identifies a datagram. Arrival is 0 for what came before the kernel began to stamp, within
 * milliseconds of the first socket that asks for it (datagram_await_stamps). */
struct datagram {
	struct address peer;
	size_t length;
	uint64_t arrival; /* ns, SIOCGSTAMPNS; 0 where the family has none */
};

/* Has the kernel keep arrival times from now on, without control messages. */
void datagram_prepare(int fd, int family);
/* Waits until it does, for at most `limit`; for the start of a daemon, after datagram_prepare.
 * Sends empty datagrams to itself over the loopback. 0, -ETIMEDOUT, -errno (no loopback). */
int datagram_await_stamps(usec_t limit);

/* Looks at the first one: 0, -EAGAIN, -errno. An error left by what was sent from the socket is
 * cleared and skipped. */
int datagram_peek(int fd, int family, struct datagram *d);

bool datagram_same(const struct datagram *a, const struct datagram *b);

/* Removes the first one. 0 or -errno. */
int datagram_drop(int fd);

/* Undoes what a handler can leave on the socket: a queue of errors, which poll(2) would report for
 * ever, and stamps as control messages, which take the arrival from datagram_peek. */
void datagram_reset(int fd, int family);

/* Discards what a handler has corked (UDP_CORK, MSG_MORE) and not sent. 0, or -EPIPE: nothing can
 * be sent any more, after shutdown(2), which poll(2) does not tell. */
int datagram_uncork(int fd);

#endif
