#include "supervisor/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/service.h"
#include "net/transport.h"

static size_t
endpoint_ports(const struct endpoint *e)
{
	return (size_t)(e->last - e->first) + 1;
}

static void
port_init(struct port *port, struct service *svc, const struct endpoint *e, uint16_t number,
    const struct service_kinds *kinds)
{
	bool wait = svc->conf->wait != WAIT_NO;

	port->service = svc;
	port->listener.source.fd = -1;
	port->listener.source.kind = wait ? kinds->sockets : kinds->connections;
	if (service_conf_is_sensor(svc->conf) && !e->transport->accepts)
		port->listener.source.kind = kinds->sensors;
	port->listener.source.many = true;
	port->listener.source.owner = port;
	port->listener.endpoint = e;
	port->listener.options = &svc->conf->socket;
	port->listener.port = number;
}

static int
ports_init(struct service *svc, const struct service_kinds *kinds)
{
	const struct endpoints *all = &svc->conf->endpoints;
	size_t i, n = 0;
	unsigned number;

	for (i = 0; i < all->n; i++)
		n += endpoint_ports(&all->v[i]);
	svc->ports = calloc(n, sizeof(*svc->ports));
	if (svc->ports == NULL && n > 0)
		return -ENOMEM;
	for (i = 0; i < all->n; i++)
		for (number = all->v[i].first; number <= all->v[i].last; number++)
			port_init(
			    &svc->ports[svc->nports++], svc, &all->v[i], (uint16_t)number, kinds);
	return 0;
}

static int
waiters_init(struct service *svc, const struct service_kinds *kinds)
{
	size_t i, j, each = svc->conf->wait == WAIT_ALL ? svc->nports : 1;
	struct waiter *w;

	if (svc->conf->wait == WAIT_NO || svc->nports == 0)
		return 0;
	svc->nwaiters = svc->nports / each;
	svc->waiters = calloc(svc->nwaiters, sizeof(*svc->waiters));
	if (svc->waiters == NULL)
		return -ENOMEM;
	for (i = 0; i < svc->nwaiters; i++) {
		w = &svc->waiters[i];
		w->service = svc;
		w->ports = &svc->ports[i * each];
		w->nports = each;
		w->timer.kind = kinds->guard;
		w->timer.owner = w;
		for (j = 0; j < each; j++)
			w->ports[j].waiter = w;
	}
	return 0;
}

static int
argv_init(struct service *svc)
{
	const struct strings *command = &svc->conf->command;

	svc->argv = command->v;
	if (svc->conf->argv0 == NULL)
		return 0;
	svc->argv = calloc(command->n + 1, sizeof(*svc->argv));
	if (svc->argv == NULL)
		return -ENOMEM;
	memcpy(svc->argv, command->v, command->n * sizeof(*svc->argv));
	svc->argv[0] = svc->conf->argv0;
	return 0;
}

int
service_init(
    struct service *svc, const struct service_conf *conf, const struct service_kinds *kinds)
{
	memset(svc, 0, sizeof(*svc));
	svc->conf = conf;
	svc->stderr_fd = -1;
	svc->rest.kind = kinds->rest;
	svc->rest.owner = svc;
	SLIST_INIT(&svc->parked);
	if (argv_init(svc) < 0 || ports_init(svc, kinds) < 0 || waiters_init(svc, kinds) < 0) {
		service_fini(svc);
		return -ENOMEM;
	}
	return 0;
}

void
service_fini(struct service *svc)
{
	if (svc == NULL || svc->conf == NULL)
		return;
	if (svc->conf->argv0 != NULL)
		free(svc->argv);
	free(svc->waiters);
	free(svc->ports);
	svc->argv = NULL;
	svc->waiters = NULL;
	svc->ports = NULL;
	svc->nwaiters = svc->nports = 0;
}

static bool
held(const struct port *port)
{
	return port->waiter != NULL && (port->waiter->pid != 0 || port->waiter->timer.armed);
}

void
service_watch(struct port *port, struct loop *loop)
{
	if (port->listener.source.fd < 0 || port->parked || held(port))
		return;
	if (loop_watch(loop, &port->listener.source) < 0)
		service_park(port, loop);
}

void
service_park(struct port *port, struct loop *loop)
{
	loop_unwatch(loop, &port->listener.source);
	if (port->parked)
		return;
	port->parked = true;
	SLIST_INSERT_HEAD(&port->service->parked, port, entry);
}

void
service_unpark(struct service *svc, struct loop *loop)
{
	struct port *port, *next;

	port = SLIST_FIRST(&svc->parked);
	SLIST_INIT(&svc->parked);
	for (; port != NULL; port = next) {
		next = SLIST_NEXT(port, entry);
		port->parked = false;
		service_watch(port, loop);
	}
}

void
waiter_hold(struct waiter *w, struct loop *loop)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		if (w->ports[i].listener.source.fd >= 0)
			loop_unwatch(loop, &w->ports[i].listener.source);
}

void
waiter_release(struct waiter *w, struct loop *loop)
{
	size_t i;

	for (i = 0; i < w->nports; i++)
		service_watch(&w->ports[i], loop);
}
