/*
 * Handlers that have had their time: `session`, since their start, and `idle`, since a byte moved
 * on their connection.  The process group gets TERM, and KILL five seconds later.
 */
#ifndef SUPERVISOR_EXPIRY_H
#define SUPERVISOR_EXPIRY_H

struct child;
struct connection;
struct superd;

/* A handler has started; its connection is still at FD_CONNECTION. */
void expiry_start(struct superd *s, const struct connection *c, struct child *child);
/* It has ended. */
void expiry_stop(struct superd *s, struct child *child);
/* Timers. */
void expiry_session(struct superd *s, struct child *child);
void expiry_idle(struct superd *s, struct child *child);

#endif
