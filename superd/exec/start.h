/*
 * The start of a handler.  Everything is resolved, allocated and built into a plan before the
 * clone; the child walks one table of steps with system calls only, since it shares the
 * supervisor's memory until it executes.
 *
 * The supervisor never waits for anything that the handler's user, a file system or a cgroup can
 * delay.  The child shares the descriptor table at first (CLONE_FILES: copying ten thousand
 * descriptors would cost more than the start); its first step, still as the supervisor's user,
 * gives it a table of its own with the descriptors below FD_RESERVED, and that alone is awaited.
 * All else, exec included, runs beside the supervisor, and the plan is used again when the kernel
 * has cleared its tid word (CLONE_CHILD_CLEARTID: at exec or exit).
 */
#ifndef EXEC_START_H
#define EXEC_START_H

#include <bsd/sys/queue.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "exec/environment.h"

struct credentials;

/* In the order in which the child takes them. */
enum start_step {
	START_DESCRIPTORS,
	START_SESSION,
	START_SOCKETS,
	START_STDIO,
	START_NICE,
	START_OOM,
	START_LIMITS,
	START_GROUPS,
	START_GID,
	START_UID,
	START_VERIFY,
	START_UMASK,
	START_DIRECTORY,
	START_SIGNALS,
	START_EXEC,
	START_STEPS,
};

struct start_plan {
	/* Filled in by the caller of start_run; borrowed until the plan is back in the pool. */
	const char *path;
	char *const *argv;
	const char *directory;
	const struct credentials *who; /* NULL: remains who superd is */
	const int *sockets;	       /* wait = all: they become 3, 4, ... */
	int *moved;		       /* as long as sockets; the child's */
	size_t nsockets;
	int stdio[3]; /* descriptors below FD_RESERVED that become 0, 1, 2 */
	int nice;     /* added to superd's own, 0: unchanged */
	mode_t umask;
	char oom_score_adj[8]; /* decimal, "": unchanged */
	struct environment environment;

	/* start's own */
	const struct rlimit *nofile; /* to restore; NULL: unchanged */
	void *stack;
	size_t stack_size;
	TAILQ_ENTRY(start_plan) entry;
	pid_t pid; /* the child it was last used for */

	/* Written by the child and the kernel. */
	_Atomic uint32_t handed; /* futex: 1 once the child has its own descriptors */
	_Atomic int32_t tid;	 /* 0 after exec or exit */
	enum start_step step;	 /* the failed one, valid if error */
	int error;		 /* errno, 0: none */
};

TAILQ_HEAD(start_plans, start_plan);

struct starter {
	struct start_plans free;
	struct start_plans busy; /* started, perhaps not executed yet, oldest first */
	struct rlimit nofile;	 /* what superd was started with */
	bool nofile_raised;
	bool privileged; /* can change ids */
};

/* nofile: the limit before superd raised its own (fd_raise_limit). */
void starter_init(struct starter *st, const struct rlimit *nofile);
void starter_fini(struct starter *st);

/* A plan to fill in, with its storage; NULL without memory. */
struct start_plan *start_take(struct starter *st);
/* Gives back a plan that was not started. */
void start_give(struct starter *st, struct start_plan *p);

/*
 * Starts it. The pid, or -errno of clone(2) (the plan stays the caller's then). Afterwards the
 * descriptors below FD_RESERVED may be closed, and the plan belongs to the child until it has
 * executed or ended.
 */
pid_t start_run(struct starter *st, struct start_plan *p);

/* For a child that was reaped: true if a step of its start failed, *step and *error (an errno) tell
 * which. */
bool start_outcome(
    struct starter *st, struct start_plan *p, pid_t pid, enum start_step *step, int *error);

/* "setgroups", "exec", ...: what the log calls a step. */
const char *start_step_name(enum start_step step);

/* Exit statuses of a child that could not execute: 127 if the command is not there, else 126. */
enum { START_EXIT_CANNOT = 126, START_EXIT_MISSING = 127 };

#endif
