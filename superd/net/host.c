#include "net/host.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/aside.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/transport.h"

/* One text on its way. */
struct parse {
	struct host *h;
	const struct transport *t;
	struct text *error;
};

/* before "part" after, as the sentence of the error. */
static int
complain(struct parse *p, int r, const char *before, const char *part, const char *after)
{
	text_add(p->error, before);
	text_add_quoted(p->error, part);
	text_add(p->error, after);
	return r;
}

static int
append(struct parse *p, const struct address *a)
{
	struct host *h = p->h;
	struct address *v;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (address_equal(&h->v[i], a))
			return 0;
	v = reallocarray(h->v, h->n + 1, sizeof(*v));
	if (v == NULL) {
		text_add(p->error, "out of memory");
		return -ENOMEM;
	}
	h->v = v;
	v[h->n++] = *a;
	return 0;
}

static bool
takes_family(const struct transport *t, int family)
{
	return t->family == AF_UNSPEC || t->family == family;
}

/* Both families' address of a kind, as far as the transport takes them. */
static int
add_pair(struct parse *p, const char *four, const char *six)
{
	const char *const pair[] = {four, six};
	struct address a;
	size_t i;
	int r;

	/* A family that the transport names has been asked for. */
	p->h->implicit = p->t->family == AF_UNSPEC;
	for (i = 0; i < 2; i++) {
		r = address_parse(&a, pair[i], 0);
		if (r == 0 && takes_family(p->t, a.sa.sa_family))
			r = append(p, &a);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
add_numeric(struct parse *p, const char *host, const struct address *a)
{
	char name[ADDRESS_TEXT];

	if (!takes_family(p->t, a->sa.sa_family)) {
		(void)snprintf(name, sizeof(name), " is an %s address, which %s does not take",
		    a->sa.sa_family == AF_INET ? "IPv4" : "IPv6", p->t->name);
		return complain(p, -EINVAL, "", host, name);
	}
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return complain(p, -EINVAL, "", host, " is IPv4 in IPv6: write the IPv4 address");
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a->in6.sin6_addr) &&
	    a->in6.sin6_scope_id == 0)
		return complain(p, -EINVAL, "the link-local address ", host,
		    " needs its interface, as in [fe80::1%eth0]");
	return append(p, a);
}

/* "FAMILY HOST": addresses, or the sentence of an error and 1. */
static int
tell_addresses(const char *question, FILE *answer)
{
	char *host;
	const struct addrinfo hints = {
	    .ai_family = (int)strtol(question, &host, 10),
	    .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL, *i;
	struct address a;
	int r = getaddrinfo(host + 1, NULL, &hints, &found);

	if (r == EAI_MEMORY)
		return -ENOMEM;
	if (r != 0) {
		(void)fputs(r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r), answer);
		return 1;
	}
	for (i = found; i != NULL; i = i->ai_next) {
		if (i->ai_addrlen > sizeof(a.in6))
			continue;
		memset(&a, 0, sizeof(a));
		memcpy(&a.sa, i->ai_addr, i->ai_addrlen);
		a.length = i->ai_addrlen;
		(void)fwrite(&a, sizeof(a), 1, answer);
	}
	freeaddrinfo(found);
	return 0;
}

static int
resolve(struct parse *p, const char *host)
{
	autofree char *question = NULL;
	autofree char *answer = NULL;
	char reason[ADDRESS_TEXT];
	struct address a;
	size_t size, i;
	int r = -ENOMEM;

	if (asprintf(&question, "%d %s", p->t->family, host) >= 0)
		r = aside_call(tell_addresses, question, &answer, &size);
	if (r != 0) {
		(void)snprintf(reason, sizeof(reason), " has no address for %s: %s", p->t->name,
		    r < 0 ? strerror(-r) : answer);
		return complain(p, r == -ENOMEM ? r : -ENOENT, "the host ", host, reason);
	}
	p->h->implicit = p->t->family == AF_UNSPEC;
	for (i = 0; i + sizeof(a) <= size && r == 0; i += sizeof(a)) {
		memcpy(&a, answer + i, sizeof(a));
		r = append(p, &a);
	}
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

/* In place: takes the brackets off. */
static bool
strip_brackets(char **host)
{
	size_t n = strlen(*host);

	if (n < 2 || (*host)[0] != '[' || (*host)[n - 1] != ']')
		return false;
	(*host)[n - 1] = '\0';
	(*host)++;
	return true;
}

/* host may be cut up. names: one that is no address may be a name. */
static int
add_one(struct parse *p, char *host, bool names)
{
	bool brackets = strip_brackets(&host);
	struct address a;
	int r = address_parse(&a, host, 0);

	if (host[0] == '\0') {
		text_add(p->error, "the address in brackets is empty");
		return -EINVAL;
	}
	if (r == -ENODEV)
		return complain(p, -EINVAL, "", host, " names an interface that does not exist");
	if (r == 0 && (a.sa.sa_family == AF_INET6) == brackets)
		return add_numeric(p, host, &a);
	if (brackets)
		return complain(p, -EINVAL, "", host, " in brackets is not an IPv6 address");
	if (r == 0)
		return complain(
		    p, -EINVAL, "the IPv6 address ", host, " needs brackets, as in [::1]:110/tcp");
	if (!names || !is_host_name(host))
		return complain(p, -EINVAL, "", host,
		    names ? " is neither an address nor a host name" : " is not an address");
	if (strcmp(host, "localhost") == 0)
		return add_pair(p, "127.0.0.1", "::1");
	return resolve(p, host);
}

/* A socket that has one of IPv6 is of IPv6, and its first address of its own family. */
static int
compare_families(const void *a, const void *b)
{
	const struct address *x = a, *y = b;

	return (x->sa.sa_family == AF_INET) - (y->sa.sa_family == AF_INET);
}

static int
add_joined(struct parse *p, char *list)
{
	char *host;
	int r;
	size_t i, before;

	if (p->t->add_addresses == NULL)
		return complain(p, -EINVAL, "", list,
		    ": only sctp and sctp-seqpacket have several addresses on one socket; write "
		    "an endpoint for each");
	while ((host = strsep(&list, "+")) != NULL) {
		if (host[0] == '\0') {
			text_add(p->error, "an address beside the + is missing");
			return -EINVAL;
		}
		before = p->h->n;
		r = add_one(p, host, false);
		if (r < 0)
			return r;
		if (p->h->n == before)
			return complain(p, -EINVAL, "", host + strspn(host, "["), " stands twice");
	}
	for (i = 0; i < p->h->n; i++)
		if (address_is_wildcard(&p->h->v[i])) {
			text_add(p->error, "every address cannot stand beside others");
			return -EINVAL;
		}
	qsort(p->h->v, p->h->n, sizeof(*p->h->v), compare_families);
	p->h->joined = true;
	return 0;
}

int
host_parse(struct host *h, const char *text, const struct transport *t, struct text *error)
{
	struct parse p = {.h = h, .t = t, .error = error};
	autofree char *copy = NULL;
	int r;

	memset(h, 0, sizeof(*h));
	if (text == NULL || strcmp(text, "*") == 0)
		return add_pair(&p, "0.0.0.0", "::");
	copy = strdup(text);
	if (copy == NULL) {
		text_add(error, "out of memory");
		return -ENOMEM;
	}
	r = strchr(copy, '+') != NULL ? add_joined(&p, copy) : add_one(&p, copy, true);
	if (r < 0)
		host_fini(h);
	return r;
}

void
host_fini(struct host *h)
{
	free(h->v);
	h->v = NULL;
	h->n = 0;
}
