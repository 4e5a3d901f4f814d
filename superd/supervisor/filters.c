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

static void
apply(struct port *port, const struct prefix *bans, size_t n)
{
	const struct ranges *listed = port->service->access.addresses;
	const struct filter_rules rules = {
	    .map = listed, .drops = listed != NULL ? access_drops : NULL, .bans = bans, .nbans = n};
	int r;

	if (port->listener.source.fd < 0 || !is_filtered(port))
		return;
	if (listed == NULL && n == 0 && !port->filtered)
		return;
	r = filter_apply(port->listener.source.fd, &rules, false);
	port->filtered = r == 0 && (listed != NULL || n > 0);
	if (r == 0)
		return;
	(void)filter_detach(port->listener.source.fd);
	if (!port->service->unfiltered)
		log_warnx("service %s: the kernel does not take its access list as a filter "
			  "(%s%s): only what superd itself sees is checked",
		    port->service->conf->name, strerror(-r),
		    r == -ENOMEM ? ", see net.core.optmem_max" : "");
	port->service->unfiltered = true;
}

void
filters_port(struct superd *s, struct port *port)
{
	struct prefix bans[FILTER_BANS];

	if (port->listener.source.fd >= 0 && is_filtered(port))
		apply(port, bans, gate_bans(s, bans, FILTER_BANS));
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
	if (s->stopping)
		return;
	s->filters.service = s->filters.port = 0;
	if (!s->filters.timer.armed)
		loop_arm(&s->loop, &s->filters.timer, s->loop.now + CHANGED_AFTER);
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
			apply(&svc->ports[f->port], bans, n);
		if (f->port < svc->nports) {
			loop_arm(&s->loop, &f->timer, s->loop.now);
			return;
		}
	}
}
