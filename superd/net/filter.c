#include "net/filter.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "net/prefix.h"
#include "net/ranges.h"

enum { WORDS = 4, NEAR = 255 /* what a conditional jump reaches */ };

/* Where the source address stands in the network header, and the version in its first byte. */
enum { IN_SOURCE = 12, IN6_SOURCE = 8, IP_VERSION = 0xf0, IP_VERSION_4 = 0x40 };

/* From this address on packets are dropped, or pass. Neighbours differ. */
struct edge {
	uint32_t words[WORDS];
	bool drop;
};

/*
 * The program is made from its last instruction to its first, since all jumps go forward: what they
 * lead to is there before them. An instruction is known by how many stand after it; the two ends of
 * every path by these.
 */
enum { PASS = -1, DROP = -2 };

struct program {
	struct sock_filter *out; /* filled from out[size - 1] down */
	size_t size;
	long n;		 /* made, more than fit if it is too long */
	long returns[2]; /* the last made for PASS and DROP; -1: none */
	const struct edge *edges;
};

static long
emit(struct program *p, uint16_t code, long jt, long jf, uint32_t k)
{
	if ((size_t)p->n < p->size)
		p->out[p->size - 1 - (size_t)p->n] =
		    (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
	return p->n++;
}

static long
emit_return(struct program *p, long end)
{
	return emit(p, BPF_RET | BPF_K, 0, 0, end == PASS ? UINT32_MAX : 0);
}

/* An instruction by which the one that is made `later` after this call gets to the target. */
static long
reach(struct program *p, long target, long later)
{
	long *end = target < 0 ? &p->returns[target == DROP] : NULL;

	if (end != NULL && (*end < 0 || p->n + later - *end - 1 > NEAR))
		*end = emit_return(p, target);
	if (end != NULL)
		return *end;
	if (p->n + later - target - 1 > NEAR)
		return emit(p, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(p->n - target - 1));
	return target;
}

static long
branch(struct program *p, uint16_t jump, uint32_t k, long yes, long no)
{
	yes = reach(p, yes, 1);
	no = reach(p, no, 0);
	return emit(p, BPF_JMP | BPF_K | jump, p->n - yes - 1, p->n - no - 1, k);
}

/* How many words it takes to tell that an address is at the edge or after it. */
static unsigned
depth(const struct edge *e)
{
	unsigned n = WORDS;

	while (n > 1 && e->words[n - 1] == 0)
		n--;
	return n;
}

/*
 * The tree that finds which of edges[low..high] an address belongs to, known that it is not before
 * the first nor after those, and that it has the words before word w in common with those behind
 * the first; word w is in the accumulator.
 */
static long
tree(struct program *p, unsigned w, size_t low, size_t high)
{
	const struct edge *edges = p->edges;
	size_t first = low + (high - low + 1) / 2, last = first;
	uint32_t word = edges[first].words[w];
	bool at_once;
	long more, less;

	if (low == high)
		return edges[low].drop ? DROP : PASS;
	/* All that have the word of the middle one. */
	while (first > low + 1 && edges[first - 1].words[w] == word)
		first--;
	while (last < high && edges[last + 1].words[w] == word)
		last++;
	/* The lowest of them, at which the words to come are zero, needs no look at those. */
	at_once = depth(&edges[first]) <= w + 1;
	more = tree(p, w, last, high);
	if (!at_once || first < last) {
		(void)tree(p, w + 1, at_once ? first : first - 1, last);
		(void)emit(p, BPF_LD | BPF_MEM, 0, 0, w + 1);
		more = branch(p, BPF_JEQ, word, p->n - 1, more);
	}
	if (word == 0)
		return more;
	less = tree(p, w, low, first - 1);
	return branch(p, BPF_JGE, word, more, less);
}

/* Loads the words the tree looks at. */
static void
prologue(struct program *p, sa_family_t family, unsigned words)
{
	int at = SKF_NET_OFF + (family == AF_INET ? IN_SOURCE : IN6_SOURCE);
	unsigned w;

	for (w = 0; w < words; w++) {
		if (w > 0)
			(void)emit(p, BPF_ST, 0, 0, w);
		(void)emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0,
		    (uint32_t)(at + (int)(w * sizeof(uint32_t))));
	}
}

/* What decides for packets of one family, by edges[0..count): where it begins. */
static long
decide(struct program *p, const struct edge *edges, size_t count, sa_family_t family)
{
	unsigned words = 1;
	size_t i;

	if (count == 1)
		return edges[0].drop ? DROP : PASS;
	for (i = 0; i < count; i++)
		if (depth(&edges[i]) > words)
			words = depth(&edges[i]);
	p->edges = edges;
	(void)tree(p, 0, 0, count - 1);
	prologue(p, family, words);
	return p->n - 1;
}

/* For a socket that receives packets of both families, what decides for each being made. */
static long
either(struct program *p, long in, long in6)
{
	if (in == in6)
		return in;
	(void)branch(p, BPF_JEQ, IP_VERSION_4, in, in6);
	(void)emit(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, IP_VERSION);
	return emit(p, BPF_LD | BPF_B | BPF_ABS, 0, 0, (uint32_t)SKF_NET_OFF);
}

static bool
drops(const struct filter_rules *rules, uint8_t value)
{
	/* Without a map nothing but a ban drops, whatever zero means to the caller. */
	if (rules->map == NULL)
		return false;
	return rules->drops != NULL ? rules->drops(value) : value != 0;
}

