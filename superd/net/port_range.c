#include "net/port_range.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

enum { DIGITS = 6 };

/* The number that s[0..n) is: -1 for none. */
static int
number(const char *s, size_t n)
{
	char digits[DIGITS];
	long long port;

	if (n >= sizeof(digits))
		return -1;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return text_number(digits, 0, UINT16_MAX, &port) == 0 ? (int)port : -1;
}

int
port_range_parse(struct port_range *p, const char *text, struct text *error)
{
	size_t n = strcspn(text, "-");
	int first = number(text, n), last = first;

	if (text[n] == '-')
		last = number(text + n + 1, strlen(text + n + 1));
	if (first < 0 || last < 0)
		return text_refuse(error, text,
		    "is not a port or a range of ports (numbers from 0 to 65535, as in 20, "
		    "0-1023)");
	if (first > last)
		return text_refuse(error, text, "is reversed: the lower port comes first");
	*p = (struct port_range){(uint16_t)first, (uint16_t)last};
	return 0;
}

const char *
port_range_text(const struct port_range *p, char *text, size_t size)
{
	struct text t;

	text_init(&t, text, size);
	text_add_number(&t, p->first);
	if (p->last != p->first) {
		text_add(&t, "-");
		text_add_number(&t, p->last);
	}
	return text;
}

bool
port_range_covers(const struct port_range *p, uint16_t port)
{
	return port >= p->first && port <= p->last;
}
