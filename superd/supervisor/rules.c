#include "supervisor/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/hours.h"
#include "base/text.h"
#include "config/service.h"
#include "net/own.h"
#include "net/port_range.h"
#include "net/prefix.h"
#include "policy/access.h"
#include "policy/limit.h"
#include "policy/scan.h"

enum { SENTENCE = 256, DEFAULT_V4 = 32, DEFAULT_V6 = 64, DEFAULT_SITE = 4 };

uint32_t
rules_limit(int64_t n)
{
	return n < 0 ? LIMIT_NONE : (uint32_t)n;
}

struct source_prefix
rules_prefix(const struct strings *lengths)
{
	struct source_prefix p = {DEFAULT_V4, DEFAULT_V6};
	long long v4, v6;

	if (lengths->n == 2 && text_number(lengths->v[0], 0, 32, &v4) == 0 &&
	    text_number(lengths->v[1], 0, 128, &v6) == 0)
		p = (struct source_prefix){(uint8_t)v4, (uint8_t)v6};
	return p;
}

void
rules_limits(struct limit_rules *r, const struct service_conf *svc)
{
	memset(r, 0, sizeof(*r));
	r->instances = svc->limits.instances;
	r->per_source = service_conf_per_source(svc);
	r->load = svc->limits.load < 0 ? LIMIT_NONE : (uint32_t)svc->limits.load;
	r->rate = svc->limits.rate;
	r->source_rate = svc->limits.source_rate;
	if (svc->limits.burst > 0) {
		r->rate.burst = (uint32_t)svc->limits.burst;
		r->source_rate.burst = (uint32_t)svc->limits.burst;
	}
}

/* Whoever has a /48 has thousands of sources, each of which could be banned and keep its place. */
static uint32_t
site_threshold(const struct scan_section_conf *conf)
{
	uint32_t n = DEFAULT_SITE * conf->threshold;

	if (conf->site_threshold >= 0)
		return (uint32_t)conf->site_threshold;
	return n < SCAN_POINTS_MAX ? n : SCAN_POINTS_MAX;
}

void
rules_scan(struct scan_conf *r, const struct scan_section_conf *conf)
{
	memset(r, 0, sizeof(*r));
	r->weights[OFFENCE_SENSOR] = conf->sensor;
	r->weights[OFFENCE_REFUSED] = conf->refused;
	r->weights[OFFENCE_SPREAD] = conf->spread;
	r->weights[OFFENCE_RATE] = conf->rate;
	r->threshold = conf->threshold;
	r->site_threshold = site_threshold(conf);
	r->decay = (usec_t)conf->decay * USEC_PER_SEC;
	r->spread = conf->endpoints;
	r->window = (usec_t)conf->window * USEC_PER_SEC;
	r->ban = (usec_t)conf->ban * USEC_PER_SEC;
	r->cap = (usec_t)conf->ban_max * USEC_PER_SEC;
	r->quiet = (usec_t)conf->forget * USEC_PER_SEC;
	r->spoofable = conf->spoofable;
	r->prefix = rules_prefix(&conf->source_prefix);
}

/* The loader has parsed every item before, so that none can fail. */
static int
parse_prefixes(const struct strings *items, struct prefix **v)
{
	char sentence[SENTENCE];
	struct text error;
	size_t i;

	*v = calloc(items->n + 1, sizeof(struct prefix));
	if (*v == NULL)
		return -ENOMEM;
	for (i = 0; i < items->n; i++) {
		text_init(&error, sentence, sizeof(sentence));
		(void)prefix_parse(&(*v)[i], items->v[i], &error);
	}
	return 0;
}

static int
parse_hours(const struct strings *items, struct hours **v)
{
	char sentence[SENTENCE];
	struct text error;
	size_t i;

	*v = calloc(items->n + 1, sizeof(struct hours));
	if (*v == NULL)
		return -ENOMEM;
	for (i = 0; i < items->n; i++) {
		text_init(&error, sentence, sizeof(sentence));
		(void)hours_parse(&(*v)[i], items->v[i], &error);
	}
	return 0;
}

int
rules_access(struct access *a, const struct access_conf *conf)
{
	autofree struct prefix *allow = NULL, *deny = NULL;
	autofree struct hours *hours = NULL;
	struct access_rules rules = {.nallow = conf->allow.n,
	    .ndeny = conf->deny.n,
	    .nhours = conf->hours.n,
	    .users = conf->uids,
	    .nusers = conf->uids != NULL ? conf->users.n : 0,
	    .groups = conf->gids,
	    .ngroups = conf->gids != NULL ? conf->groups.n : 0};
	struct port_range ports;
	char sentence[SENTENCE];
	struct text error;

	if (parse_prefixes(&conf->allow, &allow) < 0 || parse_prefixes(&conf->deny, &deny) < 0 ||
	    parse_hours(&conf->hours, &hours) < 0)
		return -ENOMEM;
	rules.allow = allow;
	rules.deny = deny;
	rules.hours = hours;
	text_init(&error, sentence, sizeof(sentence));
	if (conf->source_ports != NULL && port_range_parse(&ports, conf->source_ports, &error) == 0)
		rules.source_ports = &ports;
	return access_init(a, &rules);
}

int
rules_exempt(struct prefixes *list, const struct scan_section_conf *conf)
{
	autofree struct prefix *own = NULL;
	size_t i;
	int r;

	r = parse_prefixes(&conf->exempt, &own);
	for (i = 0; i < conf->exempt.n && r == 0; i++)
		r = prefixes_add(list, &own[i]);
	return r == 0 ? own_addresses(list) : r;
}
