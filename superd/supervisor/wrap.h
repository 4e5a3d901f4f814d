/*
 * Connections that wait for libwrap's word (access { libwrap = true }).
 *
 * libwrap reads files and asks name servers, so a worker does it, and nothing here waits for that.
 * At most WRAP_WAITING connections wait, each no longer than WRAP_PATIENCE; what is not answered by
 * then is refused. Those that wait count as live ones of their service and source. A worker that
 * dies, does not keep to the language or says nothing for WRAP_SILENCE while it owes an answer is
 * replaced.
 */
#ifndef SUPERVISOR_WRAP_H
#define SUPERVISOR_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "supervisor/helper.h"

struct child_exit;
struct connection;
struct superd;

#define WRAP_PATIENCE (10 * USEC_PER_SEC)
/* More than the 28 seconds that a resolver by default takes to give up three dead name servers. */
#define WRAP_SILENCE (30 * USEC_PER_SEC)

enum { WRAP_WAITING = 64 };

struct wrap {
	struct loop_source channel; /* fd -1: no worker */
	struct loop_timer start, late;
	struct helper worker;
	bool greeted; /* it is of this build */
	size_t owed;  /* by the worker: its greeting, answers */
	usec_t heard; /* its last word, or when it began to owe one */
	usec_t started, pause;
	struct wrap_place *places; /* WRAP_WAITING; NULL: no service asks */
	size_t n;
	uint32_t id;  /* of the last question */
	bool crowded; /* a port is parked until a place is free */
};

/* After the services; the worker starts in the loop's first turn, if any service asks. 0 or
 * -ENOMEM. */
int wrap_init(struct superd *s);
void wrap_fini(struct superd *s); /* whoever waits is closed, the worker ends by itself */

/* No place is free: the caller parks its port, which comes back when one is. */
bool wrap_is_full(struct superd *s);
/* The connection at FD_CONNECTION waits from now on. 0 or -errno. */
int wrap_ask(struct superd *s, const struct connection *c);

/* The channel's, the timers', and of a process that has ended, if it is the worker. */
void wrap_ready(struct superd *s);
void wrap_start(struct superd *s);
void wrap_late(struct superd *s);
bool wrap_reap(struct superd *s, const struct child_exit *x);
/* Exhaustion is over: answers are read again. */
void wrap_resume(struct superd *s);

#endif
