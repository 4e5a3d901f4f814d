#include "net/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "net/host.h"
#include "net/port.h"
#include "net/transport.h"

enum { LAST_PRIVILEGED = 1023 };

/* One text on its way into a list. */
struct parse {
	struct endpoints *list;
	size_t start; /* what the list had before */
	unsigned offset;
	struct text error;
};

/* before "part" after, as the sentence of the error. */
static int
complain(struct parse *p, int r, const char *before, const char *part, const char *after)
{
	text_add(&p->error, before);
	text_add_quoted(&p->error, part);
	text_add(&p->error, after);
	return r;
}

static void
add_transports(struct text *t)
{
	const struct transport *row;
	size_t i;

	for (i = 0; (row = transport_row(i)) != NULL; i++)
		text_addf(t, i > 0 ? " %s" : "%s", row->name);
}

static int
unknown_transport(struct parse *p, const char *name)
{
	const char *names[TRANSPORTS], *nearest;
	const struct transport *row;
	size_t n;

	for (n = 0; n < TRANSPORTS && (row = transport_row(n)) != NULL; n++)
		names[n] = row->name;
	nearest = text_nearest(name, names, n);
	(void)complain(p, -EINVAL, "unknown transport ", name, "");
	if (nearest != NULL)
		text_addf(&p->error, ", did you mean \"%s\"?", nearest);
	text_add(&p->error, " (transports: ");
	add_transports(&p->error);
	text_add(&p->error, ")");
	return -EINVAL;
}

static int
append(struct parse *p, const struct endpoint *e)
{
	struct endpoints *list = p->list;
	struct endpoint *v;

	v = reallocarray(list->v, list->n + 1, sizeof(*v));
	if (v == NULL) {
		text_add(&p->error, "out of memory");
		return -ENOMEM;
	}
	list->v = v;
	v[list->n++] = *e;
	return 0;
}

static void
set_address(struct endpoint *e, const struct transport *t, const struct address *a)
{
	e->transport = transport_narrow(t, a->sa.sa_family);
	e->address = *a;
	address_set_port(&e->address, e->first);
}

/* e has the ports. */
static int
append_each(struct parse *p, const struct host *h, const struct transport *t, struct endpoint *e)
{
	size_t i;
	int r = 0;

	e->implicit = h->implicit;
	for (i = 0; i < h->n && r == 0; i++) {
		set_address(e, t, &h->v[i]);
		r = append(p, e);
	}
	return r;
}

static int
append_joined(struct parse *p, const struct host *h, const struct transport *t, struct endpoint *e)
{
	size_t i;
	int r;

	set_address(e, t, &h->v[0]);
	e->nmore = h->n - 1;
	e->more = e->nmore > 0 ? calloc(e->nmore, sizeof(*e->more)) : NULL;
	if (e->nmore > 0 && e->more == NULL) {
		text_add(&p->error, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < e->nmore; i++)
		e->more[i] = h->v[i + 1];
	r = append(p, e);
	if (r < 0)
		free(e->more);
	return r;
}

/* Parts head, ADDRESS:PORT or [ADDRESS]:PORT or PORT, at its colon. *host is NULL for the last. */
static int
split(struct parse *p, char *head, char **host, char **port)
{
	char *close = strrchr(head, ']'), *colon;

	*host = head;
	if (head[0] == '[' && (close == NULL || (close[1] != ':' && strchr(close, '+') == NULL)))
		return complain(
		    p, -EINVAL, "", head, " is not [ADDRESS]:PORT, as in [::1]:110/tcp");
	colon = strchr(close != NULL ? close : head, ':');
	if (colon == NULL) {
		*host = NULL;
		*port = head;
		return 0;
	}
	if (strchr(colon + 1, ':') != NULL)
		return complain(p, -EINVAL, "", head,
		    ": an IPv6 address stands in brackets, as in [::1]:110/tcp");
	*colon = '\0';
	*port = colon + 1;
	return 0;
}

static int
add_offset(struct parse *p, struct endpoint *e)
{
	if (e->first == 0 || e->first > LAST_PRIVILEGED || p->offset == 0)
		return 0;
	if (p->offset > (unsigned)(UINT16_MAX - e->last)) {
		text_addf(&p->error, "port %u with %u added is above 65535", e->last, p->offset);
		return -EINVAL;
	}
	/* The whole of a range moves, or it would grow. */
	e->first = (uint16_t)(e->first + p->offset);
	e->last = (uint16_t)(e->last + p->offset);
	return 0;
}

/* head: [ADDRESS:]PORT[-PORT], in memory that may be cut up. */
static int
parse_inet(struct parse *p, char *head, const struct transport *transport)
{
	struct endpoint e = {.transport = transport};
	char *host = NULL, *port = head;
	struct host h;
	int r;

	r = split(p, head, &host, &port);
	if (r < 0)
		return r;
	if (host != NULL && host[0] == '\0') {
		text_add(&p->error, "the address before the colon is empty: leave out the colon, "
				    "or write * for every address");
		return -EINVAL;
	}
	r = port_parse(port, transport, &e.first, &e.last, &p->error);
	if (r == 0)
		r = add_offset(p, &e);
	if (r == 0)
		r = host_parse(&h, host, transport, &p->error);
	if (r < 0)
		return r;
	r = h.joined ? append_joined(p, &h, transport, &e) : append_each(p, &h, transport, &e);
	host_fini(&h);
	return r;
}

static int
parse_unix(struct parse *p, const char *name, const struct transport *transport)
{
	struct endpoint e = {.transport = transport};
	struct sockaddr_un *un = &e.address.un;
	size_t n = strlen(name), header = offsetof(struct sockaddr_un, sun_path);
	const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;

	if (name[0] != '/' && name[0] != '@')
		return complain(p, -EINVAL, "", name,
		    " is not the absolute path of a unix socket (nor @NAME, an abstract one)");
	if (n > sizeof(un->sun_path) - (name[0] == '/'))
		return complain(
		    p, -EINVAL, "", name, " is too long for a unix socket: at most 107 characters");
	if (name[0] == '@' && n == 1) {
		text_add(&p->error, "the abstract name after @ is empty");
		return -EINVAL;
	}
	if (name[0] == '/' &&
	    (last[0] == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0))
		return complain(p, -EINVAL, "", name, " is a folder, not the path of a socket");
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, name, n);
	if (name[0] == '@')
		un->sun_path[0] = '\0';
	e.address.length = (socklen_t)(header + n + (name[0] == '/'));
	return append(p, &e);
}

