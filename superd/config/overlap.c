#include "config/overlap.h"

#include <bsd/sys/tree.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/places.h"
#include "config/report.h"
#include "config/service.h"
#include "net/address.h"
#include "net/endpoint.h"
#include "net/transport.h"

enum { PORTS = 65536 };

/* An endpoint that somebody has. Those of one space and address have no port in common, so that of
 * those in a tree only one, the last that begins not after another's end, can meet it. */
struct entry {
	RB_ENTRY(entry) link;
	const char *space;	/* of ports */
	int type;		/* of abstract unix sockets, which have a space each */
	struct address address; /* without port */
	unsigned first, last;
	struct endpoint *endpoint;
	size_t service;
};
RB_HEAD(entries, entry);

static int
compare_space(const struct entry *a, const struct entry *b)
{
	int r = strcmp(a->space, b->space);

	if (r == 0)
		r = a->type - b->type;
	return r != 0 ? r : a->address.sa.sa_family - b->address.sa.sa_family;
}

/* The greater port first: RB_NFIND then finds the nearest below. */
static int
compare(const struct entry *a, const struct entry *b)
{
	int r = compare_space(a, b);

	if (r == 0)
		r = address_compare(&a->address, &b->address);
	return r != 0 ? r : (a->first < b->first) - (a->first > b->first);
}

RB_GENERATE_INTERNAL(entries, entry, link, compare, __attribute__((unused)) static)

/* Port 0 is another one for each. */
static bool
is_apart(const struct endpoint *e)
{
	return e->transport->services != NULL && e->first == 0;
}

/* For address i of the endpoint. */
static void
entry_init(struct entry *n, struct endpoint *e, size_t i, size_t service)
{
	memset(n, 0, sizeof(*n));
	n->endpoint = e;
	n->service = service;
	n->address = endpoint_address(e, i);
	n->space = e->transport->services != NULL ? e->transport->services : "";
	if (e->transport->services != NULL) {
		n->first = e->first;
		n->last = e->last;
	} else if (e->address.un.sun_path[0] == '\0') {
		n->type = e->transport->type;
	}
}

/* Whose endpoint equals that one. */
static const struct entry *
find_equal(struct entries *all, const struct entry *n)
{
	struct entry key = *n;
	const struct entry *found;

	key.first = n->last;
	found = RB_NFIND(entries, all, &key);
	if (found == NULL || compare_space(found, n) != 0 ||
	    address_compare(&found->address, &n->address) != 0)
		return NULL;
	return found->last >= n->first ? found : NULL;
}

struct overlap {
	struct conf *conf;
	struct report *report;
	struct entries all;
};

static void
conflict(const struct overlap *o, const struct entry *n, const struct entry *earlier)
{
	const struct service_conf *svc = o->conf->services[n->service],
				  *other = o->conf->services[earlier->service];
	const struct position at = places_find(o->conf, n->service, "listen", n->endpoint->item),
			      there = places_find(
				  o->conf, earlier->service, "listen", earlier->endpoint->item);
	char text[ADDRESS_TEXT], has[ADDRESS_TEXT];

	/* That the name is taken says it. */
	if (svc != other && strcmp(svc->name, other->name) == 0)
		return;
	(void)endpoint_text(n->endpoint, text, sizeof(text));
	(void)endpoint_text(earlier->endpoint, has, sizeof(has));
	if (svc == other)
		report_add(o->report, FINDING_ERROR, at.file, at.line,
		    "service %s: listen: %s and %s are the same", svc->name, has, text);
	else
		report_add(o->report, FINDING_ERROR, at.file, at.line,
		    "service %s: listen: %s is %s of service %s already (%s:%u)", svc->name, text,
		    has, other->name, there.file != NULL ? there.file : "", there.line);
}

/* Adds the addresses of an endpoint, from v[*n] on, up to one that is taken: false then, which is
 * reported if `tell`. */
static bool
add_endpoint(
    struct overlap *o, struct entry *v, size_t *n, struct endpoint *e, size_t service, bool tell)
{
	const struct entry *earlier;
	size_t i;

	for (i = 0; i < endpoint_addresses(e); i++) {
		entry_init(&v[*n], e, i, service);
		earlier = find_equal(&o->all, &v[*n]);
		if (earlier != NULL) {
			if (tell)
				conflict(o, &v[*n], earlier);
			return false;
		}
		RB_INSERT(entries, &o->all, &v[*n]);
		(*n)++;
	}
	return true;
}

