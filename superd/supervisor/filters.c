#include "supervisor/filters.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "config/service.h"
#include "net/endpoint.h"
#include "net/filter.h"
#include "net/transport.h"
#include "supervisor/gate.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

#define CHANGED_AFTER USEC_PER_SEC

enum { SLICE = 256 };

void
filters_init(struct superd *s)
{
	s->filters.timer.kind = SUPERD_FILTERS;
}

static bool
is_filtered(const struct port *port)
{
	const struct transport *t = port->listener.endpoint->transport;

	/* Neither unix nor MPTCP sockets take filters. */
	if (t->services == NULL || t->unfiltered)
		return false;
	return port->waiter != NULL || !t->listens ||
	       port->service->conf->access.enforce == ENFORCE_KERNEL;
}

/* Where there is no room for the old one and the new one, the socket is without for a moment. */
static int
replace(const struct port *port, const struct filter_rules *rules)
{
	int r = filter_apply(port->listener.source.fd, rules, false);

	if (r != -ENOMEM)
		return r;
	(void)filter_detach(port->listener.source.fd);
	return filter_apply(port->listener.source.fd, rules, false);
}

/* What does not hold, once a service: superd itself sees but the first packet, or none. */
static void
report(struct port *port, bool listed, int error)
{
	struct service *svc = port->service;
	const char *what = "the bans", *then = "those do not hold for what its handlers receive";

	if (svc->unfiltered)
		return;
	svc->unfiltered = true;
	if (!listed && svc->access.addresses != NULL) {
		what = "its access list";
		then = "only what superd itself sees is checked";
		if (port->waiter != NULL && port->listener.endpoint->transport->listens)
			then = "its connections are refused";
	}
	log_warnx("service %s: the kernel does not take %s as a filter (%s%s): %s", svc->conf->name,
	    what, strerror(-error), error == -ENOMEM ? ", see net.core.optmem_max" : "", then);
}

/* The list and the bans; if that is too much the list, which comes first, else the bans. 0, or
 * -EPERM if the socket has a filter that stays. */
static int
apply(struct port *port, const struct prefix *bans, size_t n)
{
	const struct ranges *listed = port->service->access.addresses;
	const struct filter_rules all = {
	    .map = listed, .drops = listed != NULL ? access_drops : NULL, .bans = bans, .nbans = n};
	struct filter_rules rules = all;
	int r, error;

	port->listed = port->filtered = false;
	if (listed == NULL && n == 0)
		return filter_detach(port->listener.source.fd);
	r = error = replace(port, &rules);
	if (r < 0 && listed != NULL && n > 0) {
		rules.nbans = 0;
		r = replace(port, &rules);
		if (r < 0) {
			rules = (struct filter_rules){.bans = bans, .nbans = n};
			r = replace(port, &rules);
		}
	}
	port->filtered = r == 0;
	port->listed = r == 0 && rules.map != NULL;
	if (r < 0)
		r = filter_detach(port->listener.source.fd);
	if (r == 0 && error < 0)
		report(port, port->listed, error);
	return r;
}

int
filters_port(struct superd *s, struct port *port)
{
	struct prefix bans[FILTER_BANS];

	if (port->listener.endpoint->transport->unfiltered)
		return 0;
	/* What a handler may have left; nobody else's. */
	if (!is_filtered(port))
		return port->waiter != NULL ? filter_detach(port->listener.source.fd) : 0;
	return apply(port, bans, gate_bans(s, bans, FILTER_BANS));
}

void
filters_accepted(const struct port *port)
{
	if (port->filtered)
		(void)filter_detach(FD_CONNECTION);
}

void
filters_changed(struct superd *s)
{
	struct filters *f = &s->filters;

	if (s->stopping)
		return;
	/* A round that is under way ends first: bans in quick succession starve no port. */
	f->again = f->service + f->port > 0;
	if (!f->timer.armed)
		loop_arm(&s->loop, &f->timer, s->loop.now + CHANGED_AFTER);
}

static void
refresh(struct port *port, const struct prefix *bans, size_t n)
{
	if (port->listener.source.fd < 0 || !is_filtered(port))
		return;
	if (n > 0 || port->filtered || port->service->access.addresses != NULL)
		(void)apply(port, bans, n);
}

void
filters_round(struct superd *s)
{
	struct filters *f = &s->filters;
	struct prefix bans[FILTER_BANS];
	size_t n = gate_bans(s, bans, FILTER_BANS), i = 0;
	struct service *svc;

	for (; f->service < s->nservices; f->service++, f->port = 0) {
		svc = &s->services[f->service];
		for (; f->port < svc->nports && i < SLICE; f->port++, i++)
			refresh(&svc->ports[f->port], bans, n);
		if (f->port < svc->nports) {
			loop_arm(&s->loop, &f->timer, s->loop.now);
			return;
		}
	}
	f->service = f->port = 0;
	if (f->again)
		loop_arm(&s->loop, &f->timer, s->loop.now + CHANGED_AFTER);
	f->again = false;
}
