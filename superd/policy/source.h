/*
 * What is remembered of peers, by prefix: live connections, a token bucket, offences.
 *
 * One table of fixed size holds the sources of the daemon as a whole (service 0) and those of each
 * service that has limits of its own (by a number of the caller's, not used again while it has live
 * connections).  All memory is asked for at the start and comes into use with the sources.  A
 * source that is not known takes the place of the one that was not seen for the longest time. Those
 * with live connections or a ban are pinned: they are never replaced and never move, so a pointer
 * is a reference as long as they are. If the table is full of them, newcomers share two more
 * entries, one of the daemon as a whole and one of all services, so that a connection counts once
 * in each; these have limits as any source but earn no points.
 *
 * The hash is keyed, so that peers cannot choose sources that collide.  Sources whose packets can
 * be forged (datagrams) belong in a table of their own.
 */
#ifndef POLICY_SOURCE_H
#define POLICY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/siphash.h"
#include "policy/bucket.h"

struct address;

enum { SOURCES_DEFAULT = 65536, SOURCES_MIN = 16, SOURCES_MAX = 1 << 24 };

/* Bits of an address that make a source. */
struct source_prefix {
	uint8_t v4, v6; /* 0..32, 0..128 */
};

/*
 * A prefix, of the daemon or of one service. The bytes after the prefix are zero. A link-local
 * prefix has the number of its interface in bytes 4 to 7, which are zero on the wire: the same
 * prefix on two links is two sources.
 */
struct source_key {
	uint8_t bytes[16];
	uint32_t service; /* 0: the daemon as a whole */
	uint8_t family;	  /* AF_INET, AF_INET6 */
	uint8_t length;	  /* bits */
	uint8_t unused[2];
};

/* Longest text of a key, with the terminator. */
enum { SOURCE_TEXT = 72 };

struct source {
	struct source_key key;
	usec_t seen;	       /* last time it was asked for */
	uint32_t live;	       /* connections: source_enter, source_leave */
	uint32_t next;	       /* the table's: in its chain */
	uint32_t newer, older; /* the table's: among those that may be replaced */
	struct bucket bucket;  /* policy/limit's */

	/* policy/scan's and policy/ban's */
	usec_t forgotten;      /* when its last point is */
	usec_t banned;	       /* until then; 0: never was */
	usec_t spread;	       /* since when endpoints are counted */
	uint64_t endpoints[2]; /* bitmap of those touched since */
	uint32_t ban;	       /* place among the bans, from 1; 0: none */
	uint32_t ban_newer, ban_older;
	uint16_t strikes; /* bans in a row */
	bool pinned;	  /* by a ban: source_pin */
	bool listed;	  /* the table's: may be replaced */
};

struct sources {
	struct source *entries; /* the first SOURCES_SHARED are the shared ones */
	uint32_t *heads;	/* chains, by hash */
	uint32_t capacity, mask;
	uint32_t used; /* entries in use, the shared ones not among them */
	uint32_t newest, oldest, replaceable;
	uint8_t key[SIPHASH_KEY];
};

enum { SOURCES_SHARED = 2 };

/*
 * Entries that were asked for last are not replaced at once: what source_get returned stays that
 * source until this many others have been asked for.
 */
enum { SOURCE_FRESH = 4 };

/* capacity from SOURCES_MIN to SOURCES_MAX; key: random bytes of this table alone. 0 or -ENOMEM. */
int sources_init(struct sources *t, uint32_t capacity, const uint8_t key[SIPHASH_KEY]);
void sources_fini(struct sources *t);

/* The source of a peer; an IPv4 address mapped into IPv6 is an IPv4 address. False if it has none
 * (unix, no address). */
bool source_key(struct source_key *k, const struct address *peer, struct source_prefix prefix,
    uint32_t service);
/* The shorter prefix that contains k; length at most k's. */
struct source_key source_key_shorten(const struct source_key *k, uint8_t length);
bool source_key_is_link_local(const struct source_key *k);
bool source_key_equal(const struct source_key *a, const struct source_key *b);
/* Is b, of whatever service, the same prefix as a or within it? */
bool source_key_covers(const struct source_key *a, const struct source_key *b);
/* "192.0.2.0/24", "2001:db8::/64", "fe80::/64%2". Returns text. */
const char *source_key_text(const struct source_key *k, char *text, size_t size);

/* The source if it is remembered, else NULL. */
struct source *source_find(const struct sources *t, const struct source_key *k);
/* The source, remembered from now on; a shared one if there is no room. Never NULL. */
struct source *source_get(struct sources *t, const struct source_key *k, usec_t now);
bool source_shared(const struct sources *t, const struct source *s);

/* One live connection more, one less; each enter has its leave, on the same source. */
void source_enter(struct sources *t, struct source *s);
void source_leave(struct sources *t, struct source *s);

/* Keep it although nothing is live; not a shared one. */
void source_pin(struct sources *t, struct source *s, bool pin);

#endif
