#include "net/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "net/port.h"
#include "net/transport.h"

enum { MAX_TRANSPORTS = 32, LAST_PRIVILEGED = 1023 };

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
	text_add(&p->error, "\"");
	text_add_vis(&p->error, part, strlen(part));
	text_add(&p->error, "\"");
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
	const char *names[MAX_TRANSPORTS], *nearest;
	const struct transport *row;
	size_t n;

	for (n = 0; n < MAX_TRANSPORTS && (row = transport_row(n)) != NULL; n++)
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
	size_t i;

	for (i = p->start; i < list->n; i++)
		if (address_equal(&list->v[i].address, &e->address))
			return 0;
	v = reallocarray(list->v, list->n + 1, sizeof(*v));
	if (v == NULL) {
		text_add(&p->error, "out of memory");
		return -ENOMEM;
	}
	list->v = v;
	v[list->n++] = *e;
	return 0;
}

/* e has transport, ports and implicit; the address and all that follows from it are added here. */
static int
append_at(struct parse *p, const struct endpoint *e, const struct address *a)
{
	struct endpoint made = *e;

	made.transport = transport_narrow(e->transport, a->sa.sa_family);
	made.address = *a;
	address_set_port(&made.address, e->first);
	return append(p, &made);
}

static bool
has_family(const struct transport *t, int family)
{
	return t->family == AF_UNSPEC || t->family == family;
}

/* Both families' address of a kind, as far as the transport takes them. */
static int
add_pair(struct parse *p, struct endpoint *e, const char *const pair[2])
{
	struct address a;
	size_t i;
	int r;

	/* A family that the transport names has been asked for. */
	e->implicit = e->transport->family == AF_UNSPEC;
	for (i = 0; i < 2; i++) {
		r = address_parse(&a, pair[i], 0);
		if (r == 0 && has_family(e->transport, a.sa.sa_family))
			r = append_at(p, e, &a);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
add_numeric(struct parse *p, const struct endpoint *e, const char *host, const struct address *a)
{
	char name[ADDRESS_TEXT];

	if (!has_family(e->transport, a->sa.sa_family)) {
		(void)snprintf(name, sizeof(name), " is an %s address, which %s does not take",
		    a->sa.sa_family == AF_INET ? "IPv4" : "IPv6", e->transport->name);
		return complain(p, -EINVAL, "", host, name);
	}
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return complain(p, -EINVAL, "", host, " is IPv4 in IPv6: write the IPv4 address");
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a->in6.sin6_addr) &&
	    a->in6.sin6_scope_id == 0)
		return complain(p, -EINVAL, "the link-local address ", host,
		    " needs its interface, as in [fe80::1%eth0]");
	return append_at(p, e, a);
}

