/*
 * A map from addresses to small numbers, compiled once from rules of a prefix and a value and never
 * changed: the longest prefix decides, whatever the order of the rules; of equal prefixes the
 * smaller value; the fallback where no rule covers. For each family it is a sorted array of where a
 * value begins, so that finding is one binary search, however many prefixes there are.
 */
#ifndef NET_RANGES_H
#define NET_RANGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "net/prefix.h"

struct ranges_rule {
	struct prefix prefix;
	uint8_t value;
};

/* The value holds from this address up to the next start, or to the last address. */
struct ranges_start {
	uint8_t bytes[16]; /* from the left, as in a prefix */
	uint8_t value;
};

/* Of one family: the first start is its lowest address, and neighbours differ in value. */
struct ranges_list {
	struct ranges_start *v;
	size_t n; /* >= 1, at most 2 * rules + 1 */
};

struct ranges {
	struct ranges_list in, in6;
	uint8_t fallback;
};

/* rules[0..n) are only read. 0 or -ENOMEM, then r is not written. */
int ranges_build(struct ranges *r, const struct ranges_rule *rules, size_t n, uint8_t fallback);
/* Of one that was built, or all zero. */
void ranges_fini(struct ranges *r);

/* The value for an address; the fallback for one that is neither IPv4 nor IPv6. */
uint8_t ranges_find(const struct ranges *r, const struct address *a);
/* The starts of AF_INET or AF_INET6. */
const struct ranges_list *ranges_of(const struct ranges *r, sa_family_t family);

#endif
