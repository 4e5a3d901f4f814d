/*
 * Address prefixes: the networks and single addresses of access lists, bans and exemptions, as
 * values that can be compared and hashed byte by byte.
 *
 * IPv4-mapped IPv6 (::ffff:192.0.2.1) is IPv4 here: an address of that form is looked at as the
 * IPv4 address it holds, and a prefix can not be written so. The scope of a link-local address is
 * not part of a prefix.
 */
#ifndef NET_PREFIX_H
#define NET_PREFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address;
struct text;

struct prefix {
	sa_family_t family; /* AF_INET or AF_INET6 */
	uint8_t length;	    /* 0..32, 0..128 */
	uint8_t bytes[16];  /* the address from the left; all beyond the length is zero */
};

/* Longest text of a prefix, with the terminator. */
enum { PREFIX_TEXT = INET6_ADDRSTRLEN + 4 };

/*
 * "192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "fe80::1". What could be meant in two ways is
 * refused with what to write: bits beyond the length, a network without its length, netmasks,
 * abbreviated addresses, and host names, which would need DNS for each connection. 0, or with a
 * sentence in error -ENOENT (a host name) or -EINVAL.
 */
int prefix_parse(struct prefix *p, const char *text, struct text *error);

/* "192.0.2.0/24"; without the length if it is one address that prefix_parse takes so ("192.0.2.1").
 * Returns text. */
const char *prefix_text(const struct prefix *p, char *text, size_t size);

/* The prefix that holds a, of that length for its family (0..32, 0..128; longer is cut). 0, or
 * -EAFNOSUPPORT for an address that is neither IPv4 nor IPv6. */
int prefix_of(const struct address *a, unsigned in_length, unsigned in6_length, struct prefix *p);

/* How many bits an address of the family has. */
unsigned prefix_width(sa_family_t family);
/* Is a one of its addresses? No unix address is. */
bool prefix_covers(const struct prefix *p, const struct address *a);
/* Orders by family, first address, then length: a prefix stands before all that are within it.
 * <0, 0, >0. */
int prefix_compare(const struct prefix *a, const struct prefix *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

#endif
