/*
 * A service that runs: its sockets, its handlers' number, what keeps its sockets from being
 * watched.  The configuration it runs by is conf, const; this is the only setter of the rest.
 *
 * A port that is ready while its service takes no more (full, or the daemon paused) is parked: it
 * leaves the poll set, the kernel's queue holds the rest, and it comes back when there is room.
 * Ports that nobody knocks on stay where they are, so that a service of sixty thousand ports fills
 * up and empties at the price of one.
 */
#ifndef SUPERVISOR_SERVICE_H
#define SUPERVISOR_SERVICE_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/loop.h"
#include "net/datagram.h"
#include "net/listener.h"
#include "policy/access.h"
#include "policy/guard.h"
#include "policy/limit.h"
#include "policy/source.h"
#include "supervisor/banner.h"

struct service_conf;
struct service;

/* One socket of a service; listener.source.owner points here. */
struct port {
	struct listener listener;
	struct service *service;
	struct waiter *waiter; /* NULL: superd accepts */
	SLIST_ENTRY(port) entry;
	usec_t broken;	 /* when its socket was useless the last time, 0: never */
	uint32_t number; /* of all ports, for policy/scan */
	bool parked;
	bool filtered; /* has a kernel filter */
	bool listed;   /* in which the access list is */
	bool absent;   /* of a family that the kernel lacks and nobody asked for by name */
};

/* What a `wait` handler holds: one socket (wait = true) or all of the service (wait = all). */
struct waiter {
	struct service *service;
	struct port *ports;
	size_t nports;
	pid_t pid;	      /* 0: nobody has them */
	struct port *trigger; /* the one that was ready at the start */
	struct datagram head; /* what was first in its queue, length 0 of peer: a stream */
	int queued;	      /* connections in its queue then, negative: not known */
	bool marked;	      /* what was first of a stream is known: */
	uint64_t mark;
	unsigned empty; /* looks in a row that found nothing */
	struct guard guard;
	struct loop_timer timer; /* armed while the guard pauses it */
};

struct service {
	const struct service_conf *conf;
	char **argv; /* of its handlers: the command's, with argv0 */
	struct port *ports;
	size_t nports;
	struct waiter *waiters;
	size_t nwaiters;
	SLIST_HEAD(, port) parked;
	struct banner accept, deny;

	/* supervisor/gate's */
	struct access access;
	struct limit_service limit;
	struct source_prefix prefix;
	struct loop_timer rest; /* parked ports come back: by its rate, by the load */
	usec_t told;		/* when a refusal was logged; 0: none is to be told */
	uint32_t untold;	/* refusals since that were only counted */
	uint32_t number;	/* of its sources, from 1 */

	uint32_t wrap_told[3]; /* supervisor/wrap's: the second it last said what; 0: never */
	int stderr_fd;	       /* of stderr = log; -1: /dev/null */
	bool unfiltered;       /* the log says that its filter did not fit */
};

/* Ports (closed) and waiters for every endpoint of conf. kinds: of the loop sources and timers. 0
 * or -ENOMEM. */
struct service_kinds {
	uint16_t connections, sockets, guard, sensors, rest;
};
int service_init(
    struct service *svc, const struct service_conf *conf, const struct service_kinds *kinds);
void service_fini(struct service *svc); /* the ports are closed already */

/* Watch the port if it is open and nobody holds it. Failure parks it: it is tried again with the
 * others. */
void service_watch(struct port *port, struct loop *loop);
void service_park(struct port *port, struct loop *loop);
void service_unpark(struct service *svc, struct loop *loop);

/* A waiter's ports leave the poll set; come back. */
void waiter_hold(struct waiter *w, struct loop *loop);
void waiter_release(struct waiter *w, struct loop *loop);

#endif
