#include "policy/scan.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/siphash.h"
#include "policy/ban.h"

/* One peer at one time. */
struct scanner {
	struct bans *bans;
	const struct scan_conf *conf;
	struct source_key key;
	usec_t now;
};

static bool
is_exempt(const struct scan_conf *conf, const struct address *peer)
{
	return conf->exempt != NULL && conf->exempt(conf->exempt_arg, peer);
}

/* The /48 of an IPv6 source. A link is no site. */
static bool
site_of(const struct source_key *k, struct source_key *site)
{
	if (k->family != AF_INET6 || k->length <= SCAN_SITE || source_key_is_link_local(k))
		return false;
	*site = source_key_shorten(k, SCAN_SITE);
	return true;
}

/* The ban on that prefix, if it holds. */
static usec_t
held(const struct bans *b, const struct source_key *k, usec_t now)
{
	const struct source *s = source_find(b->table, k);

	return s != NULL && ban_holds(s, now) ? s->banned : 0;
}

/* The ban on that prefix or its site, whichever is longer. */
static usec_t
covered(const struct bans *b, const struct source_key *k, usec_t now)
{
	struct source_key site;
	usec_t until, of_site;

	if (b->n == 0)
		return 0;
	until = held(b, k, now);
	of_site = site_of(k, &site) ? held(b, &site, now) : 0;
	return until > of_site ? until : of_site;
}

static usec_t
ban_time(const struct scan_conf *conf, unsigned strikes)
{
	usec_t time = conf->ban;

	while (strikes-- > 0 && time < conf->cap)
		time *= 2;
	return time < conf->cap ? time : conf->cap;
}

static void
punish(const struct scanner *c, struct source *s, struct scan_result *result)
{
	const struct scan_conf *conf = c->conf;

	if (s->strikes > 0 && c->now >= s->banned && c->now - s->banned >= conf->quiet)
		s->strikes = 0;
	(void)ban_set(c->bans, s, c->now + ban_time(conf, s->strikes));
	if (s->strikes < UINT16_MAX)
		s->strikes++;
	s->forgotten = 0;
	result->banned = true;
	result->key = s->key;
	result->until = s->banned > result->until ? s->banned : result->until;
}

/*
 * Points are kept as the time at which the last of them is forgotten. More than the threshold is
 * of another configuration.
 */
static void
add_points(const struct scanner *c, const struct source_key *k, uint32_t weight, uint32_t threshold,
    struct scan_result *result)
{
	struct source *s = source_get(c->bans->table, k, c->now);
	usec_t most = threshold * c->conf->decay, left;

	if (source_shared(c->bans->table, s))
		return;
	left = s->forgotten > c->now ? s->forgotten - c->now : 0;
	if (left > most)
		left = most;
	left += weight * c->conf->decay;
	s->forgotten = c->now + left;
	/* A point counts until it is forgotten altogether. */
	if (weight >= threshold || (left > 0 && left > most - c->conf->decay))
		punish(c, s, result);
}

static void
offend(const struct scanner *c, uint32_t weight, struct scan_result *result)
{
	const struct scan_conf *conf = c->conf;
	struct source_key site;

	if (conf->site_threshold > 0 && site_of(&c->key, &site))
		add_points(c, &site, weight, conf->site_threshold, result);
	/* A ban on its site is one on the source: it is made, told and ended once. */
	if (conf->threshold > 0 && !result->banned)
		add_points(c, &c->key, weight, conf->threshold, result);
}

/* False if the peer is none of ours: exempt, or without an address. */
static bool
scanner_init(struct scanner *c, struct bans *b, const struct scan_conf *conf,
    const struct address *peer, usec_t now)
{
	*c = (struct scanner){.bans = b, .conf = conf, .now = now};
	return source_key(&c->key, peer, conf->prefix, 0) && !is_exempt(conf, peer);
}

struct scan_result
scan_offence(struct bans *b, const struct scan_conf *conf, const struct address *peer,
    enum offence offence, bool proven, usec_t now)
{
	struct scan_result result = {0};
	struct scanner c;