static int
resolve(struct parse *p, struct endpoint *e, const char *host)
{
	struct addrinfo hints = {.ai_family = e->transport->family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL, *i;
	struct address a;
	char reason[ADDRESS_TEXT];
	int r = getaddrinfo(host, NULL, &hints, &found);

	if (r != 0) {
		(void)snprintf(reason, sizeof(reason), " has no address for %s: %s",
		    e->transport->name, r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
		return complain(p, r == EAI_MEMORY ? -ENOMEM : -ENOENT, "the host ", host, reason);
	}
	e->implicit = e->transport->family == AF_UNSPEC;
	for (i = found; i != NULL && r == 0; i = i->ai_next) {
		if (i->ai_addrlen > sizeof(a.in6))
			continue;
		memset(&a, 0, sizeof(a));
		memcpy(&a.sa, i->ai_addr, i->ai_addrlen);
		a.length = i->ai_addrlen;
		r = append_at(p, e, &a);
	}
	freeaddrinfo(found);
	return r;
}

/* Labels of letters, digits, - and _; a name that ends in a number would be taken for an address
 * of inet_aton(3)'s odd forms. */
static bool
is_host_name(const char *host)
{
	const char *last = strrchr(host, '.');

	if (host[0] == '.' || host[0] == '-' ||
	    host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789.-_")] != '\0')
		return false;
	last = last != NULL && last[1] != '\0' ? last + 1 : host;
	return last[0] < '0' || last[0] > '9';
}

static int
add_host(struct parse *p, struct endpoint *e, const char *host, bool brackets)
{
	static const char *const loopbacks[2] = {"127.0.0.1", "::1"};
	struct address a;
	int r = address_parse(&a, host, 0);

	if (r == -ENODEV)
		return complain(p, -EINVAL, "", host, " names an interface that does not exist");
	if (r == 0 && (a.sa.sa_family == AF_INET6) == brackets)
		return add_numeric(p, e, host, &a);
	if (brackets)
		return complain(p, -EINVAL, "", host, " in brackets is not an IPv6 address");
	if (r == 0)
		return complain(
		    p, -EINVAL, "the IPv6 address ", host, " needs brackets, as in [::1]:110/tcp");
	if (!is_host_name(host))
		return complain(p, -EINVAL, "", host, " is neither an address nor a host name");
	/* RFC 6761 has this name mean the loopback addresses, whatever hosts(5) says of it. */
	if (strcmp(host, "localhost") == 0)
		return add_pair(p, e, loopbacks);
	return resolve(p, e, host);
}

/* Parts head, ADDRESS:PORT or [ADDRESS]:PORT or PORT, at its colon. *host is NULL for the last. */
static int
split(struct parse *p, char *head, char **host, char **port, bool *brackets)
{
	char *close;

	*host = head;
	*brackets = head[0] == '[';
	if (*brackets) {
		close = strchr(head, ']');
		if (close == NULL || close[1] != ':')
			return complain(
			    p, -EINVAL, "", head, " is not [ADDRESS]:PORT, as in [::1]:110/tcp");
		*host = head + 1;
		*close = '\0';
		*port = close + 2;
		return 0;
	}
	*port = strchr(head, ':');
	if (*port == NULL) {
		*host = NULL;
		*port = head;
		return 0;
	}
	if (strchr(*port + 1, ':') != NULL)
		return complain(p, -EINVAL, "", head,
		    ": an IPv6 address stands in brackets, as in [::1]:110/tcp");
	*(*port)++ = '\0';
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
	static const char *const wildcards[2] = {"0.0.0.0", "::"};
	struct endpoint e = {.transport = transport};
	char *host = NULL, *port = head;
	bool brackets;
	int r;

	r = split(p, head, &host, &port, &brackets);
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
	if (r < 0)
		return r;
	if (host == NULL || (!brackets && strcmp(host, "*") == 0))
		return add_pair(p, &e, wildcards);
	return add_host(p, &e, host, brackets);
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
		list->n = p.start;
	return r;
}

void
endpoints_fini(struct endpoints *list)
{
	if (list == NULL)
		return;
	free(list->v);
	list->v = NULL;
	list->n = 0;
}

enum endpoint_overlap
endpoint_overlap(const struct endpoint *a, const struct endpoint *b)
{
	struct address one = a->address, other = b->address;

	if (one.sa.sa_family != other.sa.sa_family)
		return ENDPOINT_APART;
	if (one.sa.sa_family == AF_UNIX) {
		/* A path is one file, whatever the type of its socket. */
		if (one.un.sun_path[0] == '\0' && !transport_same_space(a->transport, b->transport))
			return ENDPOINT_APART;
		return address_equal(&one, &other) ? ENDPOINT_EQUAL : ENDPOINT_APART;
	}
	if (!transport_same_space(a->transport, b->transport) || a->first == 0 || b->first == 0 ||
	    a->last < b->first || b->last < a->first)
		return ENDPOINT_APART;
	address_set_port(&one, 0);
	address_set_port(&other, 0);
	if (address_equal(&one, &other))
		return ENDPOINT_EQUAL;
	if (address_is_wildcard(&one) || address_is_wildcard(&other))
		return ENDPOINT_SPECIFIC;
	return ENDPOINT_APART;
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

const char *
endpoint_text(const struct endpoint *e, char *text, size_t size)
{
	const struct address *a = &e->address;
	size_t header = offsetof(struct sockaddr_un, sun_path);
	struct text t;

	if (a->sa.sa_family != AF_UNIX) {
		(void)address_text(a, text, size);
		text_init(&t, text + strlen(text), size - strlen(text));
		if (e->last != e->first)
			text_addf(&t, "-%u", e->last);
		text_addf(&t, "/%s", e->transport->name);
		return text;
	}
	text_init(&t, text, size);
	text_addf(&t, "%s:", e->transport->name);
	if (a->un.sun_path[0] == '\0') {
		text_add(&t, "@");
		text_add_bytes(&t, a->un.sun_path + 1, a->length - header - 1);
	} else {
		text_add(&t, a->un.sun_path);
	}
	return text;
}
