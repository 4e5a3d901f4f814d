/*
 * From a ready socket to a running handler, and from a dead handler back to a watched socket.
 *
 * A request is one struct connection on the stack and one function from top to bottom.  Of the
 * network it learns addresses only.
 */
#ifndef SUPERVISOR_DISPATCH_H
#define SUPERVISOR_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "net/address.h"
#include "policy/verdict.h"

struct port;
struct superd;
struct waiter;

/* Accepts in one turn of a socket; the others wait meanwhile. */
enum { DISPATCH_TURN = 16 };

/* One request. Its descriptor is FD_CONNECTION. */
struct connection {
	struct port *port;
	struct address peer, local;
	uint64_t serial;
};

/* Descriptors, processes or memory have run out: sockets are parked as they become ready, until the
 * timer. */
struct exhaustion {
	struct loop_timer timer;
	bool paused;
	usec_t last;   /* when that was found the last time */
	bool reported; /* the log line stands until all went well for a while */
	bool held; /* a connection that was accepted but could not be started stands at FD_HELD */
	struct connection what; /* of held */
};

void dispatch_init(struct superd *s);
void dispatch_fini(struct superd *s);

/* Connections wait at a port: accept and start up to DISPATCH_TURN. */
void dispatch_ready(struct superd *s, struct port *port);
/* A connection or datagram waits at a port whose socket belongs to a handler: start it. */
void dispatch_socket(struct superd *s, struct port *port);
/* A datagram or message waits at a sensor's port: an offence, and dropped. */
void dispatch_sensor(struct superd *s, struct port *port);
/* The connection at FD_CONNECTION may come in: its handler. */
void dispatch_accepted(struct superd *s, struct connection *c);
/* It may not, and stands at fd: told as far as it may know. The caller closes. */
void dispatch_refused(struct superd *s, const struct connection *c, enum verdict v, int fd);
/* SIGCHLD: every child that has ended. */
void dispatch_reap(struct superd *s);
/* The guard's pause is over. */
void dispatch_rearm(struct superd *s, struct waiter *w);
/* Try again after exhaustion. */
void dispatch_resume(struct superd *s);

#endif
