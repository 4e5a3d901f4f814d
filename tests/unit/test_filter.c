#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "generate.h"
#include "net/filter.h"

enum { IN_HEADER = 20, IN6_HEADER = 40, REFUSED = -1 };

/* A packet's network header: all bytes but the source address are noise. */
struct packet {
	uint8_t bytes[IN6_HEADER];
	size_t n;
};

static struct packet
packet(const struct address *from)
{
	struct packet p;

	memset(&p, 0xa5, sizeof(p));
	if (from->sa.sa_family == AF_INET) {
		p.n = IN_HEADER;
		p.bytes[0] = 0x45; /* version and length */
		memcpy(p.bytes + 12, &from->in.sin_addr, 4);
	} else {
		p.n = IN6_HEADER;
		p.bytes[0] = 0x60 | (p.bytes[0] & 0x0f);
		memcpy(p.bytes + 8, &from->in6.sin6_addr, 16);
	}
	return p;
}

static bool
jumps(uint16_t code, uint32_t a, uint32_t k)
{
	switch (code) {
	case BPF_JMP | BPF_K | BPF_JGE:
		return a >= k;
	case BPF_JMP | BPF_K | BPF_JEQ:
		return a == k;
	default:
		cr_assert_fail("instruction %#x", code);
		return false;
	}
}

/* What the kernel makes of it: the returned value. Anything the filter has no business with fails
 * the test. */
static uint32_t
run(const struct sock_filter *code, size_t n, const struct address *from, unsigned *steps)
{
	struct packet p = packet(from);
	uint32_t a = 0, memory[BPF_MEMWORDS] = {0}, stored = 0;
	const struct sock_filter *at;
	size_t pc = 0, offset;

	for (*steps = 0;; ++*steps) {
		cr_assert_lt(pc, n);
		at = &code[pc++];
		switch (at->code) {
		case BPF_RET | BPF_K:
			return at->k;
		case BPF_LD | BPF_W | BPF_ABS:
			offset = at->k - (uint32_t)SKF_NET_OFF;
			cr_assert_leq(offset + 4, p.n);
			memcpy(&a, p.bytes + offset, 4);
			a = ntohl(a);
			break;
		case BPF_LD | BPF_B | BPF_ABS:
			cr_assert_eq(at->k, (uint32_t)SKF_NET_OFF);
			a = p.bytes[0];
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= at->k;
			break;
		case BPF_ST:
			cr_assert_lt(at->k, BPF_MEMWORDS);
			memory[at->k] = a;
			stored |= 1U << at->k;
			break;
		case BPF_LD | BPF_MEM:
			cr_assert(at->k < BPF_MEMWORDS && (stored & 1U << at->k) != 0);
			a = memory[at->k];
			break;
		case BPF_JMP | BPF_JA:
			pc += at->k;
			break;
		default:
			pc += jumps(at->code, a, at->k) ? at->jt : at->jf;
		}
	}
}

static bool
odd(uint8_t value)
{
	return value % 2 != 0;
}

static bool
even(uint8_t value)
{
	return !odd(value);
}

static bool
is_banned(const struct filter_rules *rules, const struct address *a)
{
	size_t i;

	for (i = 0; i < rules->nbans; i++)
		if (prefix_covers(&rules->bans[i], a))
			return true;
	return false;
}

static bool
is_dropped(const struct filter_rules *rules, const struct address *a)
{
	uint8_t value = rules->map != NULL ? ranges_find(rules->map, a) : 0;

	if (is_banned(rules, a) || rules->map == NULL)
		return is_banned(rules, a);
	return rules->drops != NULL ? rules->drops(value) : value != 0;
}

enum { RULES = 300, SMALL = 4, ADDRESSES = 60 };

