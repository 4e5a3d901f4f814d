#include "supervisor/wait.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "config/service.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "net/transport.h"
#include "policy/guard.h"
#include "supervisor/filters.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

enum { EMPTY_LOOKS = 16 }; /* in a row, until the socket is left alone for a while */

/* Unix sockets keep no arrival times: an equal datagram may be the next one. */
static bool
is_timeless(const struct port *port)
{
	return port->listener.endpoint->address.sa.sa_family == AF_UNIX;
}

static bool
is_stream(const struct port *port)
{
	return port->listener.endpoint->transport->listens;
}

int
wait_look(struct port *port, struct address *peer)
{
	struct waiter *w = port->waiter;
	int r;

	w->trigger = port;
	peer->length = 0;
	if (is_stream(port)) {
		w->queued = listener_queued(&port->listener);
		w->marked = listener_first(&port->listener, &w->mark) == 0;
		r = listener_readable(&port->listener) ? 0 : -EAGAIN;
	} else {
		r = listener_peek(&port->listener, &w->head);
		if (r == 0)
			*peer = w->head.peer;
	}
	if (r == 0)
		w->empty = 0;
	return r;
}

/* What a handler has left of what it was started for. */
enum rest {
	REST_NONE,
	REST_ALL,     /* nobody was taken from the queue */
	REST_FIRST,   /* the very datagram or message is still first */
	REST_UNKNOWN, /* a queue that may have been longer */
};

static enum rest
rest_of_stream(const struct waiter *w)
{
	const struct listener *l = &w->trigger->listener;
	uint64_t mark;
	int first = listener_first(l, &mark), queued = listener_queued(l);

	if (w->marked)
		return first == 0 && mark == w->mark ? REST_FIRST : REST_NONE;
	if ((queued >= 0 && queued < w->queued) || !listener_readable(l))
		return REST_NONE;
	/* What is of no association is no loss. */
	return (queued >= 0 && w->queued >= 0) || first == -ENOMSG ? REST_ALL : REST_UNKNOWN;
}

static enum rest
rest_of(const struct waiter *w)
{
	struct datagram now;

	if (is_stream(w->trigger))
		return rest_of_stream(w);
	return listener_peek(&w->trigger->listener, &now) == 0 && datagram_same(&now, &w->head)
		   ? REST_FIRST
		   : REST_NONE;
}

static struct guard_decision
judge(struct waiter *w, enum rest rest, usec_t lived)
{
	bool left = rest != REST_NONE;

	if (!is_stream(w->trigger)) {
		/* Without an arrival time an equal datagram may be the next one: it is not dropped
		 * at once. */
		if (w->head.arrival == 0)
			return guard_stream(&w->guard, left, lived);
		return guard_datagram(&w->guard, left);
	}
	/* However long it has lived, it was not for that message. */
	if (rest == REST_FIRST)
		lived = 0;
	/* However short: it may have served somebody. */
	if (rest == REST_UNKNOWN)
		lived = GUARD_INSTANT;
	return guard_stream(&w->guard, left, lived);
}

static const char *
why(int error)
{
	if (error == -EISCONN)
		return "connected";
	if (error == -EPIPE)
		return "shut down";
	return error == -EPERM ? "with a filter" : "not listening";
}

static void
restore(struct superd *s, struct waiter *w)
{
	int backlog = (int)w->service->conf->limits.backlog;
	struct port *port;
	size_t i;
	int r;

	for (i = 0; i < w->nports; i++) {
		port = &w->ports[i];
		if (port->listener.source.fd < 0)
			continue;
		r = listener_restore(&port->listener, backlog);
		if (r == 0)
			r = filters_port(s, port);
		if (r == 0)
			continue;
		log_warnx(
		    "service %s: the handler left its socket unusable (%s); it is opened again",
		    w->service->conf->name, why(r));
		sockets_reopen(s, port);
	}
}

/* Unix peers need no name. */
static const char *
peer_text(const struct address *peer, char *text, size_t size)
{
	return peer->length > sizeof(sa_family_t) ? address_text(peer, text, size) : "no address";
}

static void
report(const struct waiter *w, const struct guard_decision *d, enum rest rest)
{
	const char *name = w->service->conf->name;
	char peer[ADDRESS_TEXT];

	if (d->healed)
		log_notice("service %s: handlers serve again", name);
	if (d->report && !is_stream(w->trigger))
		log_warnx("service %s: the handler ended without reading its datagram (from %s, "
			  "%zu bytes), which is dropped%s; pausing, longer each time",
		    name, peer_text(&w->head.peer, peer, sizeof(peer)), w->head.length,
		    is_timeless(w->trigger) ? " if that goes on" : "");
	else if (d->report)
		log_warnx("service %s: the handler ended and %s; pausing, longer each time", name,
		    rest == REST_UNKNOWN ? "left connections in the queue"
					 : "accepted no connection");
}

void
wait_done(struct superd *s, struct waiter *w, usec_t lived)
{
	struct guard_decision d;
	struct listener *l = &w->trigger->listener;
	enum rest rest;

	w->pid = 0;
	restore(s, w);
	if (l->source.fd < 0) {
		waiter_release(w, &s->loop);
		return;
	}
	rest = rest_of(w);
	d = judge(w, rest, lived);
	report(w, &d, rest);
	if (d.drop)
		(void)listener_drop(l);
	if (d.pause > 0)
		loop_arm(&s->loop, &w->timer, s->loop.now + d.pause);
	else
		waiter_release(w, &s->loop);
}

void
wait_nothing(struct superd *s, struct waiter *w)
{
	if (++w->empty < EMPTY_LOOKS)
		return;
	w->empty = 0;
	waiter_hold(w, &s->loop);
	loop_arm(&s->loop, &w->timer, s->loop.now + GUARD_FIRST);
	restore(s, w);
}
