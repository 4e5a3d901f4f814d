#include "config/carve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/service.h"
#include "net/address.h"
#include "net/transport.h"

enum { PORTS = 65536 };

/* Ports of one address that somebody has, a bit each. */
struct taken {
	uint8_t ports[PORTS / 8];
};

static bool
has(const struct taken *t, unsigned port)
{
	return (t->ports[port / 8] & 1U << port % 8) != 0;
}

static void
take(struct taken *t, unsigned first, unsigned last)
{
	for (; first <= last; first++)
		t->ports[first / 8] |= (uint8_t)(1U << first % 8);
}

/* Does somebody who has named this endpoint expect what comes to the sensor's range? */
static bool
is_taken(const struct service_conf *svc, const struct endpoint *e, const struct endpoint *sensor)
{
	/* A range of a sensor's is all that nobody else has; one port of it is meant. */
	if (service_conf_is_sensor(svc) && e->first != e->last)
		return false;
	switch (endpoint_overlap(e, sensor)) {
	case ENDPOINT_APART:
		return false;
	case ENDPOINT_EQUAL:
		return true;
	case ENDPOINT_SPECIFIC:
		/* The sensor's address is one of all that a service has. */
		return address_is_wildcard(&e->address);
	}
	return false;
}

/* Those that others have, or sensors of one port, of the ports of a sensor's endpoint. */
static void
find_taken(struct taken *t, const struct conf *conf, const struct endpoint *sensor)
{
	const struct service_conf *svc;
	const struct endpoint *e;
	size_t i, k;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < conf->nservices; i++) {
		svc = conf->services[i];
		if (!svc->enabled)
			continue;
		for (k = 0; k < svc->endpoints.n; k++) {
			e = &svc->endpoints.v[k];
			if (is_taken(svc, e, sensor))
				take(t, e->first, e->last);
		}
	}
}

static int
append(struct endpoints *list, const struct endpoint *e, unsigned first, unsigned last)
{
	struct endpoint *v = reallocarray(list->v, list->n + 1, sizeof(*v));

	if (v == NULL)
		return -ENOMEM;
	list->v = v;
	v[list->n] = *e;
	v[list->n].first = (uint16_t)first;
	v[list->n].last = (uint16_t)last;
	address_set_port(&v[list->n].address, (uint16_t)first);
	list->n++;
	return 0;
}

/* What is left of an endpoint. */
static int
carve(struct endpoints *made, const struct taken *t, const struct endpoint *e)
{
	unsigned port = e->first, first;
	int r = 0;

	while (port <= e->last && r == 0) {
		if (has(t, port)) {
			port++;
			continue;
		}
		for (first = port; port < e->last && !has(t, port + 1); port++)
			continue;
		r = append(made, e, first, port++);
	}
	return r;
}

static int
carve_service(const struct conf *conf, struct service_conf *svc, struct taken *t)
{
	struct endpoints made = {0};
	const struct endpoint *e;
	size_t i;
	int r = 0;

	for (i = 0; i < svc->endpoints.n && r == 0; i++) {
		e = &svc->endpoints.v[i];
		/* A single port that is taken is a mistake, which is reported. */
		if (e->first == e->last || e->nmore > 0) {
			r = append(&made, e, e->first, e->last);
			continue;
		}
		find_taken(t, conf, e);
		r = carve(&made, t, e);
	}
	if (r < 0) {
		free(made.v);
		return r;
	}
	free(svc->endpoints.v);
	svc->endpoints = made;
	return 0;
}

int
carve_sensors(struct conf *conf)
{
	struct taken *t = NULL;
	size_t i;
	int r = 0;

	for (i = 0; i < conf->nservices && r == 0; i++) {
		if (!conf->services[i]->enabled || !service_conf_is_sensor(conf->services[i]))
			continue;
		if (t == NULL && (t = malloc(sizeof(*t))) == NULL)
			return -ENOMEM;
		r = carve_service(conf, conf->services[i], t);
	}
	free(t);
	return r;
}
