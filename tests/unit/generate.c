#include "generate.h"

#include <string.h>

unsigned
generate_number(unsigned *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Few different ones, with much that is common, and the extremes. */
static void
bytes(unsigned *seed, uint8_t *to, size_t n)
{
	static const uint8_t common[] = {0, 0xff, 0x80, 0x7f};
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = generate_number(seed) % 8 == 0
			    ? (uint8_t)(generate_number(seed) >> 8)
			    : common[generate_number(seed) / 16 % sizeof(common)];
	if (generate_number(seed) % 2 == 0)
		memset(to, 0x2a, n / 2);
}

static struct address
address(sa_family_t family, const uint8_t *from)
{
	struct address a;

	memset(&a, 0, sizeof(a));
	a.sa.sa_family = family;
	if (family == AF_INET) {
		a.length = sizeof(a.in);
		memcpy(&a.in.sin_addr, from, sizeof(a.in.sin_addr));
	} else {
		a.length = sizeof(a.in6);
		memcpy(&a.in6.sin6_addr, from, sizeof(a.in6.sin6_addr));
	}
	return a;
}

static sa_family_t
either(unsigned *seed, sa_family_t family)
{
	if (family != AF_UNSPEC)
		return family;
	return generate_number(seed) % 2 == 0 ? AF_INET : AF_INET6;
}

struct prefix
generate_prefix(unsigned *seed, sa_family_t family)
{
	struct address a;
	struct prefix p;
	uint8_t from[16];

	family = either(seed, family);
	bytes(seed, from, prefix_width(family) / 8);
	a = address(family, from);
	(void)prefix_of(&a, generate_number(seed) % 33, generate_number(seed) % 129, &p);
	return p;
}

struct address
generate_address(unsigned *seed, sa_family_t family, const struct ranges *r)
{
	const struct ranges_list *list;
	size_t i, width;
	uint8_t at[16];

	family = either(seed, family);
	width = prefix_width(family) / 8;
	list = ranges_of(r, family);
	if (generate_number(seed) % 4 == 0)
		bytes(seed, at, width);
	else
		memcpy(at, list->v[generate_number(seed) % list->n].bytes, sizeof(at));
	switch (generate_number(seed) % 4) {
	case 0: /* the one before */
		for (i = width; i-- > 0 && at[i]-- == 0;)
			;
		break;
	case 1: /* the one after */
		for (i = width; i-- > 0 && ++at[i] == 0;)
			;
		break;
	case 2: /* one that differs in one bit */
		i = generate_number(seed) % (8 * width);
		at[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		break;
	default:
		break;
	}
	return address(family, at);
}