	assert(offence < OFFENCES);
	if (!scanner_init(&c, b, conf, peer, now))
		return result;
	result.until = covered(b, &c.key, now);
	result.counted = conf->weights[offence] > 0;
	if (result.counted && result.until == 0 && (proven || conf->spoofable))
		offend(&c, conf->weights[offence], &result);
	return result;
}

static unsigned
bits(const struct source *s)
{
	return (unsigned)(__builtin_popcountll(s->endpoints[0]) +
			  __builtin_popcountll(s->endpoints[1]));
}

/* True when so many endpoints have been touched that it is an offence. */
static bool
spread(const struct scanner *c, struct source *s, uint32_t endpoint)
{
	uint64_t place = siphash(c->bans->table->key, &endpoint, sizeof(endpoint)) % 128;

	if (s->spread > c->now || c->now - s->spread >= c->conf->window)
		memset(s->endpoints, 0, sizeof(s->endpoints));
	if (bits(s) == 0)
		s->spread = c->now;
	s->endpoints[place / 64] |= (uint64_t)1 << place % 64;
	if (bits(s) < c->conf->spread)
		return false;
	memset(s->endpoints, 0, sizeof(s->endpoints));
	return true;
}

struct scan_result
scan_touch(struct bans *b, const struct scan_conf *conf, const struct address *peer,
    uint32_t endpoint, bool proven, usec_t now)
{
	struct scan_result result = {0};
	struct scanner c;
	struct source *s;

	if (conf->spread == 0 || conf->weights[OFFENCE_SPREAD] == 0 || !(proven || conf->spoofable))
		return result;
	if (!scanner_init(&c, b, conf, peer, now))
		return result;
	result.until = covered(b, &c.key, now);
	if (result.until > 0)
		return result;
	s = source_get(b->table, &c.key, now);
	if (source_shared(b->table, s) || !spread(&c, s, endpoint))
		return result;
	result.counted = result.spread = true;
	offend(&c, conf->weights[OFFENCE_SPREAD], &result);
	return result;
}

usec_t
scan_banned(
    const struct bans *b, const struct scan_conf *conf, const struct address *peer, usec_t now)
{
	struct source_key k;
	usec_t until;

	if (b->n == 0 || !source_key(&k, peer, conf->prefix, 0))
		return 0;
	until = covered(b, &k, now);
	return until > 0 && is_exempt(conf, peer) ? 0 : until;
}

int
scan_ban(struct bans *b, const struct source_key *k, uint16_t strikes, usec_t until, usec_t now)
{
	struct source *s;

	if (k->service != 0 || until <= now)
		return -EINVAL;
	s = source_get(b->table, k, now);
	if (source_shared(b->table, s))
		return -ENOSPC;
	(void)ban_set(b, s, until);
	s->strikes = strikes;
	s->forgotten = 0;
	return 0;
}

bool
scan_lift(struct bans *b, const struct source_key *k)
{
	struct source *s = source_find(b->table, k);

	if (s == NULL || !ban_lift(b, s))
		return false;
	s->strikes = 0;
	s->forgotten = 0;
	memset(s->endpoints, 0, sizeof(s->endpoints));
	return true;
}

usec_t
scan_next(const struct bans *b)
{
	const struct source *s = ban_first(b);

	return s != NULL ? s->banned : USEC_NEVER;
}

bool
scan_expire(struct bans *b, usec_t now, struct source_key *k)
{
	struct source *s = ban_first(b);

	if (s == NULL || s->banned > now)
		return false;
	*k = s->key;
	return ban_lift(b, s);
}

size_t
scan_list(const struct bans *b, usec_t now, struct scan_ban *listed, size_t n)
{
	const struct source *s;
	size_t i = 0;

	for (s = ban_newest(b); s != NULL && i < n; s = ban_older(b, s)) {
		if (!ban_holds(s, now))
			continue;
		listed[i++] =
		    (struct scan_ban){.key = s->key, .until = s->banned, .strikes = s->strikes};
	}
	return i;
}