/* One random map with bans, and the filter for the family, beside what it was made of. */
static void
try(unsigned seed, size_t rules_max, sa_family_t family)
{
	static bool (*const some[])(uint8_t) = {odd, even, NULL};
	static struct sock_filter code[FILTER_SIZE];
	struct ranges_rule list[RULES];
	struct prefix bans[FILTER_BANS];
	struct ranges map;
	struct filter_rules rules = {.map = &map, .bans = bans};
	unsigned i, steps, limit = 24;
	size_t n = generate_number(&seed) % (rules_max + 1), length = 0;
	struct address a;
	sa_family_t of;
	uint32_t result;

	for (i = 0; i < n; i++) {
		list[i].prefix = generate_prefix(&seed, i % 8 == 0 ? AF_UNSPEC : family);
		list[i].value = (uint8_t)(generate_number(&seed) % 3);
	}
	rules.drops = some[generate_number(&seed) % 3];
	rules.nbans = generate_number(&seed) / 2 % (FILTER_BANS + 1);
	if (generate_number(&seed) % 2 == 0)
		rules.nbans = 0;
	for (i = 0; i < rules.nbans; i++)
		bans[i] = generate_prefix(&seed, AF_UNSPEC);
	cr_assert_eq(ranges_build(&map, list, n, (uint8_t)(generate_number(&seed) % 2)), 0);
	if (seed % 8 == 0)
		rules.map = NULL;
	cr_assert_eq(filter_compile(&rules, family, code, FILTER_SIZE, &length), 0);
	for (n += rules.nbans; n > 0; n /= 2)
		limit += 3;
	for (i = 0; i < ADDRESSES; i++) {
		of = family != AF_UNSPEC ? family : i % 4 < 2 ? AF_INET : AF_INET6;
		a = generate_address(&seed, of, &map);
		if (i % 2 == 0 && rules.nbans > 0 && bans[i % rules.nbans].family == of)
			memcpy(of == AF_INET ? (void *)&a.in.sin_addr : (void *)&a.in6.sin6_addr,
			    bans[i % rules.nbans].bytes, prefix_width(of) / 8);
		result = run(code, length, &a, &steps);
		cr_assert(result == 0 || result == UINT32_MAX);
		cr_assert_eq(result == 0, is_dropped(&rules, &a), "seed %u", seed);
		cr_assert_leq(steps, limit, "%zu rules", n);
	}
	ranges_fini(&map);
}

Test(filter, decides_as_the_map_and_the_bans)
{
	enum { ROUNDS = 600 };
	unsigned i;

	for (i = 1; i <= ROUNDS; i++) {
		try(i, RULES, AF_INET);
		try(i, RULES, AF_INET6);
		try(i, SMALL, AF_INET);
		try(i, SMALL, AF_INET6);
		try(i, RULES, AF_UNSPEC);
		try(i, SMALL, AF_UNSPEC);
	}
}

static void
map_of(struct ranges *map, const char *const *prefixes, size_t n, uint8_t value, uint8_t fallback)
{
	struct ranges_rule rules[16];
	char storage[512];
	struct text error;
	size_t i;

	text_init(&error, storage, sizeof(storage));
	for (i = 0; i < n; i++) {
		rules[i].value = value;
		cr_assert_eq(prefix_parse(&rules[i].prefix, prefixes[i], &error), 0);
	}
	cr_assert_eq(ranges_build(map, rules, n, fallback), 0);
}

