#include "supervisor/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/service.h"
#include "net/datagram.h"
#include "net/endpoint.h"
#include "net/inherit.h"
#include "net/listener.h"
#include "net/transport.h"
#include "supervisor/event.h"
#include "supervisor/filters.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

#define RETRY_AFTER (3 * USEC_PER_SEC)
#define STAMPS_WITHIN (100 * USEC_PER_MSEC)

/* Attempts in one turn of the loop. */
enum { RETRY_SLICE = 64 };

/* Sockets that share a port the kernel picks: IPv4 and IPv6. */
enum { GROUP = 2 };

int
sockets_init(struct superd *s)
{
	struct sockets *all = &s->sockets;
	size_t i, j, n = 0, shared = 0;

	for (i = 0; i < s->nservices; i++) {
		n += s->services[i].nports;
		for (j = 0; j < s->services[i].nports; j++)
			shared += s->services[i].ports[j].listener.endpoint->shared;
	}
	all->retry.kind = SUPERD_PENDING;
	all->retry.owner = s;
	all->shared = calloc(shared + 1, sizeof(struct listener *));
	all->pending = calloc(n + 1, sizeof(struct port *));
	if (all->shared == NULL || all->pending == NULL) {
		sockets_fini(s);
		return -ENOMEM;
	}
	for (i = 0; i < s->nservices; i++)
		for (j = 0; j < s->services[i].nports; j++)
			if (s->services[i].ports[j].listener.endpoint->shared)
				all->shared[all->nshared++] = &s->services[i].ports[j].listener;
	return 0;
}

void
sockets_fini(struct superd *s)
{
	free(s->sockets.shared);
	free(s->sockets.pending);
	s->sockets.shared = NULL;
	s->sockets.pending = NULL;
}

static bool
waits(const struct port *port)
{
	return port->service->conf->wait != WAIT_NO;
}

static int
backlog(const struct port *port)
{
	return (int)port->service->conf->limits.backlog;
}

/* Accounts for what an attempt to open came to: r is its result. */
static int
opened(struct superd *s, struct port *port, int r)
{
	if (r < 0) {
		port->listener.error = -r;
		port->absent = r == -EAFNOSUPPORT && port->listener.endpoint->implicit;
		return r;
	}
	s->sockets.open++;
	(void)filters_port(s, port);
	service_watch(port, &s->loop);
	return 0;
}

static int
open_port(struct superd *s, struct port *port, const char **step)
{
	struct listener *l = &port->listener;
	int fd, r;

	fd = inherit_match(&s->inherit, l->endpoint, l->port);
	if (fd >= 0) {
		*step = "take over";
		r = listener_adopt(l, fd, backlog(port), waits(port));
	} else {
		r = listener_open(
		    l, backlog(port), waits(port), s->sockets.shared, s->sockets.nshared, step);
	}
	return opened(s, port, r);
}

/* Is the kernel still without the protocol? Asked once in a round, and without socket(2): that has
 * the kernel look for a module, and its caller wait. */
static bool
still_missing(struct sockets *all, const struct port *port)
{
	const struct endpoint *e = port->listener.endpoint;
	bool six = e->address.sa.sa_family == AF_INET6;
	uint64_t bit = UINT64_C(1) << (2 * transport_index(e->transport) + six);

	if (!transport_is_missing(e->transport, port->listener.error))
		return false;
	if ((all->missing & bit) == 0 && !transport_is_known(e->transport, e->address.sa.sa_family))
		all->missing |= bit;
	return (all->missing & bit) != 0;
}

static void
make_pending(struct superd *s, struct port *port)
{
	s->sockets.pending[s->sockets.npending++] = port;
	if (!s->sockets.retry.armed)
		loop_arm(&s->loop, &s->sockets.retry, clock_now() + RETRY_AFTER);
}

/* How many ports from this one on want the same number, which the kernel picks: one of each family.
 */
static size_t
group_size(const struct port *port, size_t left)
{
	const struct endpoint *a = port->listener.endpoint, *b;
	size_t n;

	if (a->first != 0 || a->transport->services == NULL)
		return 1;
	for (n = 1; n < left && n < GROUP; n++) {
		b = port[n].listener.endpoint;
		if (b->first != 0 || !transport_same_space(a->transport, b->transport) ||
		    a->address.sa.sa_family == b->address.sa.sa_family)
			break;
	}
	return n;
}

