#include "net/prefix.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "net/address.h"

enum { IN_BYTES = 4, IN_WIDTH = 32, IN6_WIDTH = 128, MAPPED = 96, BYTE = 8, ITEMS = 8 };

static const uint8_t mapped[MAPPED / BYTE] = {[10] = 0xff, 0xff};

unsigned
prefix_width(sa_family_t family)
{
	return family == AF_INET ? IN_WIDTH : IN6_WIDTH;
}

/* Clears what lies beyond the length. Was there anything? */
static bool
cut(struct prefix *p)
{
	uint8_t keep;
	size_t i = p->length / BYTE;
	bool any = false;

	if (p->length % BYTE != 0) {
		keep = (uint8_t)(0xff00 >> p->length % BYTE);
		any = (p->bytes[i] & ~keep) != 0;
		p->bytes[i++] &= keep;
	}
	for (; i < sizeof(p->bytes); i++) {
		any = any || p->bytes[i] != 0;
		p->bytes[i] = 0;
	}
	return any;
}

/* Of an IPv4-mapped prefix, or address of full length, the IPv4 one. */
static bool
unmap(struct prefix *p)
{
	if (p->family != AF_INET6 || p->length < MAPPED ||
	    memcmp(p->bytes, mapped, sizeof(mapped)) != 0)
		return false;
	p->family = AF_INET;
	p->length = (uint8_t)(p->length - MAPPED);
	memmove(p->bytes, p->bytes + sizeof(mapped), IN_BYTES);
	memset(p->bytes + IN_BYTES, 0, sizeof(p->bytes) - IN_BYTES);
	return true;
}

int
prefix_of(const struct address *a, unsigned in_length, unsigned in6_length, struct prefix *p)
{
	struct prefix found = {.family = a->length > 0 ? a->sa.sa_family : AF_UNSPEC};
	unsigned length;

	if (found.family == AF_INET)
		memcpy(found.bytes, &a->in.sin_addr, sizeof(a->in.sin_addr));
	else if (found.family == AF_INET6)
		memcpy(found.bytes, &a->in6.sin6_addr, sizeof(a->in6.sin6_addr));
	else
		return -EAFNOSUPPORT;
	found.length = (uint8_t)prefix_width(found.family);
	(void)unmap(&found);
	length = found.family == AF_INET ? in_length : in6_length;
	if (length < found.length)
		found.length = (uint8_t)length;
	(void)cut(&found);
	*p = found;
	return 0;
}

bool
prefix_covers(const struct prefix *p, const struct address *a)
{
	struct prefix other;

	return prefix_of(a, p->length, p->length, &other) == 0 && prefix_equal(p, &other);
}

int
prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int r;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	r = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	return r != 0 ? r : (a->length > b->length) - (a->length < b->length);
}

bool
prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

/* The length of the network that an address without a length looks like: what xinetd takes
 * 192.0.2.0 for. The width if it looks like one address. */
static unsigned
apparent_length(const struct prefix *p)
{
	size_t n = p->family == AF_INET ? IN_BYTES : sizeof(p->bytes);
	unsigned length = prefix_width(p->family);

	while (n > 0 && p->bytes[n - 1] == 0) {
		n--;
		length -= BYTE;
	}
	return p->family == AF_INET || n == 0 ? length : IN6_WIDTH;
}

static void
add_prefix(struct text *t, const struct prefix *p, bool full)
{
	char host[INET6_ADDRSTRLEN];

	text_add(t, inet_ntop(p->family, p->bytes, host, sizeof(host)));
	if (!full && p->length == prefix_width(p->family) && apparent_length(p) == p->length)
		return;
	text_add(t, "/");
	text_add_number(t, p->length);
}

const char *
prefix_text(const struct prefix *p, char *text, size_t size)
{
	struct text t;

	text_init(&t, text, size);
	add_prefix(&t, p, false);
	return text;
}

/* "s" why: write "prefix". */
static int
correct(struct text *error, const char *s, const char *why, const struct prefix *p)
{
	(void)text_refuse(error, s, why);
	text_add(error, ": write \"");
	add_prefix(error, p, false);
	text_add(error, "\"");
	return -EINVAL;
}

/* Numbers of one byte with dots between, from the start of s: how many, and where they end. */
static size_t
octets(const char *s, uint8_t v[IN_BYTES], const char **end)
{
	unsigned number;
	size_t n, digits;

	for (n = 0; n < IN_BYTES; n++) {
		number = 0;
		for (digits = 0; isdigit((unsigned char)s[digits]) && number <= UINT8_MAX; digits++)
			number = 10 * number + (unsigned)(s[digits] - '0');
		if (digits == 0 || number > UINT8_MAX)
			break;
		v[n] = (uint8_t)number;
		s += digits;
		if (*s != '.') {
			n++;
			break;
		}
		s++;
	}
	*end = s;
	return n;
}

