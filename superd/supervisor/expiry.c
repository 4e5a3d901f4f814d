#include "supervisor/expiry.h"

#include <signal.h>
#include <stdbool.h>

#include "base/fd.h"
#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "net/idle.h"
#include "supervisor/event.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

#define GRACE (5 * USEC_PER_SEC)

static const struct service_conf *
conf_of(const struct child *child)
{
	const struct port *port = child->owner;

	return port->service->conf;
}

static void
watch_idle(struct superd *s, struct child *child)
{
	usec_t limit = (usec_t)conf_of(child)->limits.idle * USEC_PER_SEC;

	if (s->netlink < 0) {
		s->netlink = fd_raise(idle_open());
		if (s->netlink < 0) {
			log_warnx("limits.idle: the kernel does not tell about connections");
			return;
		}
	}
	if (idle_identify(FD_CONNECTION, &child->key) < 0)
		return;
	child->watch.since = s->loop.now;
	child->idle.kind = SUPERD_IDLE;
	child->idle.owner = child;
	loop_arm(&s->loop, &child->idle, s->loop.now + limit);
}

void
expiry_start(struct superd *s, const struct connection *c, struct child *child)
{
	const struct limits_conf *limits = &c->port->service->conf->limits;

	if (limits->session > 0) {
		child->session.kind = SUPERD_SESSION;
		child->session.owner = child;
		loop_arm(&s->loop, &child->session,
		    s->loop.now + (usec_t)limits->session * USEC_PER_SEC);
	}
	if (limits->idle > 0)
		watch_idle(s, child);
}

void
expiry_stop(struct superd *s, struct child *child)
{
	loop_disarm(&s->loop, &child->session);
	loop_disarm(&s->loop, &child->idle);
}

/* The first time TERM, then KILL. */
static void
end(struct superd *s, struct child *child, const char *reason)
{
	loop_disarm(&s->loop, &child->idle);
	if (child->ending) {
		child_signal(child, SIGKILL);
		return;
	}
	child->ending = true;
	event_expired(child, s->boot, reason);
	child_signal(child, SIGTERM);
	child->session.kind = SUPERD_SESSION;
	child->session.owner = child;
	loop_arm(&s->loop, &child->session, s->loop.now + GRACE);
}

void
expiry_session(struct superd *s, struct child *child)
{
	end(s, child, "session");
}

void
expiry_idle(struct superd *s, struct child *child)
{
	usec_t limit = (usec_t)conf_of(child)->limits.idle * USEC_PER_SEC, left = limit;
	struct idle_result r;

	if (idle_query(
		s->netlink, (uint32_t)child->pid, &child->local, &child->peer, &child->key) == 0)
		while (idle_next(s->netlink, &r) == 1)
			if (r.id == (uint32_t)child->pid && !r.gone)
				left = idle_left(&child->watch, &r, limit, s->loop.now);
	/* A handler may live on after its connection; that is for `session`. */
	if (left == 0)
		end(s, child, "idle");
	else
		loop_arm(&s->loop, &child->idle, s->loop.now + left);
}
