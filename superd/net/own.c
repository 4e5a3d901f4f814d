#include "net/own.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/address.h"

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

/* The gateway is a number in the byte order of the machine; 0 is none. */
bool
own_parse_route(const char *line, struct prefix *p)
{
	unsigned gateway;
	in_addr_t address;

	if (sscanf(line, "%*s %*x %x", &gateway) != 1 || gateway == 0)
		return false;
	*p = (struct prefix){.family = AF_INET, .length = IN_BITS};
	address = (in_addr_t)gateway;
	memcpy(p->bytes, &address, sizeof(address));
	return true;
}

bool
own_parse_route6(const char *line, struct prefix *p)
{
	static const uint8_t none[16];
	char hex[HEX + 1];
	unsigned byte;
	size_t i;

	if (sscanf(line, "%*32[0-9a-f] %*x %*32[0-9a-f] %*x %32[0-9a-f]", hex) != 1 ||
	    strlen(hex) != HEX)
		return false;
	*p = (struct prefix){.family = AF_INET6, .length = IN6_BITS};
	for (i = 0; i < sizeof(p->bytes); i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		p->bytes[i] = (uint8_t)byte;
	}
	return memcmp(p->bytes, none, sizeof(none)) != 0;
}

bool
own_parse_resolver(const char *line, struct prefix *p)
{
	char text[ADDRESS_TEXT];
	struct address a;

	if (sscanf(line, " nameserver %511[^ \t\n]", text) != 1)
		return false;
	text[strcspn(text, "%")] = '\0';
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