/* No part of an endpoint has these; inside a path they may be meant. */
static int
check_blanks(struct parse *p, const char *text, bool path)
{
	size_t i, n = strlen(text);
	unsigned char c;

	for (i = 0; i < n; i++) {
		c = (unsigned char)text[i];
		if (c == ' ' && path && i > 0 && i < n - 1)
			continue;
		if (c <= ' ' || c == 0x7f)
			return complain(p, -EINVAL, "", text,
			    ": blanks and control characters are not part of an endpoint");
	}
	return 0;
}

static int
parse_text(struct parse *p, char *text)
{
	const struct transport *transport = NULL;
	char *colon = strchr(text, ':'), *slash = strrchr(text, '/');
	bool path = false;
	int r;

	if (colon != NULL) {
		transport = transport_find(text, (size_t)(colon - text));
		path = (transport != NULL && transport->services == NULL) || colon[1] == '@' ||
		       (colon[1] == '/' && transport_find(slash + 1, strlen(slash + 1)) == NULL);
	}
	r = check_blanks(p, text, path);
	if (r < 0)
		return r;
	if (path) {
		*colon = '\0';
		if (transport == NULL)
			return unknown_transport(p, text);
		if (transport->services != NULL)
			return complain(p, -EINVAL, "", text,
			    " takes no path, but ports: [ADDRESS:]PORT[-PORT]/TRANSPORT");
		return parse_unix(p, colon + 1, transport);
	}
	if (slash == NULL || slash[1] == '\0') {
		(void)complain(p, -EINVAL, "", text,
		    " has no transport: write [ADDRESS:]PORT/TRANSPORT, as in 110/tcp, or "
		    "unix:/PATH (transports: ");
		add_transports(&p->error);
		text_add(&p->error, ")");
		return -EINVAL;
	}
	transport = transport_find(slash + 1, strlen(slash + 1));
	if (transport == NULL)
		return unknown_transport(p, slash + 1);
	if (transport->services == NULL)
		return complain(p, -EINVAL, "", slash + 1,
		    " has no ports, but paths: unix:/run/x.sock or unix:@NAME");
	*slash = '\0';
	return parse_inet(p, text, transport);
}

static void
cut(struct endpoints *list, size_t n)
{
	while (list->n > n)
		free(list->v[--list->n].more);
}

int
endpoint_parse(
    struct endpoints *list, const char *text, unsigned port_offset, char *error, size_t size)
{
	struct parse p = {.list = list, .start = list->n, .offset = port_offset};
	autofree char *copy = strdup(text);
	int r;

	text_init(&p.error, error, size);
	if (copy == NULL) {
		text_add(&p.error, "out of memory");
		return -ENOMEM;
	}
	r = parse_text(&p, copy);
	if (r < 0)
		cut(list, p.start);
	return r;
}

