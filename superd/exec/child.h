/* The handlers that live, by pid.  A pid stays theirs until it is reaped, so it is all that is
 * needed to name one. */
#ifndef EXEC_CHILD_H
#define EXEC_CHILD_H

#include <bsd/sys/tree.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/loop.h"
#include "net/address.h"
#include "net/idle.h"

struct source;
struct sources;
struct start_plan;

struct child {
	RB_ENTRY(child) entry;
	pid_t pid;
	uint64_t serial; /* of its connection */
	usec_t started;
	void *owner;		 /* who waits for it: the caller's */
	struct start_plan *plan; /* of its start */
	struct address peer;	 /* length 0: none */
	struct address local;

	/* The supervisor's: what counts against its limits (supervisor/gate), and when it has had
	 * its time (supervisor/expiry). */
	struct sources *sources;
	struct source *of_service, *of_daemon;
	struct loop_timer session, idle;
	struct idle_key key;
	struct idle_watch watch;
	bool ending;
};
RB_HEAD(child_tree, child);

struct children {
	struct child_tree tree;
	size_t n;
	struct child *spare; /* one kept for the next start */
};

/* What wait4(2) tells of an ended one. */
struct child_exit {
	pid_t pid;
	int status;
	struct rusage usage;
};

void children_init(struct children *all);
void children_fini(struct children *all);

/* Room for one more, before its start: 0 or -ENOMEM. */
int child_reserve(struct children *all);
/* Adds the pid of a start that worked, in the room reserved. The rest of it is the caller's to fill
 * in. */
struct child *child_add(struct children *all, pid_t pid);
struct child *child_find(struct children *all, pid_t pid);
void child_remove(struct children *all, struct child *c);

/* Reaps one ended child of this process: 1 with *x filled, 0 if none has ended. */
int child_reap(struct child_exit *x);

/* Sends a signal to its process group. */
void child_signal(const struct child *c, int signo);
/* Sends a signal to the process group of each. */
void children_signal(struct children *all, int signo);

#endif
