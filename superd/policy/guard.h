/*
 * The guard of `wait` services: what to do when a handler has ended and may have left behind what
 * it was started for.  Pure decisions over plain data; the caller owns the clock and the sockets.
 *
 * A handler that leaves its datagram costs that one datagram and a pause that doubles from
 * GUARD_FIRST up to GUARD_LAST. One that leaves its listening socket as full as it was costs the
 * pause, and if it has ended within GUARD_INSTANT of its start, every GUARD_QUICK times in a row,
 * one connection. One that lived longer may have served somebody, with a new queue at its end: its
 * pauses grow up to GUARD_BUSY only.  An exit that leaves nothing behind forgets all of it.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

#include <stdbool.h>

#include "base/clock.h"

#define GUARD_FIRST (10 * USEC_PER_MSEC)
#define GUARD_LAST (10 * USEC_PER_SEC)
#define GUARD_BUSY USEC_PER_SEC
#define GUARD_INSTANT (100 * USEC_PER_MSEC)

enum { GUARD_QUICK = 5 };

struct guard {
	unsigned failures; /* exits in a row that left something behind */
	unsigned quick;	   /* those of them, in a row, within GUARD_INSTANT */
};

/* What to do before the socket is watched again. */
struct guard_decision {
	bool drop;    /* the head of the queue: one datagram, one connection */
	bool report;  /* say so in the log: the first of a row */
	bool healed;  /* the row has ended */
	usec_t pause; /* 0: watch it again at once */
};

/* left: the very datagram it was started for is still first in the queue. */
struct guard_decision guard_datagram(struct guard *g, bool left);

/* left: nobody was taken from the listening socket's queue. lived: from its start to its end. */
struct guard_decision guard_stream(struct guard *g, bool left, usec_t lived);

#endif
