/* `wait` services: what is looked at before a handler gets the socket, and what is put right when
 * it has ended. */
#ifndef SUPERVISOR_WAIT_H
#define SUPERVISOR_WAIT_H

#include "base/clock.h"

struct address;
struct port;
struct superd;
struct waiter;

/* What waits at the port: its peer for a datagram, length 0 for a connection, remembered for
 * wait_done. 0, -EAGAIN (nothing), -errno (the socket is of no use). */
int wait_look(struct port *port, struct address *peer);

/* poll(2) had the socket ready, wait_look found nothing. Whoever else still has it was first, or
 * has made it so that it goes on: the socket is restored and left alone for a moment after a row.
 */
void wait_nothing(struct superd *s, struct waiter *w);

/* The handler has ended after `lived`: its sockets are restored or opened again, the guard decides
 * what was left behind. */
void wait_done(struct superd *s, struct waiter *w, usec_t lived);

#endif
