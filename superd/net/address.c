#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* An interface by name, or by number, which need not exist yet. */
static int
scope_parse(const char *name, uint32_t *scope)
{
	long long number;
	unsigned index = if_nametoindex(name);

	if (index > 0) {
		*scope = index;
		return 0;
	}
	if (name[0] < '0' || name[0] > '9' || text_number(name, 1, UINT32_MAX, &number) < 0)
		return name[0] == '\0' ? -EINVAL : -ENODEV;
	*scope = (uint32_t)number;
	return 0;
}

static int
in6_parse(struct address *a, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	const char *percent = strchr(text, '%');
	size_t n = percent != NULL ? (size_t)(percent - text) : strlen(text);

	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET6, host, &a->in6.sin6_addr) != 1)
		return -EINVAL;
	a->in6.sin6_family = AF_INET6;
	a->length = sizeof(a->in6);
	if (percent == NULL)
		return 0;
	if (!IN6_IS_ADDR_LINKLOCAL(&a->in6.sin6_addr) &&
	    !IN6_IS_ADDR_MC_LINKLOCAL(&a->in6.sin6_addr))
		return -EINVAL;
	return scope_parse(percent + 1, &a->in6.sin6_scope_id);
}

int
address_parse(struct address *a, const char *text, uint16_t port)
{
	struct address found;
	int r;

	memset(&found, 0, sizeof(found));
	if (inet_pton(AF_INET, text, &found.in.sin_addr) == 1) {
		found.in.sin_family = AF_INET;
		found.length = sizeof(found.in);
	} else {
		r = in6_parse(&found, text);
		if (r < 0)
			return r;
	}
	address_set_port(&found, port);
	*a = found;
	return 0;
}

/* Where the name of a unix address stands, and how long it is: 0 for none. */
static const char *
unix_name(const struct address *a, size_t *n, bool *abstract)
{
	size_t header = offsetof(struct sockaddr_un, sun_path);
	size_t length = a->length > header ? a->length - header : 0;

	if (length > sizeof(a->un.sun_path))
		length = sizeof(a->un.sun_path);
	*abstract = length > 0 && a->un.sun_path[0] == '\0';
	*n = *abstract ? length - 1 : strnlen(a->un.sun_path, length);
	return a->un.sun_path + (*abstract ? 1 : 0);
}

static void
add_unix(struct text *t, const struct address *a)
{
	size_t n;
	bool abstract;
	const char *name = unix_name(a, &n, &abstract);

	if (abstract)
		text_add(t, "@");
	text_add_vis(t, name, n);
}

static void
add_in6(struct text *t, const struct sockaddr_in6 *in6)
{
	char host[INET6_ADDRSTRLEN], name[IF_NAMESIZE];

	text_add(t, inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)));
	if (in6->sin6_scope_id == 0)
		return;
	if (if_indextoname(in6->sin6_scope_id, name) != NULL)
		text_addf(t, "%%%s", name);
	else
		text_addf(t, "%%%u", in6->sin6_scope_id);
}

static void
add_in(struct text *t, const struct sockaddr_in *in)
{
	uint32_t host = ntohl(in->sin_addr.s_addr);
	int shift;

	for (shift = 24; shift >= 0; shift -= 8) {
		text_add_number(t, host >> shift & 255);
		if (shift > 0)
			text_add(t, ".");
	}
}

static void
add_host(struct text *t, const struct address *a)
{
	if (a->length == 0)
		return;
	if (a->sa.sa_family == AF_INET)
		add_in(t, &a->in);
	else if (a->sa.sa_family == AF_INET6)
		add_in6(t, &a->in6);
	else if (a->sa.sa_family == AF_UNIX)
		add_unix(t, a);
}

const char *
address_host(const struct address *a, char *text, size_t size)
{
	struct text t;

	text_init(&t, text, size);
	add_host(&t, a);
	return text;
}

const char *
address_text(const struct address *a, char *text, size_t size)
{
	struct text t;
	int family = a->length > 0 ? a->sa.sa_family : AF_UNSPEC;

	text_init(&t, text, size);
	if (family == AF_UNIX)
		text_add(&t, "unix:");
	else if (family == AF_INET6)
		text_add(&t, "[");
	add_host(&t, a);
	if (family == AF_INET || family == AF_INET6) {
		text_add(&t, family == AF_INET6 ? "]:" : ":");
		text_add_number(&t, address_port(a));
	}
	return text;
}

uint16_t
address_port(const struct address *a)
{
	if (a->length == 0)
		return 0;
	if (a->sa.sa_family == AF_INET)
		return ntohs(a->in.sin_port);
	if (a->sa.sa_family == AF_INET6)
		return ntohs(a->in6.sin6_port);
	return 0;
}

void
address_set_port(struct address *a, uint16_t port)
{
	if (a->length == 0)
		return;
	if (a->sa.sa_family == AF_INET)
		a->in.sin_port = htons(port);
	else if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
}

static int
order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
unix_compare(const struct address *a, const struct address *b)
{
	size_t an, bn;
	bool aa, ba;
	const char *aname = unix_name(a, &an, &aa);
	const char *bname = unix_name(b, &bn, &ba);
	int r;

	if (aa != ba)
		return aa ? 1 : -1;
	r = memcmp(aname, bname, an < bn ? an : bn);
	return r != 0 ? r : order(an, bn);
}

int
address_compare(const struct address *a, const struct address *b)
{
	int family = a->length > 0 ? a->sa.sa_family : AF_UNSPEC;
	int other = b->length > 0 ? b->sa.sa_family : AF_UNSPEC;
	int r = 0;

	if (family != other)
		return family < other ? -1 : 1;
	if (family == AF_UNIX)
		return unix_compare(a, b);
	if (family == AF_INET)
		r = memcmp(&a->in.sin_addr, &b->in.sin_addr, sizeof(a->in.sin_addr));
	if (family == AF_INET6) {
		r = memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
		if (r == 0)
			r = order(a->in6.sin6_scope_id, b->in6.sin6_scope_id);
	}
	return r != 0 ? r : order(address_port(a), address_port(b));
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return address_compare(a, b) == 0;
}

bool
address_is_wildcard(const struct address *a)
{
	if (a->length == 0)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}
