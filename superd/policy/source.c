#include "policy/source.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/address.h"

/* Where the number of a link stands in a link-local prefix. */
enum { LINK = 4 };

int
sources_init(struct sources *t, uint32_t capacity, const uint8_t key[SIPHASH_KEY])
{
	struct sources made = {.capacity = capacity};
	uint32_t heads = SOURCES_MIN;

	assert(capacity >= SOURCES_MIN && capacity <= SOURCES_MAX);
	while (heads < capacity)
		heads *= 2;
	made.mask = heads - 1;
	made.entries = calloc((size_t)capacity + SOURCES_SHARED, sizeof(*made.entries));
	made.heads = calloc(heads, sizeof(*made.heads));
	if (made.entries == NULL || made.heads == NULL) {
		sources_fini(&made);
		return -ENOMEM;
	}
	memcpy(made.key, key, sizeof(made.key));
	*t = made;
	return 0;
}

void
sources_fini(struct sources *t)
{
	if (t == NULL)
		return;
	free(t->entries);
	free(t->heads);
	memset(t, 0, sizeof(*t));
}

static void
mask_bytes(struct source_key *k, unsigned length)
{
	unsigned whole = length / 8;

	k->length = (uint8_t)length;
	if (length % 8 != 0) {
		k->bytes[whole] &= (uint8_t)(0xff00 >> length % 8);
		whole++;
	}
	memset(k->bytes + whole, 0, sizeof(k->bytes) - whole);
}

bool
source_key(
    struct source_key *k, const struct address *peer, struct source_prefix prefix, uint32_t service)
{
	struct source_key made = {.service = service};
	const struct in6_addr *in6 = &peer->in6.sin6_addr;
	int family = peer->length > 0 ? peer->sa.sa_family : AF_UNSPEC;
	uint32_t link;

	if (family == AF_INET) {
		memcpy(made.bytes, &peer->in.sin_addr, 4);
	} else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
		memcpy(made.bytes, in6->s6_addr + 12, 4);
		family = AF_INET;
	} else if (family == AF_INET6) {
		memcpy(made.bytes, in6, sizeof(*in6));
		if (IN6_IS_ADDR_LINKLOCAL(in6)) {
			link = htonl(peer->in6.sin6_scope_id);
			memcpy(made.bytes + LINK, &link, sizeof(link));
		}
	} else {
		return false;
	}
	made.family = (uint8_t)family;
	mask_bytes(&made, family == AF_INET ? prefix.v4 : prefix.v6);
	*k = made;
	return true;
}

struct source_key
source_key_shorten(const struct source_key *k, uint8_t length)
{
	struct source_key shorter = *k;

	assert(length <= k->length);
	mask_bytes(&shorter, length);
	return shorter;
}

bool
source_key_is_link_local(const struct source_key *k)
{
	return k->family == AF_INET6 && k->length >= 10 && k->bytes[0] == 0xfe &&
	       (k->bytes[1] & 0xc0) == 0x80;
}

bool
source_key_equal(const struct source_key *a, const struct source_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool
source_key_covers(const struct source_key *a, const struct source_key *b)
{
	unsigned whole = a->length / 8, rest = a->length % 8;

	if (a->family != b->family || a->length > b->length)
		return false;
	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

const char *
source_key_text(const struct source_key *k, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];
	struct source_key plain = *k;
	uint32_t link = 0;
	struct text t;

	text_init(&t, text, size);
	if (source_key_is_link_local(k)) {
		memcpy(&link, k->bytes + LINK, sizeof(link));
		memset(plain.bytes + LINK, 0, sizeof(link));
	}
	if (inet_ntop(k->family, plain.bytes, host, sizeof(host)) == NULL)
		return text;
	text_add(&t, host);
	text_add(&t, "/");
	text_add_number(&t, k->length);
	if (link != 0) {
		text_add(&t, "%");
		text_add_number(&t, ntohl(link));
	}
	return text;
}

static uint32_t *
chain_of(const struct sources *t, const struct source_key *k)
{
	return &t->heads[siphash(t->key, k, sizeof(*k)) & t->mask];
}

static struct source *
find_in(const struct sources *t, uint32_t head, const struct source_key *k)
{
	for (; head != 0; head = t->entries[head].next)
		if (source_key_equal(&t->entries[head].key, k))
			return &t->entries[head];
	return NULL;
}

struct source *
source_find(const struct sources *t, const struct source_key *k)
{
	return find_in(t, *chain_of(t, k), k);
}

/* The list of those that may be replaced, by the time they were last seen. */

static void
unlist(struct sources *t, struct source *s)
{
	if (!s->listed)
		return;
	if (s->newer != 0)
		t->entries[s->newer].older = s->older;
	else
		t->newest = s->older;
	if (s->older != 0)
		t->entries[s->older].newer = s->newer;
	else
		t->oldest = s->newer;
	s->listed = false;
	t->replaceable--;
}

static void
list(struct sources *t, struct source *s)
{
	uint32_t index = (uint32_t)(s - t->entries);

	s->newer = 0;
	s->older = t->newest;
	if (t->newest != 0)
		t->entries[t->newest].newer = index;
	else
		t->oldest = index;
	t->newest = index;
	s->listed = true;
	t->replaceable++;
}

/* Puts it first among those that may be replaced, or takes it out if it is not one of them. */
static void
settle(struct sources *t, struct source *s)
{
	unlist(t, s);
	if (s->live == 0 && !s->pinned && !source_shared(t, s))
		list(t, s);
}

static void
unchain(struct sources *t, struct source *s)
{
	uint32_t *at = chain_of(t, &s->key), index = (uint32_t)(s - t->entries);

	while (*at != index)
		at = &t->entries[*at].next;
	*at = s->next;
}

/* Room for one more, or the entry that those like it share. */
static struct source *
make_room(struct sources *t, const struct source_key *k)
{
	struct source *s;

	if (t->used < t->capacity)
		return &t->entries[SOURCES_SHARED + t->used++];
	if (t->replaceable <= SOURCE_FRESH)
		return &t->entries[k->service != 0];
	s = &t->entries[t->oldest];
	unlist(t, s);
	unchain(t, s);
	memset(s, 0, sizeof(*s));
	return s;
}

struct source *
source_get(struct sources *t, const struct source_key *k, usec_t now)
{
	uint32_t *head = chain_of(t, k);
	struct source *s = find_in(t, *head, k);

	if (s == NULL) {
		s = make_room(t, k);
		if (!source_shared(t, s)) {
			s->key = *k;
			s->next = *head;
			*head = (uint32_t)(s - t->entries);
		}
	}
	s->seen = now;
	settle(t, s);
	return s;
}

bool
source_shared(const struct sources *t, const struct source *s)
{
	return s < t->entries + SOURCES_SHARED;
}

void
source_enter(struct sources *t, struct source *s)
{
	assert(s->live < UINT32_MAX);
	s->live++;
	if (s->live == 1)
		settle(t, s);
}

void
source_leave(struct sources *t, struct source *s)
{
	assert(s->live > 0);
	s->live--;
	if (s->live == 0)
		settle(t, s);
}

void
source_pin(struct sources *t, struct source *s, bool pin)
{
	assert(!source_shared(t, s));
	if (s->pinned == pin)
		return;
	s->pinned = pin;
	settle(t, s);
}
