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

/* Then what is left is what it was started for, however long the handler has lived. */
static bool
is_marked(const struct waiter *w)
{
	return is_stream(w->trigger) && w->marked;
}

/* Is what the handler was started for still there? */
static bool
left_behind(const struct waiter *w)
{
	const struct port *port = w->trigger;
	struct datagram now;
	uint64_t mark;
	int queued;

	if (is_stream(port)) {
		queued = listener_queued(&port->listener);
		if (queued >= 0 && queued < w->queued)
			return false;
		if (is_marked(w))
			return listener_first(&port->listener, &mark) == 0 && mark == w->mark;
		return listener_readable(&port->listener);
	}
	return listener_peek((struct listener *)&port->listener, &now) == 0 &&
	       datagram_same(&now, &w->head);
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
report(const struct waiter *w, const struct guard_decision *d)
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
		log_warnx(
		    "service %s: the handler ended and accepted no connection; pausing, longer "
		    "each time",
		    name);
}

void
wait_done(struct superd *s, struct waiter *w, usec_t lived)
{
	struct guard_decision d;
	struct listener *l = &w->trigger->listener;

	w->pid = 0;
	restore(s, w);
	if (l->source.fd < 0) {
		waiter_release(w, &s->loop);
		return;
	}
	/* Without an arrival time an equal datagram may be the next one: it is not dropped at once.
	 */
	if (is_stream(w->trigger) || w->head.arrival == 0)
		d = guard_stream(&w->guard, left_behind(w), is_marked(w) ? 0 : lived);
	else
		d = guard_datagram(&w->guard, left_behind(w));
	report(w, &d);
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
