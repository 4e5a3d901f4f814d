#include "net/own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

#define BLANKS " \t\n"

enum { IN_BITS = 32, IN6_BITS = 128, LINE = 512, HEX = 32 };

int
prefixes_add(struct prefixes *list, const struct prefix *p)
{
	struct prefix *v = reallocarray(list->v, list->n + 1, sizeof(*v));

	if (v == NULL)
		return -ENOMEM;
	list->v = v;
	v[list->n++] = *p;
	return 0;
}

void
prefixes_fini(struct prefixes *list)
{
	free(list->v);
	list->v = NULL;
	list->n = 0;
}

/* The word of that number, from 0; NULL if there are not so many. */
static const char *
word(const char *line, int number)
{
	for (;; number--) {
		line += strspn(line, BLANKS);
		if (*line == '\0' || number == 0)
			return *line != '\0' ? line : NULL;
		line += strcspn(line, BLANKS);
	}
}

/* The gateway is a number in the byte order of the machine; 0 is none. */
bool
own_parse_route(const char *line, struct prefix *p)
{
	const char *text = word(line, 2);
	in_addr_t address;
	char *end;

	if (text == NULL)
		return false;
	address = (in_addr_t)strtoul(text, &end, 16);
	if (end == text || strchr(BLANKS, *end) == NULL || address == 0)
		return false;
	*p = (struct prefix){.family = AF_INET, .length = IN_BITS};
	memcpy(p->bytes, &address, sizeof(address));
	return true;
}

bool
own_parse_route6(const char *line, struct prefix *p)
{
	static const uint8_t none[16];
	const char *text = word(line, 4);
	char byte[3] = "";
	size_t i;

	if (text == NULL || strspn(text, "0123456789abcdef") != HEX)
		return false;
	*p = (struct prefix){.family = AF_INET6, .length = IN6_BITS};
	for (i = 0; i < sizeof(p->bytes); i++) {
		memcpy(byte, text + 2 * i, 2);
		p->bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return memcmp(p->bytes, none, sizeof(none)) != 0;
}

bool
own_parse_resolver(const char *line, struct prefix *p)
{
	const char *keyword = word(line, 0), *value = word(line, 1);
	char text[ADDRESS_TEXT];
	struct address a;

	if (keyword == NULL || value == NULL || strncmp(keyword, "nameserver", 10) != 0 ||
	    strchr(BLANKS, keyword[10]) == NULL)
		return false;
	(void)snprintf(text, sizeof(text), "%.*s", (int)strcspn(value, BLANKS "%"), value);
	return address_parse(&a, text, 0) == 0 && prefix_of(&a, IN_BITS, IN6_BITS, p) == 0;
}

static int
add_lines(struct prefixes *list, const char *path, bool (*parse)(const char *, struct prefix *))
{
	char line[LINE];
	struct prefix p;
	FILE *f = fopen(path, "re");
	int r = 0;

	while (f != NULL && r == 0 && fgets(line, sizeof(line), f) != NULL)
		if (parse(line, &p))
			r = prefixes_add(list, &p);
	if (f != NULL)
		(void)fclose(f);
	return r;
}

static int
add_interfaces(struct prefixes *list)
{
	struct ifaddrs *all, *i;
	struct address a;
	struct prefix p;
	int r = 0;

	if (getifaddrs(&all) < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	for (i = all; i != NULL && r == 0; i = i->ifa_next) {
		memset(&a, 0, sizeof(a));
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET)
			a.length = sizeof(a.in);
		else if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET6)
			a.length = sizeof(a.in6);
		else
			continue;
		memcpy(&a.sa, i->ifa_addr, a.length);
		if (prefix_of(&a, IN_BITS, IN6_BITS, &p) == 0)
			r = prefixes_add(list, &p);
	}
	freeifaddrs(all);
	return r;
}

int
own_addresses(struct prefixes *list)
{
	int r = add_interfaces(list);

	if (r == 0)
		r = add_lines(list, "/proc/net/route", own_parse_route);
	if (r == 0)
		r = add_lines(list, "/proc/net/ipv6_route", own_parse_route6);
	if (r == 0)
		r = add_lines(list, "/etc/resolv.conf", own_parse_resolver);
	return r;
}
