/*
 * What remains of a handler's process group when the handler has ended because it was to end: the
 * others of the group have the rest of the same time, then they get KILL.
 */
#ifndef SUPERVISOR_LEFTOVER_H
#define SUPERVISOR_LEFTOVER_H

#include <bsd/sys/queue.h>
#include <sys/types.h>

#include "base/loop.h"

struct superd;

struct leftover {
	LIST_ENTRY(leftover) entry;
	struct loop_timer timer;
	pid_t group;
	usec_t until;
};
LIST_HEAD(leftovers, leftover);

/* The leader of this group has just been reaped; its group has time up to `until`. Nothing is kept
 * if it was the last of it. Without memory the time is over at once. */
void leftover_add(struct superd *s, pid_t group, usec_t until);
/* The timer of one. */
void leftover_look(struct superd *s, struct leftover *l);
/* The time of all is over. */
void leftover_kill(struct superd *s);
void leftover_fini(struct superd *s);

#endif
