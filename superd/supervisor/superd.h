/*
 * The one context: everything that the supervisor knows while it runs, and its life from the
 * configuration to the last closed socket.
 */
#ifndef SUPERVISOR_SUPERD_H
#define SUPERVISOR_SUPERD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "base/systemd.h"
#include "exec/child.h"
#include "exec/start.h"
#include "net/inherit.h"
#include "supervisor/announce.h"
#include "supervisor/dispatch.h"
#include "supervisor/filters.h"
#include "supervisor/gate.h"
#include "supervisor/leftover.h"
#include "supervisor/sockets.h"
#include "supervisor/wrap.h"

struct conf;
struct service;

/* What the loop's switch tells apart: sources, then timers. */
enum superd_kind {
	SUPERD_SIGNAL,	    /* signalfd */
	SUPERD_CONNECTIONS, /* a port that superd accepts from */
	SUPERD_SOCKET,	    /* a port whose socket a `wait` handler gets */
	SUPERD_GUARD,	    /* timer: a waiter's pause is over */
	SUPERD_PENDING,	    /* timer: try to bind what could not be bound */
	SUPERD_RESUME,	    /* timer: descriptors or processes had run out */
	SUPERD_WATCHDOG,    /* timer: tell the service manager that the loop turns */
	SUPERD_TITLE,	    /* timer: the process title */
	SUPERD_KILL,	    /* timer: handlers had their time to end */
	SUPERD_SENSOR,	    /* a sensor's port without connections */
	SUPERD_REST,	    /* timer: a service's rate or the load allows one more */
	SUPERD_BAN,	    /* timer: a ban ends */
	SUPERD_TELL,	    /* timer: refusals were only counted */
	SUPERD_FILTERS,	    /* timer: the bans in kernel filters are old */
	SUPERD_SESSION,	    /* timer: a handler has lived long enough */
	SUPERD_IDLE,	    /* timer: a connection may be idle */
	SUPERD_LEFTOVER,    /* timer: look after the group of a handler that was ended */
	SUPERD_WRAP,	    /* the channel to the libwrap worker */
	SUPERD_WRAP_START,  /* timer: start that */
	SUPERD_WRAP_LATE,   /* timer: it has not answered in time */
	SUPERD_ANNOUNCE,    /* timer: the program that is told of bans has had its time */
};

struct superd {
	const struct conf *conf;
	struct service *services; /* the enabled ones */
	size_t nservices,
	    nservices_wanted; /* as long as they are set up; all that start handlers */
	struct loop loop;
	struct loop_source signals;
	struct children children;
	struct leftovers leftovers;
	struct starter starter;
	struct systemd systemd;
	struct inherit inherit;
	struct sockets sockets;
	struct exhaustion exhaustion;
	struct gate gate;
	struct filters filters;
	struct wrap wrap;
	struct announce announce;
	size_t nhelpers; /* processes of superd itself that are not reaped yet */
	int netlink;	 /* for limits.idle, -1: not open */
	struct loop_timer watchdog, title, kill;
	uint32_t boot;	 /* random: the first half of ids */
	uint64_t serial; /* of the last connection */
	bool stopping;	 /* no socket is open any more, handlers are being ended */
	bool killed;	 /* those had their time */
	bool done;	 /* leave the loop */
};

/* Services, loop and signals; nothing is bound yet. nofile: superd_raise's. 0 or -errno. */
int superd_init(struct superd *s, const struct conf *conf, const struct rlimit *nofile);
void superd_fini(struct superd *s);

/* Binds all, says READY=1 and starts the timers. */
void superd_open(struct superd *s);

/* SIGTERM: no more connections, handlers are left alone. SIGQUIT: handlers are ended, by force
 * after five seconds; SIGTERM then does not wait for them any longer. */
void superd_stop(struct superd *s, bool handlers);
/* Leaves the loop if all that was to be ended has. */
void superd_maybe_done(struct superd *s);
/* Handlers had their time to end: SIGKILL. One that hangs in the kernel or belongs to another user
 * is not waited for longer than a second more. */
void superd_kill(struct superd *s);

/* One signal of the loop's. */
void superd_signal(struct superd *s, int signo);

void superd_watchdog(struct superd *s);
/* The title shows the state soon, not at every change; superd_title is its timer's. */
void superd_changed(struct superd *s);
void superd_title(struct superd *s);

#endif
