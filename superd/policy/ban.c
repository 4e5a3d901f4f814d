#include "policy/ban.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/source.h"

int
bans_init(struct bans *b, struct sources *table)
{
	struct bans made = {.table = table};

	made.heap = calloc((size_t)table->capacity + 1, sizeof(*made.heap));
	if (made.heap == NULL)
		return -ENOMEM;
	*b = made;
	return 0;
}

void
bans_fini(struct bans *b)
{
	if (b == NULL)
		return;
	free(b->heap);
	memset(b, 0, sizeof(*b));
}

static struct source *
at(const struct bans *b, uint32_t place)
{
	return &b->table->entries[b->heap[place]];
}

static void
put(struct bans *b, uint32_t place, uint32_t index)
{
	b->heap[place] = index;
	b->table->entries[index].ban = place;
}

/* Moves what stands at a place to where its end belongs. */
static void
sift(struct bans *b, uint32_t place)
{
	uint32_t index = b->heap[place], next;
	usec_t until = b->table->entries[index].banned;

	for (; place > 1 && at(b, place / 2)->banned > until; place /= 2)
		put(b, place, b->heap[place / 2]);
	for (; place <= b->n / 2; place = next) {
		next = 2 * place;
		if (next < b->n && at(b, next + 1)->banned < at(b, next)->banned)
			next++;
		if (at(b, next)->banned >= until)
			break;
		put(b, place, b->heap[next]);
	}
	put(b, place, index);
}

static void
link_newest(struct bans *b, struct source *s, uint32_t index)
{
	s->ban_newer = 0;
	s->ban_older = b->newest;
	if (b->newest != 0)
		b->table->entries[b->newest].ban_newer = index;
	b->newest = index;
}

static void
unlink_ban(struct bans *b, const struct source *s)
{
	if (s->ban_newer != 0)
		b->table->entries[s->ban_newer].ban_older = s->ban_older;
	else
		b->newest = s->ban_older;
	if (s->ban_older != 0)
		b->table->entries[s->ban_older].ban_newer = s->ban_newer;
}

bool
ban_set(struct bans *b, struct source *s, usec_t until)
{
	uint32_t index = (uint32_t)(s - b->table->entries);
	bool made = s->ban == 0;

	assert(!source_shared(b->table, s));
	s->banned = until;
	if (made) {
		source_pin(b->table, s, true);
		put(b, ++b->n, index);
	} else {
		unlink_ban(b, s);
	}
	link_newest(b, s, index);
	sift(b, s->ban);
	return made;
}

bool
ban_lift(struct bans *b, struct source *s)
{
	uint32_t place = s->ban, last;

	if (place == 0)
		return false;
	last = b->heap[b->n--];
	if (place <= b->n) {
		put(b, place, last);
		sift(b, place);
	}
	s->ban = 0;
	unlink_ban(b, s);
	source_pin(b->table, s, false);
	return true;
}

bool
ban_holds(const struct source *s, usec_t now)
{
	return s->ban != 0 && s->banned > now;
}

struct source *
ban_first(const struct bans *b)
{
	return b->n > 0 ? at(b, 1) : NULL;
}

struct source *
ban_newest(const struct bans *b)
{
	return b->newest != 0 ? &b->table->entries[b->newest] : NULL;
}

struct source *
ban_older(const struct bans *b, const struct source *s)
{
	return s->ban_older != 0 ? &b->table->entries[s->ban_older] : NULL;
}
