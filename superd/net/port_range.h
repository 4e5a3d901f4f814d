/* Ranges of a peer's ports, which have no names: "0-1023", what rsh and its like ask for. */
#ifndef NET_PORT_RANGE_H
#define NET_PORT_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

struct port_range {
	uint16_t first, last; /* both within; first <= last */
};

/* Longest text of a range, with the terminator. */
enum { PORT_RANGE_TEXT = 12 };

/* "0-1023" or "20". 0, or -EINVAL with a sentence in error. */
int port_range_parse(struct port_range *p, const char *text, struct text *error);

/* As port_range_parse takes it. Returns text. */
const char *port_range_text(const struct port_range *p, char *text, size_t size);

bool port_range_covers(const struct port_range *p, uint16_t port);

#endif
