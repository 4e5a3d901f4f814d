#include "base/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
turn(struct state *s, unsigned rounds)
{
	while (rounds-- > 0) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 = rotate(s->v0, 32) + s->v3;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 = rotate(s->v2, 32);
	}
}

/* Little-endian, at most eight bytes. */
static uint64_t
word(const uint8_t *bytes, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, bytes, n);
	return le64toh(w);
}

static void
absorb(struct state *s, uint64_t w)
{
	s->v3 ^= w;
	turn(s, 2);
	s->v0 ^= w;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY], const void *data, size_t n)
{
	uint64_t k0 = word(key, 8), k1 = word(key + 8, 8);
	struct state s = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
	    k1 ^ 0x7465646279746573};
	const uint8_t *bytes = data;
	size_t left;

	for (left = n; left >= 8; left -= 8, bytes += 8)
		absorb(&s, word(bytes, 8));
	absorb(&s, word(bytes, left) | (uint64_t)n << 56);
	s.v2 ^= 0xff;
	turn(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
