#include "supervisor/dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "exec/start.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "net/transport.h"
#include "supervisor/banner.h"
#include "supervisor/event.h"
#include "supervisor/expiry.h"
#include "supervisor/filters.h"
#include "supervisor/gate.h"
#include "supervisor/leftover.h"
#include "supervisor/plan.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"
#include "supervisor/wait.h"

#define RESUME_AFTER USEC_PER_SEC
#define OVER_AFTER (10 * USEC_PER_SEC) /* without another want */

void
dispatch_init(struct superd *s)
{
	s->exhaustion.timer.kind = SUPERD_RESUME;
	s->exhaustion.timer.owner = s;
}

void
dispatch_fini(struct superd *s)
{
	if (s->exhaustion.held)
		(void)close(FD_HELD);
	s->exhaustion.held = false;
}

static void
exhausted(struct superd *s, const struct port *port, const char *what, int error)
{
	if (!s->exhaustion.reported)
		log_warnx("service %s: %s: %s; sockets pause until there is room again",
		    port->service->conf->name, what, strerror(error));
	s->exhaustion.reported = true;
	s->exhaustion.paused = true;
	s->exhaustion.last = s->loop.now;
	loop_arm(&s->loop, &s->exhaustion.timer, s->loop.now + RESUME_AFTER);
}