/* Adds the endpoints of a service, from v[*n] on. False if one is taken: then `keep` says whether
 * the others stay. */
static bool
add_service(struct overlap *o, struct entry *v, size_t *n, size_t service, bool keep)
{
	struct endpoints *e = &o->conf->services[service]->endpoints;
	const struct endpoint *told = NULL;
	size_t i, before = *n;

	for (i = 0; i < e->n; i++) {
		if (is_apart(&e->v[i]))
			continue;
		/* The families and addresses of one item are one mistake. */
		if (!add_endpoint(
			o, v, n, &e->v[i], service, told == NULL || told->item != e->v[i].item))
			told = &e->v[i];
	}
	while (told != NULL && !keep && *n > before)
		RB_REMOVE(entries, &o->all, &v[--*n]);
	return told == NULL;
}

/* How many endpoints cover a port, in all ports: by address, then with one of all. */
struct cover {
	int specific[PORTS + 1], wildcard[PORTS + 1];
};

static void
count(struct cover *c, const struct entry *n)
{
	int *ports = address_is_wildcard(&n->address) ? c->wildcard : c->specific;

	ports[n->first]++;
	ports[n->last + 1]--;
}

/* From the number that begins or ends at a port to the ports up to it that have any. */
static void
sum(int *ports)
{
	int open = 0, covered = 0;
	size_t i;

	for (i = 0; i <= PORTS; i++) {
		open += ports[i];
		covered += open > 0;
		ports[i] = covered;
	}
}

static void
mark(const struct cover *c, struct entry *n)
{
	const int *other = address_is_wildcard(&n->address) ? c->specific : c->wildcard;

	/* Port 0 is never covered, so that first - 1 is in the array. */
	n->endpoint->shared |= other[n->last] > other[n->first - 1];
}

/* Endpoints of one space, from `from` to before `to`. */
static void
mark_space(struct cover *c, struct entry *from, const struct entry *to)
{
	struct entry *n;

	memset(c, 0, sizeof(*c));
	for (n = from; n != to; n = RB_NEXT(entries, NULL, n))
		count(c, n);
	sum(c->specific);
	sum(c->wildcard);
	for (n = from; n != to; n = RB_NEXT(entries, NULL, n))
		mark(c, n);
}

static int
mark_shared(struct entries *all)
{
	struct cover *c = malloc(sizeof(*c));
	struct entry *from, *to;

	if (c == NULL)
		return -ENOMEM;
	from = RB_MIN(entries, all);
	while (from != NULL) {
		to = from;
		do
			to = RB_NEXT(entries, all, to);
		while (to != NULL && compare_space(from, to) == 0);
		if (from->endpoint->transport->services != NULL)
			mark_space(c, from, to);
		from = to;
	}
	free(c);
	return 0;
}

static size_t
count_addresses(const struct service_conf *svc)
{
	size_t i, n = 0;

	for (i = 0; i < svc->endpoints.n; i++)
		n += endpoint_addresses(&svc->endpoints.v[i]);
	return n;
}

/* First those that are served. Those that were bad before are not in their way, and are only told
 * whom they meet. */
static int
add_services(struct overlap *o, struct entry *v, bool *bad)
{
	const struct conf *conf = o->conf;
	bool *before = malloc(conf->nservices + 1);
	size_t i, n = 0;
	int r;

	if (before == NULL)
		return -ENOMEM;
	memcpy(before, bad, conf->nservices * sizeof(*bad));
	for (i = 0; i < conf->nservices; i++)
		if (conf->services[i]->enabled && !before[i])
			bad[i] = !add_service(o, v, &n, i, false);
	r = mark_shared(&o->all);
	for (i = 0; i < conf->nservices && r == 0; i++)
		if (conf->services[i]->enabled && before[i])
			(void)add_service(o, v, &n, i, true);
	free(before);
	return r;
}

int
overlap_check(struct conf *conf, bool *bad, struct report *report)
{
	struct overlap o = {.conf = conf, .report = report, .all = RB_INITIALIZER(&o.all)};
	struct entry *v;
	size_t i, n = 0;
	int r;

	for (i = 0; i < conf->nservices; i++)
		n += count_addresses(conf->services[i]);
	v = calloc(n + 1, sizeof(*v));
	if (v == NULL)
		return -ENOMEM;
	r = add_services(&o, v, bad);
	free(v);
	return r;
}
