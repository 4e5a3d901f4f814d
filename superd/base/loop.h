/*
 * The poll set and the timers.  The loop returns what is ready, it does not call back: the caller's
 * one switch on `kind` names every source.
 *
 * poll(2) is the multiplexer.  At most LOOP_DIRECT sources marked `many` stand in its set directly,
 * the others wait behind one epoll(7) descriptor that is itself an entry of the set, so that a
 * wake-up costs the same with ten thousand listeners as with one.  A source that is not to be
 * watched is removed from the set altogether: events = 0 would still report POLLERR and POLLHUP for
 * ever.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <bsd/sys/tree.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

enum { LOOP_DIRECT = 16 };

/* One descriptor that can be watched for reading. Lives in its owner; zero it, set fd, kind, owner
 * and many. */
struct loop_source {
	int fd;
	uint16_t kind; /* the caller's enum */
	bool many; /* one of many of its kind (a listener): may go behind the epoll descriptor */
	uint8_t place;	   /* the loop's: not watched, direct, nested */
	uint32_t position; /* the loop's: index in the poll set */
	uint32_t ready;	   /* the loop's: index + 1 in this turn's ready list, or 0 */
	void *owner;
};

/* One deadline. Lives in its owner; zero it, set kind and owner. */
struct loop_timer {
	RB_ENTRY(loop_timer) entry;
	usec_t due; /* valid while armed */
	uint64_t serial;
	uint16_t kind;
	bool armed;
	void *owner;
};
RB_HEAD(loop_timers, loop_timer);

struct loop {
	struct pollfd *set;
	struct loop_source **sources; /* beside set */
	size_t count, size;
	size_t direct; /* `many` sources among them */
	int epoll;     /* -1 until the first nested source */
	size_t nested;
	struct loop_source **ready;
	short *revents; /* beside ready */
	size_t nready, next, ready_size;
	struct loop_timers timers;
	uint64_t serial, turn; /* turn: the serial at the last wait */
	usec_t now;	       /* clock_now() at the end of the last wait */
};

/* What loop_next returns: exactly one of source and timer is set. */
struct loop_event {
	struct loop_source *source;
	struct loop_timer *timer;
	short revents; /* of source: POLLIN, POLLERR, POLLHUP */
};

int loop_init(struct loop *l); /* 0 or -errno */
void loop_fini(struct loop *l);

/* Watch fd for POLLIN; watching what is watched changes nothing. 0 or -errno (ENOMEM,
 * epoll_ctl(2)'s). */
int loop_watch(struct loop *l, struct loop_source *s);
/* Stop watching; also takes the source out of this turn's events. Call before its fd is closed. */
void loop_unwatch(struct loop *l, struct loop_source *s);

/* Arm (again) for `due`, monotonic; timers due at the same time come in the order they were armed.
 */
void loop_arm(struct loop *l, struct loop_timer *t, usec_t due);
void loop_disarm(struct loop *l, struct loop_timer *t);

/*
 * The next event: of this turn if any is left, else waits in poll(2) until a source is ready, a
 * timer is due or `until` (monotonic, USEC_NEVER for none) has come.  1 with *e filled, 0 when
 * `until` came, -errno (never EINTR). Sources of a turn come before its timers; a timer is disarmed
 * before it is returned.
 */
int loop_next(struct loop *l, usec_t until, struct loop_event *e);

#endif