void
endpoints_fini(struct endpoints *list)
{
	if (list == NULL)
		return;
	cut(list, 0);
	free(list->v);
	list->v = NULL;
	list->n = 0;
}

size_t
endpoint_addresses(const struct endpoint *e)
{
	return 1 + e->nmore;
}

struct address
endpoint_address(const struct endpoint *e, size_t i)
{
	struct address a = i == 0 ? e->address : e->more[i - 1];

	address_set_port(&a, 0);
	return a;
}

bool
endpoint_is_mixed(const struct endpoint *e)
{
	size_t i;

	for (i = 0; i < e->nmore; i++)
		if (e->more[i].sa.sa_family != e->address.sa.sa_family)
			return true;
	return false;
}

static enum endpoint_overlap
overlap_unix(const struct endpoint *a, const struct endpoint *b)
{
	/* A path is one file, whatever the type of its socket. */
	if (a->address.un.sun_path[0] == '\0' && !transport_same_space(a->transport, b->transport))
		return ENDPOINT_APART;
	return address_equal(&a->address, &b->address) ? ENDPOINT_EQUAL : ENDPOINT_APART;
}

static enum endpoint_overlap
overlap_addresses(const struct address *a, const struct address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return ENDPOINT_APART;
	if (address_equal(a, b))
		return ENDPOINT_EQUAL;
	if (address_is_wildcard(a) || address_is_wildcard(b))
		return ENDPOINT_SPECIFIC;
	return ENDPOINT_APART;
}

enum endpoint_overlap
endpoint_overlap(const struct endpoint *a, const struct endpoint *b)
{
	enum endpoint_overlap most = ENDPOINT_APART, found;
	struct address one, other;
	size_t i, k;

	if ((a->address.sa.sa_family == AF_UNIX) != (b->address.sa.sa_family == AF_UNIX))
		return ENDPOINT_APART;
	if (a->address.sa.sa_family == AF_UNIX)
		return overlap_unix(a, b);
	if (!transport_same_space(a->transport, b->transport) || a->first == 0 || b->first == 0 ||
	    a->last < b->first || b->last < a->first)
		return ENDPOINT_APART;
	for (i = 0; i < endpoint_addresses(a); i++)
		for (k = 0; k < endpoint_addresses(b); k++) {
			one = endpoint_address(a, i);
			other = endpoint_address(b, k);
			found = overlap_addresses(&one, &other);
			if (found > most)
				most = found;
		}
	return most;
}

static int
order(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

int
endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
	const char *one = a->transport->services, *other = b->transport->services;
	int r;

	/* Unix sockets, which have no space of ports, come last, and by their paths. */
	if (one == NULL || other == NULL)
		r = (one == NULL) - (other == NULL);
	else
		r = strcmp(one, other);
	if (r == 0)
		r = order(a->address.sa.sa_family, b->address.sa.sa_family);
	if (r == 0)
		r = order(a->first, b->first);
	if (r == 0)
		r = order(a->last, b->last);
	if (r == 0)
		r = address_compare(&a->address, &b->address);
	if (r == 0)
		r = order((unsigned)a->transport->type, (unsigned)b->transport->type);
	return r;
}

static void
add_joined(struct text *t, const struct endpoint *e)
{
	char host[ADDRESS_TEXT];
	struct address a;
	size_t i;

	for (i = 0; i < endpoint_addresses(e); i++) {
		a = endpoint_address(e, i);
		(void)address_host(&a, host, sizeof(host));
		text_addf(
		    t, a.sa.sa_family == AF_INET6 ? "%s[%s]" : "%s%s", i > 0 ? "+" : "", host);
	}
	text_addf(t, ":%u", e->first);
}

static void
add_unix(struct text *t, const struct endpoint *e)
{
	const struct address *a = &e->address;
	size_t header = offsetof(struct sockaddr_un, sun_path);

	text_addf(t, "%s:", e->transport->name);
	if (a->un.sun_path[0] == '\0') {
		text_add(t, "@");
		text_add_bytes(t, a->un.sun_path + 1, a->length - header - 1);
	} else {
		text_add(t, a->un.sun_path);
	}
}

const char *
endpoint_text(const struct endpoint *e, char *text, size_t size)
{
	char address[ADDRESS_TEXT];
	struct text t;

	text_init(&t, text, size);
	if (e->address.sa.sa_family == AF_UNIX) {
		add_unix(&t, e);
		return text;
	}
	if (e->nmore > 0)
		add_joined(&t, e);
	else
		text_add(&t, address_text(&e->address, address, sizeof(address)));
	if (e->last != e->first)
		text_addf(&t, "-%u", e->last);
	text_addf(&t, "/%s", e->transport->name);
	return text;
}
