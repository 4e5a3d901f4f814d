#include "config/ephemeral.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/places.h"
#include "config/report.h"
#include "config/service.h"
#include "config/system.h"
#include "net/transport.h"

enum { PORTS = 65536 };

/* Of a port: nobody's, a service's, or that of the service that is looked at. */
enum state { FREE, TAKEN, NEW };

struct cover {
	const struct conf *conf;
	const struct system *sys;
	struct report *report;
	bool *bad;
	bool reserved_too;	/* all are reserved: they count as if none were */
	unsigned all, left;	/* ports that count; those of them that nobody has */
	const char *space;	/* of the ports that are looked at */
	unsigned char v[PORTS]; /* enum state */
};

static bool
counts(const struct cover *c, unsigned port)
{
	return c->reserved_too || !system_reserved(c->sys, port);
}

/* Moves the endpoint's ports that count from one state to another. How many those are. */
static unsigned
turn(struct cover *c, const struct endpoint *e, enum state from, enum state to)
{
	const struct system *sys = c->sys;
	unsigned port = e->first > sys->ephemeral_first ? e->first : sys->ephemeral_first, n = 0;

	for (; port <= e->last && port <= sys->ephemeral_last; port++) {
		if (c->v[port] != from || !counts(c, port))
			continue;
		c->v[port] = (unsigned char)to;
		n++;
	}
	return n;
}

static bool
is_in_space(const struct cover *c, const struct endpoint *e)
{
	return e->first > 0 && e->transport->services != NULL &&
	       strcmp(e->transport->services, c->space) == 0;
}

static void
complain(const struct cover *c, size_t service, const struct endpoint *e, bool alone)
{
	const struct position at = places_find(c->conf, service, "listen", e->item);
	char last[8] = "";

	if (e->last > e->first)
		(void)snprintf(last, sizeof(last), "-%u", e->last);
	report_add(c->report, FINDING_ERROR, at.file, at.line,
	    "service %s: listen: %u%s %scovers net.ipv4.ip_local_port_range (%u-%u): the system "
	    "could make no connection; reserved_ports = ok allows it",
	    c->conf->services[service]->name, e->first, last,
	    alone ? "" : "with the other ports of services ", c->sys->ephemeral_first,
	    c->sys->ephemeral_last);
}

/* The first port that outgoing connections get. */
static void
warn(const struct cover *c, size_t service, const struct endpoint *e)
{
	const struct system *sys = c->sys;
	const struct position at = places_find(c->conf, service, "listen", e->item);
	unsigned port = e->first > sys->ephemeral_first ? e->first : sys->ephemeral_first;

	while (port <= e->last && port <= sys->ephemeral_last && system_reserved(sys, port))
		port++;
	if (port > e->last || port > sys->ephemeral_last)
		return;
	report_add(c->report, FINDING_WARNING, at.file, at.line,
	    "service %s: listen: port %u is one that the system takes for outgoing connections; "
	    "reserve it: sysctl net.ipv4.ip_local_reserved_ports=%u-%u",
	    c->conf->services[service]->name, port, e->first, e->last);
}

/* The families and addresses of one item have their ports in common. */
static void
warn_items(const struct cover *c, size_t service)
{
	const struct endpoints *all = &c->conf->services[service]->endpoints;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (is_in_space(c, &all->v[i]) && (i == 0 || all->v[i - 1].item != all->v[i].item))
			warn(c, service, &all->v[i]);
}

static void
check_service(struct cover *c, size_t service)
{
	const struct endpoints *all = &c->conf->services[service]->endpoints;
	unsigned n, left = c->left;
	bool full = false;
	size_t i;

	for (i = 0; i < all->n && !full; i++) {
		if (!is_in_space(c, &all->v[i]))
			continue;
		n = turn(c, &all->v[i], FREE, NEW);
		c->left -= n;
		full = n > 0 && c->left == 0;
		if (full)
			complain(c, service, &all->v[i], n == c->all);
	}
	for (i = 0; i < all->n; i++)
		if (is_in_space(c, &all->v[i]))
			(void)turn(c, &all->v[i], NEW, full ? FREE : TAKEN);
	if (full) {
		c->left = left;
		c->bad[service] = true;
	} else {
		warn_items(c, service);
	}
}

/* Of those that were bad before, or of the others. */
static void
check_services(struct cover *c, const bool *before, bool bad)
{
	const struct service_conf *svc;
	size_t i;

	for (i = 0; i < c->conf->nservices; i++) {
		svc = c->conf->services[i];
		if (svc->enabled && !svc->reserved_ports && before[i] == bad)
			check_service(c, i);
	}
}

static void
check_space(struct cover *c, const char *space, const bool *before)
{
	memset(c->v, FREE, sizeof(c->v));
	c->left = c->all;
	c->space = space;
	check_services(c, before, false);
	check_services(c, before, true);
}

static void
count_ports(struct cover *c)
{
	unsigned port;

	for (port = c->sys->ephemeral_first; port <= c->sys->ephemeral_last; port++)
		c->all += counts(c, port);
}

/* Is row i the first of its space? */
static bool
is_first(size_t i)
{
	size_t n;

	for (n = 0; n < i; n++)
		if (transport_same_space(transport_row(n), transport_row(i)))
			return false;
	return transport_row(i)->services != NULL;
}

int
ephemeral_check(const struct conf *conf, const struct system *sys, bool *bad, struct report *report)
{
	struct cover *c = calloc(1, sizeof(*c));
	bool *before = malloc(conf->nservices + 1);
	size_t i;

	if (c == NULL || before == NULL) {
		free(c);
		free(before);
		return -ENOMEM;
	}
	memcpy(before, bad, conf->nservices * sizeof(*bad));
	c->conf = conf;
	c->sys = sys;
	c->report = report;
	c->bad = bad;
	count_ports(c);
	if (c->all == 0) {
		c->reserved_too = true;
		count_ports(c);
	}
	for (i = 0; transport_row(i) != NULL; i++)
		if (is_first(i))
			check_space(c, transport_row(i)->services, before);
	free(before);
	free(c);
	return 0;
}