/* 192.0.{1,2}: `first` has what stands before the brace, n bytes of it. */
static int
factorized(struct prefix *first, size_t n, const char *list, const char *s, struct text *error)
{
	uint8_t items[ITEMS], one[IN_BYTES];
	size_t count = 0, i;

	do {
		if (octets(list + 1, one, &list) != 1)
			return 0;
		if (count < ITEMS)
			items[count] = one[0];
		count++;
	} while (*list == ',');
	if (strcmp(list, "}") != 0)
		return 0;
	first->length = (uint8_t)(BYTE * (n + 1));
	(void)text_refuse(error, s, "is abbreviated: write {");
	for (i = 0; i < count && i < ITEMS; i++) {
		first->bytes[n] = items[i];
		text_add(error, i > 0 ? ", \"" : " \"");
		add_prefix(error, first, false);
		text_add(error, "\"");
	}
	text_add(error, count > ITEMS ? ", and so on }" : " }");
	return -EINVAL;
}

/* 192.0.2., 192.0.2, 192.0.2.*, 192.0.2/24 and 192.0.{1,2}, all of which some program knows. 0 if
 * it is none of them. */
static int
abbreviated(const char *s, struct text *error)
{
	struct prefix p = {.family = AF_INET};
	const char *end;
	size_t n = octets(s, p.bytes, &end);
	long long length = BYTE * (long long)n;

	if (n == 0 || n == IN_BYTES)
		return 0;
	if (*end == '{' && end[-1] == '.')
		return factorized(&p, n, end, s, error);
	if (*end == '/') {
		if (text_number(end + 1, 0, IN_WIDTH, &length) < 0)
			return 0;
	} else if (*end != '\0' && (strcmp(end, "*") != 0 || end[-1] != '.')) {
		return 0;
	}
	p.length = (uint8_t)length;
	(void)cut(&p);
	return correct(error, s, "is abbreviated", &p);
}

static bool
is_name(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char others[] = "0123456789.-_";

	if (strpbrk(s, letters) == NULL)
		return false;
	while (*s != '\0' && (strchr(letters, *s) != NULL || strchr(others, *s) != NULL))
		s++;
	return *s == '\0';
}

/* What is not an address: why, and what to write. */
static int
no_address(const char *s, struct text *error)
{
	static const char *const everyone[] = {"*", "all", "any", "everyone", "world"};
	size_t i;

	for (i = 0; i < sizeof(everyone) / sizeof(everyone[0]); i++)
		if (strcasecmp(everyone[i], s) == 0)
			return text_refuse(
			    error, s, "is not an address: everyone is { \"0.0.0.0/0\", \"::/0\" }");
	if (*s == '[')
		return text_refuse(
		    error, s, "is not an address: here it has no brackets and no port");
	if (abbreviated(s, error) < 0)
		return -EINVAL;
	if (strchr(s, '%') != NULL)
		return text_refuse(
		    error, s, "names an interface, which no address of a peer has here");
	if (is_name(s)) {
		(void)text_refuse(error, s,
		    "is a host name: it would need DNS for each connection or go stale; write its "
		    "address or prefix");
		return -ENOENT;
	}
	return text_refuse(error, s,
	    "is not an address or a prefix (as in 192.0.2.1, 192.0.2.0/24, 2001:db8::/32)");
}

/* A netmask as a length. */
static bool
netmask(const char *s, uint8_t *length)
{
	struct in_addr in;
	uint32_t mask;

	if (inet_pton(AF_INET, s, &in) != 1)
		return false;
	mask = ntohl(in.s_addr);
	if ((~mask & (~mask + 1)) != 0)
		return false;
	*length = (uint8_t)__builtin_popcount(mask);
	return true;
}

/* s stands after the slash of text. */
static int
length_parse(struct prefix *p, const char *s, const char *text, struct text *error)
{
	long long length;

	if (text_number(s, 0, prefix_width(p->family), &length) == 0) {
		p->length = (uint8_t)length;
		return 0;
	}
	if (p->family == AF_INET && netmask(s, &p->length)) {
		(void)cut(p);
		return correct(error, text, "has a netmask", p);
	}
	(void)text_refuse(error, text, "has no good length after the slash");
	text_addf(error, " (allowed: 0 to %u)", prefix_width(p->family));
	return -EINVAL;
}

/* A network without its length would be one address here and is a network elsewhere. */
static int
lone_parse(struct prefix *p, const char *text, struct text *error)
{
	unsigned length = apparent_length(p);

	p->length = (uint8_t)prefix_width(p->family);
	if (length == p->length)
		return 0;
	(void)text_refuse(error, text, "can mean a network or one address: write \"");
	text_addf(error, "%s/%u\" or \"%s/%u\"", text, length, text, p->length);
	return -EINVAL;
}

int
prefix_parse(struct prefix *p, const char *text, struct text *error)
{
	struct prefix found = {0};
	char host[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");
	int r;

	if (n >= sizeof(host))
		return no_address(text, error);
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, found.bytes) == 1)
		found.family = AF_INET;
	else if (inet_pton(AF_INET6, host, found.bytes) == 1)
		found.family = AF_INET6;
	else
		return no_address(text, error);
	if (text[n] == '/')
		r = length_parse(&found, text + n + 1, text, error);
	else
		r = lone_parse(&found, text, error);
	if (r < 0)
		return r;
	if (unmap(&found)) {
		(void)cut(&found);
		return correct(error, text, "is IPv4 written as IPv6", &found);
	}
	if (cut(&found))
		return correct(error, text, "has bits beyond its length", &found);
	*p = found;
	return 0;
}
