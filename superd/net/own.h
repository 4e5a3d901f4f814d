/*
 * The addresses that a host depends on: its own, its gateways, its resolvers.  Whoever bans one of
 * them cuts itself off.  As they are now: proc(5), resolv.conf(5), getifaddrs(3).
 */
#ifndef NET_OWN_H
#define NET_OWN_H

#include <stddef.h>

#include "net/prefix.h"

struct prefixes {
	struct prefix *v;
	size_t n;
};

/* Appends them. 0 or -ENOMEM; what cannot be read is left out. */
int own_addresses(struct prefixes *list);
/* Appends one. 0 or -ENOMEM. */
int prefixes_add(struct prefixes *list, const struct prefix *p);
void prefixes_fini(struct prefixes *list);

/* The lines of those files, one at a time: the gateway or resolver that it names, false if none. */
bool own_parse_route(const char *line, struct prefix *p);  /* /proc/net/route */
bool own_parse_route6(const char *line, struct prefix *p); /* /proc/net/ipv6_route */
bool own_parse_resolver(const char *line, struct prefix *p);

#endif
