/*
 * The program of scan { command }: told of each ban and of its end, by its arguments.
 *
 * Nothing waits for it.  At most ANNOUNCE_RUNNING run at one time, of one prefix never two, so that
 * each learns of a ban before its end; ANNOUNCE_QUEUE more wait, and where there is no room the
 * oldest is dropped.  One that runs for longer than ANNOUNCE_PATIENCE is ended.
 */
#ifndef SUPERVISOR_ANNOUNCE_H
#define SUPERVISOR_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

struct announce_run;
struct announcement;
struct child_exit;
struct source_key;
struct superd;

#define ANNOUNCE_PATIENCE (60 * USEC_PER_SEC)

enum { ANNOUNCE_RUNNING = 8, ANNOUNCE_QUEUE = 256 };

struct announce {
	struct announce_run *runs;  /* ANNOUNCE_RUNNING; NULL: there is no program */
	struct announcement *queue; /* ANNOUNCE_QUEUE, the oldest first */
	size_t n;
	uint64_t dropped; /* since the log told of it */
	struct loop_timer late;
};

int announce_init(struct superd *s); /* 0 or -ENOMEM */
void announce_fini(struct superd *s);

void announce_ban(struct superd *s, const struct source_key *k, usec_t time);
void announce_ban_over(struct superd *s, const struct source_key *k);

/* A process that has ended, if it is one of these; the timer's. */
bool announce_reap(struct superd *s, const struct child_exit *x);
void announce_late(struct superd *s);

#endif
