#include "policy/loadavg.h"

#include <ctype.h>
#include <errno.h>

enum { WHOLE_MAX = 1000000 };

int
loadavg_parse(const char *text, uint32_t *out)
{
	uint32_t whole = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++) {
		whole = whole * 10 + (uint32_t)(*text - '0');
		if (whole >= WHOLE_MAX)
			return -ERANGE;
	}
	/* The kernel writes two decimals. */
	if (text[0] != '.' || !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[2]))
		return -EINVAL;
	if (text[3] != ' ' && text[3] != '\n' && text[3] != '\0')
		return -EINVAL;
	*out = whole * 100 + (uint32_t)(text[1] - '0') * 10 + (uint32_t)(text[2] - '0');
	return 0;
}