/* How long the programs are: what they cost each packet and the socket. */
Test(filter, length)
{
	static const struct {
		const char *prefixes[4];
		size_t in, in6;
	} rows[] = {
	    {{NULL}, 1, 1},
	    {{"0.0.0.0/0"}, 1, 1},
	    {{"192.0.2.0/24"}, 5, 1},
	    {{"0.0.0.0/8"}, 4, 1},
	    {{"255.255.255.255"}, 4, 1},
	    {{"192.0.2.0/25", "192.0.2.128/25"}, 5, 1},
	    {{"10.0.0.0/8", "192.0.2.0/24"}, 7, 1},
	    {{"2001:db8::/32"}, 1, 5},
	    {{"2001:db8::/48"}, 1, 9},
	    {{"2001:db8:0:1::/64"}, 1, 10},
	    {{"fe80::/10", "2001:db8::/32"}, 1, 7},
	    {{"::1"}, 1, 17},
	};
	struct sock_filter code[FILTER_SIZE];
	struct filter_rules rules = {0};
	struct ranges map;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (n = 0; rows[i].prefixes[n] != NULL;)
			n++;
		map_of(&map, rows[i].prefixes, n, 1, 0);
		rules.map = &map;
		cr_assert_eq(filter_compile(&rules, AF_INET, code, FILTER_SIZE, &n), 0);
		cr_expect_eq(n, rows[i].in, "%s: %zu", rows[i].prefixes[0], n);
		cr_assert_eq(filter_compile(&rules, AF_INET6, code, FILTER_SIZE, &n), 0);
		cr_expect_eq(n, rows[i].in6, "%s: %zu", rows[i].prefixes[0], n);
		ranges_fini(&map);
	}
	rules.map = NULL;
	cr_assert_eq(filter_compile(&rules, AF_INET, code, 1, &n), 0);
	cr_expect(n == 1 && code[0].code == (BPF_RET | BPF_K) && code[0].k == UINT32_MAX);
}

Test(filter, too_long)
{
	static const char *const net[] = {"192.0.2.0/24"};
	struct sock_filter code[8], before[8];
	struct prefix bans[FILTER_BANS + 1];
	struct ranges map;
	struct filter_rules rules = {.map = &map, .bans = bans};
	size_t n = 77, size;

	map_of(&map, net, 1, 1, 0);
	memset(code, 0x5a, sizeof(code));
	memset(before, 0x5a, sizeof(before));
	for (size = 0; size < 5; size++) {
		cr_expect_eq(filter_compile(&rules, AF_INET, code, size, &n), -E2BIG);
		cr_expect_arr_eq(code + size, before, sizeof(code) - size * sizeof(code[0]));
		cr_expect_eq(n, 77);
	}
	cr_expect_eq(filter_compile(&rules, AF_INET, code, 5, &n), 0);
	cr_expect_arr_eq(code + 5, before, 3 * sizeof(code[0]));
	cr_expect_eq(filter_compile(&rules, AF_UNIX, code, 8, &n), -EAFNOSUPPORT);
	memset(bans, 0, sizeof(bans));
	rules.nbans = FILTER_BANS + 1;
	cr_expect_eq(filter_compile(&rules, AF_INET, code, 8, &n), -E2BIG);
	ranges_fini(&map);
}

/* What a service may list and still have checked in the kernel: n prefixes that do not touch. */
static size_t
most(sa_family_t family)
{
	static struct sock_filter code[FILTER_SIZE];
	static struct ranges_rule list[FILTER_SIZE];
	struct filter_rules rules = {0};
	struct ranges map;
	size_t n, i, k, length;
	unsigned seed = 5, steps;
	struct address a;
	int r;

	for (n = 1; n < FILTER_SIZE; n += 50) {
		for (i = 0; i < n; i++) {
			list[i] = (struct ranges_rule){.prefix.family = family, .value = 1};
			list[i].prefix.length = family == AF_INET ? 24 : 64;
			for (k = 0; k < list[i].prefix.length / 8; k++)
				list[i].prefix.bytes[k] = (uint8_t)(generate_number(&seed) >> 9);
		}
		cr_assert_eq(ranges_build(&map, list, n, 0), 0);
		rules.map = &map;
		r = filter_compile(&rules, family, code, FILTER_SIZE, &length);
		for (i = 0; r == 0 && i < 100; i++) {
			a = generate_address(&seed, family, &map);
			cr_assert_eq(
			    run(code, length, &a, &steps) == 0, ranges_find(&map, &a) != 0);
			cr_assert_leq(steps, 40);
		}
		ranges_fini(&map);
		if (r < 0)
			break;
	}
	cr_assert_eq(r, -E2BIG);
	return n;
}

Test(filter, holds_many)
{
	cr_expect_geq(most(AF_INET), 1900, "%zu", most(AF_INET));
	cr_expect_geq(most(AF_INET6), 600, "%zu", most(AF_INET6));
}
