/* Socket addresses of the families superd knows, as values: IPv4, IPv6 (with scope), unix (path,
 * abstract, unnamed). */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t length; /* of the sockaddr; 0: no address */
};

/* Longest text of an address, with the terminator ("unix:" and an escaped path). */
enum { ADDRESS_TEXT = 512 };

/* Numeric IPv4 or IPv6 ("fe80::1%eth0" with scope), no brackets. 0 or -EINVAL, -ENODEV (unknown
 * scope). */
int address_parse(struct address *a, const char *text, uint16_t port);

/* "192.0.2.1:80", "[2001:db8::1]:80", "unix:/run/x", "unix:@abstract" (vis(3)-escaped), "unix:"
 * unnamed. Returns text. */
const char *address_text(const struct address *a, char *text, size_t size);
/* The same without the port and brackets; "" for unix addresses without a name, the path for
 * others. */
const char *address_host(const struct address *a, char *text, size_t size);

uint16_t address_port(const struct address *a); /* host byte order; 0 for unix */
void address_set_port(struct address *a, uint16_t port);
bool address_equal(const struct address *a, const struct address *b);
/* Orders by family, then address bytes and scope, then port; unix by bytes. <0, 0, >0. */
int address_compare(const struct address *a, const struct address *b);
bool address_is_wildcard(const struct address *a); /* 0.0.0.0 or :: */

#endif