static void
open_group(struct superd *s, struct port *ports, size_t n, const char **step)
{
	const struct listener *failed;
	struct listener *group[GROUP];
	size_t i;

	for (i = 0; i < n; i++)
		group[i] = &ports[i].listener;
	(void)listener_open_group(group, n, backlog(ports), waits(ports), s->sockets.shared,
	    s->sockets.nshared, step, &failed);
	for (i = 0; i < n; i++)
		(void)opened(s, &ports[i], group[i]->source.fd >= 0 ? 0 : -group[i]->error);
}

/* One line for an endpoint, however many ports it has: at its first port, or where the outcome
 * changes. */
static void
report(const struct port *port, const struct port *before, const char *step)
{
	if (port->absent)
		return;
	if (before != NULL && before->listener.endpoint == port->listener.endpoint &&
	    before->listener.error == port->listener.error)
		return;
	if (port->listener.error == 0)
		event_listening(port);
	else
		event_pending(port, step);
}

static void
open_service(struct superd *s, struct service *svc)
{
	const char *step = NULL;
	struct port *port;
	size_t i, n;

	for (i = 0; i < svc->nports; i += n) {
		port = &svc->ports[i];
		n = group_size(port, svc->nports - i);
		if (n > 1)
			open_group(s, port, n, &step);
		else
			(void)open_port(s, port, &step);
		for (; port < &svc->ports[i + n]; port++) {
			report(port, port > svc->ports ? port - 1 : NULL, step);
			if (port->listener.source.fd < 0 && !port->absent)
				make_pending(s, port);
		}
	}
}

/* Some have datagrams that are told apart by their arrival. */
static bool
has_datagrams(const struct superd *s)
{
	const struct service *svc;
	size_t i, j;

	for (i = 0; i < s->nservices; i++) {
		svc = &s->services[i];
		for (j = 0; j < svc->conf->endpoints.n; j++)
			if (!svc->conf->endpoints.v[j].transport->listens &&
			    svc->conf->endpoints.v[j].transport->services != NULL)
				return true;
	}
	return false;
}

void
sockets_open(struct superd *s)
{
	size_t i;

	for (i = 0; i < s->nservices; i++)
		open_service(s, &s->services[i]);
	inherit_fini(&s->inherit);
	if (has_datagrams(s))
		(void)datagram_await_stamps(STAMPS_WITHIN);
}

void
sockets_retry(struct superd *s)
{
	struct sockets *all = &s->sockets;
	const char *step = NULL;
	struct port *port;
	int i, before;

	for (i = 0; i < RETRY_SLICE && all->next < all->npending; i++) {
		port = all->pending[all->next];
		if (still_missing(all, port)) {
			all->next++;
			continue;
		}
		before = port->listener.error;
		if (open_port(s, port, &step) == 0) {
			event_listening(port);
			all->pending[all->next] = all->pending[--all->npending];
			continue;
		}
		if (port->listener.error != before)
			report(port, NULL, step);
		all->next++;
	}
	if (all->next < all->npending) {
		loop_arm(&s->loop, &all->retry, s->loop.now);
		return;
	}
	all->next = 0;
	all->missing = 0;
	if (all->npending > 0)
		loop_arm(&s->loop, &all->retry, s->loop.now + RETRY_AFTER);
	superd_changed(s);
}

static void
close_port(struct superd *s, struct port *port)
{
	if (port->listener.source.fd < 0)
		return;
	loop_unwatch(&s->loop, &port->listener.source);
	listener_close(&port->listener);
	port->filtered = port->listed = false;
	s->sockets.open--;
}

void
sockets_reopen(struct superd *s, struct port *port)
{
	const char *step = NULL;

	close_port(s, port);
	if (open_port(s, port, &step) < 0 && !port->absent)
		make_pending(s, port);
	report(port, NULL, step);
}

void
sockets_broken(struct superd *s, struct port *port, const char *what, int error)
{
	usec_t before = port->broken;

	log_warnx("service %s: %s: %s; the socket is opened again", port->service->conf->name, what,
	    strerror(error));
	port->broken = s->loop.now;
	if (before == 0 || s->loop.now >= before + RETRY_AFTER) {
		sockets_reopen(s, port);
		return;
	}
	close_port(s, port);
	port->listener.error = error;
	make_pending(s, port);
	superd_changed(s);
}

void
sockets_close(struct superd *s)
{
	size_t i, j;

	loop_disarm(&s->loop, &s->sockets.retry);
	for (i = 0; i < s->nservices; i++)
		for (j = 0; j < s->services[i].nports; j++)
			close_port(s, &s->services[i].ports[j]);
}
