/*
 * The bans in force on the sources of a table: a source that is banned is pinned there until its
 * ban is taken back.  The one that ends first is known for a timer, all of them in the order in
 * which they were made for lists and kernel filters.  Why a source is banned, and for how long, is
 * policy/scan's.
 */
#ifndef POLICY_BAN_H
#define POLICY_BAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct source;
struct sources;

struct bans {
	struct sources *table;
	uint32_t
	    *heap; /* entries of the table, from heap[1] on; the one that ends first is first */
	uint32_t n;
	uint32_t newest;
};

/* For a table that lives as long. 0 or -ENOMEM. */
int bans_init(struct bans *b, struct sources *table);
void bans_fini(struct bans *b); /* the table's entries stay pinned: it goes as well */

/* Bans s until then, or anew if it is banned already; not the shared source. True if it was not. */
bool ban_set(struct bans *b, struct source *s, usec_t until);
/* Takes the ban back; s->banned stays, for those who count strikes. False if there was none. */
bool ban_lift(struct bans *b, struct source *s);
/* Is there a ban, and has it not yet ended? */
bool ban_holds(const struct source *s, usec_t now);

/* The one that ends first; NULL without bans. */
struct source *ban_first(const struct bans *b);

/* All of them, the newest first; NULL after the last. */
struct source *ban_newest(const struct bans *b);
struct source *ban_older(const struct bans *b, const struct source *s);

#endif
