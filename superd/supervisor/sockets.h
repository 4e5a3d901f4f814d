/*
 * The sockets of all services: opened or taken over at the start, tried again while they cannot be
 * bound, closed at the end.  One endpoint that cannot be bound stops nothing else.
 */
#ifndef SUPERVISOR_SOCKETS_H
#define SUPERVISOR_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

struct listener;
struct port;
struct superd;

struct sockets {
	struct listener **shared; /* those whose endpoint overlaps another */
	size_t nshared;
	struct port **pending; /* not bound yet */
	size_t npending, next; /* next: where the round goes on */
	size_t open;	       /* bound */
	struct loop_timer retry;
	/* Transports that this round has found the kernel without, a bit for IPv4 and for IPv6. */
	uint64_t missing;
};

/* 0 or -ENOMEM. */
int sockets_init(struct superd *s);
void sockets_fini(struct superd *s);

/* Opens every port; what cannot be bound is reported and kept as pending. */
void sockets_open(struct superd *s);
/* The retry timer's: a slice of the pending ones. */
void sockets_retry(struct superd *s);
/* Closes a port that its handler made useless and opens it again; else it is pending. */
void sockets_reopen(struct superd *s, struct port *port);
/* Of a port that its socket has become useless, by a call that failed with error: says so, closes
 * it and opens it again; at most once in a while, else it is pending until the next round. */
void sockets_broken(struct superd *s, struct port *port, const char *what, int error);
/* Closes all of them. */
void sockets_close(struct superd *s);

#endif
