/*
 * What `listen` names: [ADDRESS[+ADDRESS...]:]PORT[-PORT]/TRANSPORT, unix:PATH, unix:@NAME and
 * their kin.  Names of ports (services(5), per protocol) and of hosts (net/host) are resolved here,
 * once, at load.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

struct transport;

/* One address and range of ports. 0.0.0.0 and [::] are two endpoints. */
struct endpoint {
	const struct transport *transport;
	struct address address; /* its port is `first` */
	struct address *more; /* further ones of the same socket, without port; owned by the list */
	size_t nmore;
	uint16_t item;	      /* of the list that names it, from 0; its writer's */
	uint16_t first, last; /* equal for one port and for unix; 0: the kernel picks */
	bool implicit; /* by a transport without an address: a family that the kernel lacks is
			  skipped */
	bool shared; /* another endpoint of the configuration overlaps this one: bind with the reuse
			option */
};

struct endpoints {
	struct endpoint *v;
	size_t n;
};

enum endpoint_overlap { ENDPOINT_APART, ENDPOINT_SPECIFIC, ENDPOINT_EQUAL };

/*
 * Appends what text means to list. port_offset is added to every port in 1..1023.
 * 0, or -errno (-EINVAL, -ENOENT unknown name, -ENOMEM) with a sentence in error that names the
 * offending part and what is allowed.
 */
int endpoint_parse(
    struct endpoints *list, const char *text, unsigned port_offset, char *error, size_t size);
void endpoints_fini(struct endpoints *list);

/* How many addresses its socket has, one but for SCTP's; address i of them, without port. */
size_t endpoint_addresses(const struct endpoint *e);
struct address endpoint_address(const struct endpoint *e, size_t i);
/* Are there IPv4 addresses beside IPv6 ones? */
bool endpoint_is_mixed(const struct endpoint *e);

/* How two endpoints of the same protocol meet: not at all; on a port where one has a specific
 * address and the other the wildcard of its family (the more specific wins); or on the same address
 * and port (nobody could tell them apart). */
enum endpoint_overlap endpoint_overlap(const struct endpoint *a, const struct endpoint *b);

/* Order by protocol, family, first port: overlapping endpoints of a sorted list are near each
 * other. */
int endpoint_compare(const struct endpoint *a, const struct endpoint *b);

/* "192.0.2.1:110/tcp4", "[::]:6000-6010/tcp6", "unix:/run/x.sock"; endpoint_parse reads it back.
 * Returns text. */
const char *endpoint_text(const struct endpoint *e, char *text, size_t size);

#endif
