/*
 * Port scans: offences earn a source points, points past a threshold a ban from every service.
 *
 * A point is forgotten each `decay`, one after the other.  When a source has `threshold` points it
 * is banned and its points are gone; the ban lasts `ban`, and twice as long each time it comes
 * again, up to `cap`, until `quiet` has passed after the last one ended without another.  A source
 * is a prefix (conf->prefix).  The points of IPv6 sources also add up per /48, which is banned at
 * `site_threshold`, so that nobody buys patience with a bigger allocation, and one bad host does
 * not by itself ban its site.
 *
 * Only who has proved to be where its packets come from earns points: who completed a handshake.
 * Others (datagrams) are counted, and earn points with `spoofable` alone; use a table of their own.
 * Sources that are exempt never earn points, and no ban covers them. The source that newcomers
 * share when the table is full never earns points either.
 *
 * Who is banned is refused before it can offend: an offence by it is counted and changes nothing.
 * Everything lives in the entries of the table; a source that was replaced there is forgotten.
 */
#ifndef POLICY_SCAN_H
#define POLICY_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "policy/source.h"

struct address;
struct bans;

enum offence {
	OFFENCE_SENSOR,	  /* touched a sensor */
	OFFENCE_REFUSED,  /* was refused by an access list */
	OFFENCE_SPREAD,	  /* touched many endpoints of ours: scan_touch finds it */
	OFFENCE_RATE,	  /* more than its rate */
	OFFENCE_PROTOCOL, /* bad input where superd itself reads */
	OFFENCES,
};

enum {
	SCAN_POINTS_MAX = 1000000, /* weights and thresholds */
	SCAN_SPREAD_MAX = 64,
	SCAN_SITE = 48,	  /* bits of an IPv6 site */
	SCAN_LISTED = 64, /* what scan_list gives at most */
};
#define SCAN_DECAY_MAX (30 * 86400 * USEC_PER_SEC)
#define SCAN_TIME_MAX (400 * 86400 * USEC_PER_SEC)

struct scan_conf {
	uint32_t weights[OFFENCES]; /* points; 0: no offence */
	uint32_t threshold;	    /* points; 0: nobody is banned */
	uint32_t site_threshold;    /* points of a /48; 0: not counted */
	usec_t decay;		    /* a point is forgotten each */
	/*
	 * So many endpoints within that time are OFFENCE_SPREAD; 0: never. They are counted in a
	 * bitmap of 128 by a hash: never too many, but some may fall on one bit. 10 are seen on
	 * average at the 10.4th, 20 at the 21.7th, 64 at the 88th. The windows of a source begin
	 * with a touch and do not overlap.
	 */
	uint32_t spread;
	usec_t window;
	usec_t ban, cap, quiet; /* up to SCAN_TIME_MAX, as is window; decay up to SCAN_DECAY_MAX */
	bool spoofable;		/* also who proved nothing */
	struct source_prefix prefix;
	bool (*exempt)(const void *arg, const struct address *peer); /* NULL: nobody */
	const void *exempt_arg;
};

struct scan_result {
	bool counted;	       /* it was an offence: of some weight, by a peer that is not exempt */
	bool spread;	       /* it has touched too many endpoints: an offence more */
	bool banned;	       /* now, by this */
	usec_t until;	       /* the end of its ban, new or not; 0: none */
	struct source_key key; /* if banned: what is */
};

/* An offence by a peer. proven: it completed a handshake. */
struct scan_result scan_offence(struct bans *b, const struct scan_conf *conf,
    const struct address *peer, enum offence offence, bool proven, usec_t now);

/* A peer has come to an endpoint (a number of the caller's), welcome or not: counts the spread. */
struct scan_result scan_touch(struct bans *b, const struct scan_conf *conf,
    const struct address *peer, uint32_t endpoint, bool proven, usec_t now);

/* The end of the ban that covers the peer, of its prefix or its /48; 0: none. */
usec_t scan_banned(
    const struct bans *b, const struct scan_conf *conf, const struct address *peer, usec_t now);

/* A ban by hand, or handed over by an earlier superd. 0, -ENOSPC (no room), -EINVAL (k is of a
 * service, or until has passed). */
int scan_ban(
    struct bans *b, const struct source_key *k, uint16_t strikes, usec_t until, usec_t now);
/* Lifts the ban of that very prefix and forgives points and strikes. False if there is none. */
bool scan_lift(struct bans *b, const struct source_key *k);

/* When the next ban ends, USEC_NEVER without bans. */
usec_t scan_next(const struct bans *b);
/* Ends one ban whose time has come: true with its key, false if there is none (left). */
bool scan_expire(struct bans *b, usec_t now, struct source_key *k);

struct scan_ban {
	struct source_key key;
	usec_t until;
	uint16_t strikes; /* bans in a row, this one among them */
};

/* The bans in force, the newest first, at most n. How many. */
size_t scan_list(const struct bans *b, usec_t now, struct scan_ban *list, size_t n);

#endif