/* accept(2) or a look at the socket has failed: because something ran out, or for good. */
static void
failed(struct superd *s, struct port *port, const char *what, int error)
{
	static const int out[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
	size_t i;

	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (error == out[i]) {
			exhausted(s, port, what, error);
			service_park(port, &s->loop);
			return;
		}
	sockets_broken(s, port, what, error);
}

/* What the daemon and the service say, whoever it is. True with *v accepted, or a reason to refuse
 * for; false: the port is parked. */
static bool
admit(struct superd *s, struct port *port, enum verdict *v)
{
	if (s->exhaustion.paused) {
		service_park(port, &s->loop);
		return false;
	}
	if (port->service->conf->access.libwrap && wrap_is_full(s)) {
		service_park(port, &s->loop);
		return false;
	}
	*v = VERDICT_ACCEPTED;
	if (!service_conf_is_sensor(port->service->conf))
		*v = gate_service(s, port);
	return *v == VERDICT_ACCEPTED || !gate_queues(port->service);
}

static void
started(struct superd *s, const struct connection *c, struct start_plan *plan, pid_t pid)
{
	char id[EVENT_ID];
	struct child *child;

	child = child_add(&s->children, pid);
	child->serial = c->serial;
	child->started = clock_now();
	child->owner = c->port;
	child->plan = plan;
	child->peer = c->peer;
	child->local = c->local;
	gate_enter(s, c, child);
	expiry_start(s, c, child);
	event_start(&(struct event){.port = c->port,
	    .id = event_id(id, s->boot, c->serial),
	    .peer = &c->peer,
	    .local = &c->local,
	    .pid = pid});
	superd_changed(s);
}

/* The handler of c, whose descriptor stands at FD_CONNECTION. Its pid or -errno. */
static pid_t
start(struct superd *s, const struct connection *c)
{
	struct start_plan *plan;
	pid_t pid;
	int r;

	r = child_reserve(&s->children);
	if (r < 0)
		return r;
	plan = start_take(&s->starter);
	if (plan == NULL)
		return -ENOMEM;
	r = plan_fill(plan, s, c);
	pid = r < 0 ? r : start_run(&s->starter, plan);
	plan_release(c->port->service);
	if (pid < 0)
		start_give(&s->starter, plan);
	else
		started(s, c, plan, pid);
	return pid;
}

/* A connection that was taken from the queue is not lost: it waits with superd. */
static void
hold(struct superd *s, const struct connection *c, int error)
{
	s->exhaustion.held = dup3(FD_CONNECTION, FD_HELD, O_CLOEXEC) >= 0;
	s->exhaustion.what = *c;
	exhausted(s, c->port, "start a handler", error);
}

void
dispatch_accepted(struct superd *s, struct connection *c)
{
	pid_t pid;

	c->serial = ++s->serial;
	listener_connection_local(&c->port->listener, &c->local);
	filters_accepted(c->port);
	banner_send(&c->port->service->accept, FD_CONNECTION);
	pid = start(s, c);
	if (pid < 0)
		hold(s, c, -pid);
}

void
dispatch_refused(struct superd *s, const struct connection *c, enum verdict v, int fd)
{
	gate_refused(s, c, v);
	if (v != VERDICT_BANNED)
		banner_send(&c->port->service->deny, fd);
}

/* The connection at FD_CONNECTION comes in, is told why not, as far as it may know, or waits for
 * libwrap (VERDICT_N). */
static void
receive(struct superd *s, struct connection *c, enum verdict v)
{
	if (v == VERDICT_ACCEPTED)
		v = gate_peer(s, c);
	if (v == VERDICT_ACCEPTED && c->port->service->conf->access.libwrap)
		v = wrap_ask(s, c) < 0 ? VERDICT_NO_LIBWRAP : VERDICT_N;
	if (v == VERDICT_ACCEPTED)
		dispatch_accepted(s, c);
	else if (v != VERDICT_N)
		dispatch_refused(s, c, v, FD_CONNECTION);
}

void
dispatch_ready(struct superd *s, struct port *port)
{
	struct connection c = {.port = port};
	enum verdict v;
	int i, r;

	for (i = 0; i < DISPATCH_TURN; i++) {
		if (!admit(s, port, &v))
			return;
		r = listener_accept(&port->listener, &c.peer);
		if (r == -EAGAIN)
			return;
		if (r < 0) {
			failed(s, port, "accept", -r);
			return;
		}
		receive(s, &c, v);
		(void)close(FD_CONNECTION);
	}
}

/* A handler for the port's own socket. */
static void
lend(struct superd *s, struct port *port, struct connection *c)
{
	pid_t pid;

	c->serial = ++s->serial;
	if (listener_local(&port->listener, &c->local) < 0)
		c->local.length = 0;
	if (dup3(port->listener.source.fd, FD_CONNECTION, O_CLOEXEC) < 0)
		return;
	pid = start(s, c);
	(void)close(FD_CONNECTION);
	if (pid < 0) {
		exhausted(s, port, "start a handler", -pid);
		service_park(port, &s->loop);
		return;
	}
	port->waiter->pid = pid;
	waiter_hold(port->waiter, &s->loop);
}

void
dispatch_socket(struct superd *s, struct port *port)
{
	struct connection c = {.port = port};
	enum verdict v;
	int i, r;

	for (i = 0; i < DISPATCH_TURN; i++) {
		if (!admit(s, port, &v))
			return;
		r = wait_look(port, &c.peer);
		if (r == -EAGAIN) {
			wait_nothing(s, port->waiter);
			return;
		}
		if (r < 0) {
			failed(s, port, "look at the socket", -r);
			return;
		}
		if (v == VERDICT_ACCEPTED)
			v = gate_peer(s, &c);
		if (v == VERDICT_ACCEPTED) {
			lend(s, port, &c);
			return;
		}
		gate_refused(s, &c, v);
		(void)listener_drop(&port->listener);
	}
}

void
dispatch_sensor(struct superd *s, struct port *port)
{
	struct connection c = {.port = port};
	struct datagram head;
	int i, r;

	for (i = 0; i < DISPATCH_TURN; i++) {
		r = listener_peek(&port->listener, &head);
		if (r == -EAGAIN)
			return;
		if (r < 0) {
			failed(s, port, "look at the socket", -r);
			return;
		}
		c.peer = head.peer;
		gate_refused(s, &c, gate_peer(s, &c));
		(void)listener_drop(&port->listener);
	}
}

void
dispatch_rearm(struct superd *s, struct waiter *w)
{
	waiter_release(w, &s->loop);
}

static void
done(struct superd *s, struct child *child, const struct child_exit *x)
{
	struct port *port = child->owner;
	char id[EVENT_ID];
	const struct event e = {.port = port,
	    .id = event_id(id, s->boot, child->serial),
	    .peer = &child->peer,
	    .local = &child->local,
	    .pid = x->pid};
	usec_t lived = clock_now() - child->started;
	enum start_step step;
	int error;

	if (start_outcome(&s->starter, child->plan, x->pid, &step, &error))
		event_failed(&e, step, error);
	event_end(&e, x, lived);
	if (child->ending || s->stopping)
		leftover_add(s, x->pid, child->ending ? child->session.due : s->kill.due);
	expiry_stop(s, child);
	gate_leave(s, child);
	child_remove(&s->children, child);
	if (s->stopping) {
		superd_maybe_done(s);
		return;
	}
	if (port->waiter != NULL && port->waiter->pid == x->pid)
		wait_done(s, port->waiter, lived);
	service_unpark(port->service, &s->loop);
	superd_changed(s);
}

void
dispatch_reap(struct superd *s)
{
	struct child_exit x;
	struct child *child;

	/* One look at least: a child may be none of ours. */
	do {
		if (!child_reap(&x))
			return;
		child = child_find(&s->children, x.pid);
		if (child != NULL)
			done(s, child, &x);
		else
			(void)(wrap_reap(s, &x) || announce_reap(s, &x));
	} while (s->children.n + s->nhelpers > 0 || s->stopping);
}

/* The connection that waited is the first to be tried. */
static void
start_held(struct superd *s)
{
	struct exhaustion *x = &s->exhaustion;
	pid_t pid;

	if (!x->held)
		return;
	if (dup3(FD_HELD, FD_CONNECTION, O_CLOEXEC) < 0) {
		exhausted(s, x->what.port, "dup3", errno);
		return;
	}
	pid = start(s, &x->what);
	(void)close(FD_CONNECTION);
	if (pid < 0)
		exhausted(s, x->what.port, "start a handler", -pid);
	else
		dispatch_fini(s);
}

/* At the limit some starts work and some do not: that is one want, until it has been quiet. */
static void
over(struct superd *s)
{
	struct exhaustion *x = &s->exhaustion;

	if (s->loop.now < x->last + OVER_AFTER) {
		loop_arm(&s->loop, &x->timer, x->last + OVER_AFTER);
		return;
	}
	log_notice("sockets are served again");
	x->reported = false;
}

void
dispatch_resume(struct superd *s)
{
	size_t i;

	s->exhaustion.paused = false;
	start_held(s);
	if (s->exhaustion.paused)
		return;
	over(s);
	wrap_resume(s);
	for (i = 0; i < s->nservices; i++)
		service_unpark(&s->services[i], &s->loop);
}