static void
add_edge(struct edge *edges, size_t *n, const struct ranges_start *at, bool drop)
{
	struct edge *e = &edges[*n];
	unsigned w, i;

	if (*n > 0 && edges[*n - 1].drop == drop)
		return;
	(*n)++;
	*e = (struct edge){.drop = drop};
	for (w = 0; w < WORDS; w++)
		for (i = 0; i < sizeof(uint32_t); i++)
			e->words[w] = e->words[w] << 8 | at->bytes[w * sizeof(uint32_t) + i];
}

/* Both lists begin with the lowest address: a walk over where either changes. */
static size_t
merge(const struct filter_rules *rules, const struct ranges_list *map,
    const struct ranges_list *bans, struct edge *edges)
{
	const struct ranges_start *at = &bans->v[0];
	size_t i = 0, k = 0, n = 0;
	int order;

	for (;;) {
		add_edge(edges, &n, at, drops(rules, map->v[i].value) || bans->v[k].value != 0);
		if (i + 1 == map->n && k + 1 == bans->n)
			return n;
		if (i + 1 == map->n)
			order = 1;
		else if (k + 1 == bans->n)
			order = -1;
		else
			order =
			    memcmp(map->v[i + 1].bytes, bans->v[k + 1].bytes, sizeof(at->bytes));
		at = order <= 0 ? &map->v[i + 1] : &bans->v[k + 1];
		i += order <= 0;
		k += order >= 0;
	}
}

/* Where the code for the family begins, or -ENOMEM. */
static int
add_family(struct program *p, const struct filter_rules *rules, const struct ranges *bans,
    sa_family_t family, long *start)
{
	static struct ranges_start all;
	static const struct ranges_list nothing = {&all, 1};
	const struct ranges_list *map =
	    rules->map != NULL ? ranges_of(rules->map, family) : &nothing;
	const struct ranges_list *banned = ranges_of(bans, family);
	struct edge *edges = calloc(map->n + banned->n, sizeof(*edges));

	if (edges == NULL)
		return -ENOMEM;
	*start = decide(p, edges, merge(rules, map, banned, edges), family);
	free(edges);
	return 0;
}

static int
compile(const struct filter_rules *rules, const struct ranges *bans, sa_family_t family,
    struct sock_filter *out, size_t size, size_t *n)
{
	struct program p = {.out = out, .size = size, .returns = {-1, -1}};
	long start[2] = {PASS, PASS};
	int r = 0;

	if (family != AF_INET)
		r = add_family(&p, rules, bans, AF_INET6, &start[0]);
	start[1] = start[0];
	if (r == 0 && family != AF_INET6)
		r = add_family(&p, rules, bans, AF_INET, &start[1]);
	if (r < 0)
		return r;
	if (family == AF_UNSPEC)
		start[1] = either(&p, start[1], start[0]);
	if (start[1] < 0)
		(void)emit_return(&p, start[1]);
	if ((size_t)p.n > size)
		return -E2BIG;
	memmove(out, out + size - p.n, (size_t)p.n * sizeof(*out));
	*n = (size_t)p.n;
	return 0;
}

int
filter_compile(const struct filter_rules *rules, sa_family_t family, struct sock_filter *out,
    size_t size, size_t *n)
{
	struct ranges_rule banned[FILTER_BANS];
	struct ranges bans;
	size_t i;
	int r;

	assert(size <= FILTER_SIZE);
	if (family != AF_INET && family != AF_INET6 && family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	if (rules->nbans > FILTER_BANS)
		return -E2BIG;
	for (i = 0; i < rules->nbans; i++)
		banned[i] = (struct ranges_rule){rules->bans[i], 1};
	r = ranges_build(&bans, banned, rules->nbans, 0);
	if (r < 0)
		return r;
	r = compile(rules, &bans, family, out, size, n);
	ranges_fini(&bans);
	return r;
}

int
filter_attach(int fd, const struct sock_filter *code, size_t n, bool lock)
{
	/* The kernel only reads it. */
	struct sock_fprog program = {(unsigned short)n, (struct sock_filter *)code};
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	if (lock && setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0)
		return -errno;
	return 0;
}

static bool
passes_all(const struct sock_filter *code, size_t n)
{
	return n == 1 && code[0].k != 0;
}

/* Of which families packets come to the socket, AF_UNSPEC for IPv4 and IPv6: 0 or -errno. */
static int
families(int fd, sa_family_t *family)
{
	socklen_t length = sizeof(int);
	int domain, only = 1;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
		return -errno;
	*family = (sa_family_t)domain;
	if (domain != AF_INET && domain != AF_INET6)
		return -EOPNOTSUPP;
	if (domain == AF_INET6 && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &length) < 0)
		return -errno;
	if (!only)
		*family = AF_UNSPEC;
	return 0;
}

int
filter_apply(int fd, const struct filter_rules *rules, bool lock)
{
	autofree struct sock_filter *code = calloc(FILTER_SIZE, sizeof(*code));
	sa_family_t family;
	size_t n = 0;
	int r;

	if (code == NULL)
		return -ENOMEM;
	r = families(fd, &family);
	if (r == 0)
		r = filter_compile(rules, family, code, FILTER_SIZE, &n);
	if (r < 0)
		return r;
	if (passes_all(code, n) && !lock)
		return filter_detach(fd);
	return filter_attach(fd, code, n, lock);
}

int
filter_detach(int fd)
{
	int none = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) < 0 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}
