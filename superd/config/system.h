/* What the system allows: the ports that need privilege, that are ephemeral, that are reserved;
 * read from /proc/sys once. */
#ifndef CONFIG_SYSTEM_H
#define CONFIG_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

struct system {
	unsigned unprivileged; /* ip_unprivileged_port_start: ports below need privilege */
	unsigned ephemeral_first, ephemeral_last; /* ip_local_port_range */
	uint8_t reserved[65536 / 8];		  /* ip_local_reserved_ports, a bit a port */
	bool may_bind;				  /* root or CAP_NET_BIND_SERVICE */
};

/* Linux' defaults stand for what cannot be read. */
void system_read(struct system *sys);
bool system_reserved(const struct system *sys, unsigned port);
/* The ranges of sysctl's list ("8080,9148-9150") into bits; what is no number ends it. */
void system_parse_reserved(struct system *sys, const char *list);

#endif
