#include "supervisor/gate.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "net/endpoint.h"
#include "net/filter.h"
#include "net/peercred.h"
#include "net/transport.h"
#include "policy/loadavg.h"
#include "policy/policy.h"
#include "supervisor/event.h"
#include "supervisor/filters.h"
#include "supervisor/rules.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

#define TELL_AFTER (60 * USEC_PER_SEC)
#define LOAD_AFTER USEC_PER_SEC /* how old the load average may be */

static bool
exempt(const void *arg, const struct address *peer)
{
	const struct prefixes *list = arg;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (prefix_covers(&list->v[i], peer))
			return true;
	return false;
}

static int
table_init(struct gate_table *t, unsigned capacity)
{
	uint8_t key[SIPHASH_KEY];
	int r;

	arc4random_buf(key, sizeof(key));
	r = sources_init(&t->sources, capacity, key);
	if (r < 0)
		return r;
	r = bans_init(&t->bans, &t->sources);
	if (r < 0)
		sources_fini(&t->sources);
	return r;
}

static void
table_fini(struct gate_table *t)
{
	if (t->sources.entries == NULL)
		return;
	bans_fini(&t->bans);
	sources_fini(&t->sources);
}

int
gate_init(struct superd *s)
{
	struct gate *g = &s->gate;
	int r;

	g->expiry.kind = SUPERD_BAN;
	g->tell.kind = SUPERD_TELL;
	g->daemon.instances = rules_limit(s->conf->limits.instances);
	g->daemon.per_source = rules_limit(s->conf->limits.per_source);
	r = table_init(&g->proven, s->conf->limits.sources);
	if (r == 0)
		r = table_init(&g->spoofable, s->conf->limits.sources);
	if (r == 0)
		r = rules_exempt(&g->exempt, &s->conf->scan);
	if (r < 0)
		return r;
	rules_scan(&g->scan, &s->conf->scan);
	g->scan.exempt = exempt;
	g->scan.exempt_arg = &g->exempt;
	return 0;
}

void
gate_fini(struct superd *s)
{
	table_fini(&s->gate.proven);
	table_fini(&s->gate.spoofable);
	prefixes_fini(&s->gate.exempt);
}

int
gate_rule(struct superd *s, struct service *svc, uint32_t number)
{
	struct limit_rules limits;
	int r;

	svc->number = number;
	r = rules_access(&svc->access, &svc->conf->access);
	if (r < 0)
		return r;
	svc->prefix = rules_prefix(&svc->conf->limits.source_prefix);
	rules_limits(&limits, svc->conf);
	if (!service_conf_is_sensor(svc->conf))
		limits.minimum = limit_fit(
		    s->gate.daemon.instances, s->nservices_wanted, s->conf->limits.minimum);
	limit_rule(&s->gate.daemon, &svc->limit, &limits);
	return 0;
}

void
gate_retire(struct service *svc)
{
	access_fini(&svc->access);
}

/* Of the last second; 0 where it cannot be read. */
static uint32_t
load_now(struct superd *s)
{
	autoclose int fd = -1;
	char text[64];
	ssize_t n;

	if (s->gate.load_read != 0 && s->loop.now < s->gate.load_read + LOAD_AFTER)
		return s->gate.load;
	s->gate.load_read = s->loop.now;
	s->gate.load = 0;
	fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (n > 0) {
		text[n] = '\0';
		(void)loadavg_parse(text, &s->gate.load);
	}
	return s->gate.load;
}

bool
gate_queues(const struct service *svc)
{
	return svc->conf->limits.overflow == OVERFLOW_QUEUE;
}

enum verdict
gate_service(struct superd *s, struct port *port)
{
	struct service *svc = port->service;
	uint32_t load = svc->limit.rules.load != LIMIT_NONE ? load_now(s) : 0;
	enum verdict v = limit_check(&s->gate.daemon, &svc->limit, load, s->loop.now);
	usec_t wait = 0;

	if (v == VERDICT_ACCEPTED || !gate_queues(svc))
		return v;
	service_park(port, &s->loop);
	if (v == VERDICT_DAEMON_INSTANCES)
		s->gate.crowded = true;
	else if (v == VERDICT_RATE)
		wait = limit_wait(&svc->limit, s->loop.now);
	else if (v == VERDICT_LOAD)
		wait = LOAD_AFTER;
	if (wait > 0 && !svc->rest.armed)
		loop_arm(&s->loop, &svc->rest, s->loop.now + wait);
	return v;
}

static struct gate_table *
table_of(struct superd *s, const struct port *port)
{
	return port->listener.endpoint->transport->listens ? &s->gate.proven : &s->gate.spoofable;
}

/* The sources of a peer; NULL if it has none. */
static void
find_sources(struct superd *s, const struct connection *c, struct source **of_service,
    struct source **of_daemon)
{
	const struct service *svc = c->port->service;
	struct sources *t = &table_of(s, c->port)->sources;
	struct source_key k;

	*of_service = *of_daemon = NULL;
	if (source_key(&k, &c->peer, svc->prefix, svc->number))
		*of_service = source_get(t, &k, s->loop.now);
	if (s->gate.daemon.per_source != LIMIT_NONE &&
	    source_key(&k, &c->peer, s->gate.scan.prefix, 0))
		*of_daemon = source_get(t, &k, s->loop.now);
}

static void
banned(struct superd *s, const struct scan_result *r)
{
	usec_t next = scan_next(&s->gate.proven.bans), other = scan_next(&s->gate.spoofable.bans);

	if (!r->banned)
		return;
	event_banned(&r->key, r->until - s->loop.now);
	announce_ban(s, &r->key, r->until - s->loop.now);
	loop_arm(&s->loop, &s->gate.expiry, next < other ? next : other);
	filters_changed(s);
}

static bool
is_banned(struct superd *s, const struct connection *c)
{
	const struct gate *g = &s->gate;

	return scan_banned(&g->proven.bans, &g->scan, &c->peer, s->loop.now) != 0 ||
	       scan_banned(&g->spoofable.bans, &g->scan, &c->peer, s->loop.now) != 0;
}

/* Of a unix peer, if somebody wants to know; what cannot be had is not known. */
static const struct peercred *
credentials(const struct service *svc, const struct connection *c, struct peercred *storage)
{
	if (!access_asks_credentials(&svc->access) ||
	    c->port->listener.endpoint->transport->services != NULL ||
	    peercred_read(FD_CONNECTION, storage) < 0)
		return NULL;
	return storage;
}

enum verdict
gate_peer(struct superd *s, const struct connection *c)
{
	struct service *svc = c->port->service;
	struct gate_table *t = table_of(s, c->port);
	struct source *of_service, *of_daemon;
	struct scan_result touched;
	struct peercred who;
	struct policy_question q = {.access = &svc->access,
	    .sensor = service_conf_is_sensor(svc->conf),
	    .daemon = &s->gate.daemon,
	    .service = &svc->limit,
	    .now = s->loop.now};
	enum verdict v;
	struct tm now;
	time_t clock;

	if (s->gate.scan.spread > 0 && c->peer.length > 0) {
		touched = scan_touch(&t->bans, &s->gate.scan, &c->peer, c->port->number,
		    t == &s->gate.proven, s->loop.now);
		banned(s, &touched);
	}
	q.banned = is_banned(s, c);
	q.who.peer = &c->peer;
	q.who.filtered = c->port->listed || c->port->listener.endpoint->transport->services == NULL;
	q.who.credentials = credentials(svc, c, &who);
	if (access_asks_time(&svc->access)) {
		clock = time(NULL);
		q.who.now = localtime_r(&clock, &now);
	}
	find_sources(s, c, &of_service, &of_daemon);
	q.of_service = of_service;
	q.of_daemon = of_daemon;
	v = policy_check(&q);
	if (v == VERDICT_ACCEPTED)
		limit_take(&svc->limit, of_service, s->loop.now);
	return v;
}

/* What kind of offence it is; OFFENCES: none. */
static enum offence
offence_of(enum verdict v)
{
	switch (v) {
	case VERDICT_SENSOR:
		return OFFENCE_SENSOR;
	case VERDICT_DENIED:
	case VERDICT_SOURCE_PORT:
	case VERDICT_LIBWRAP:
		return OFFENCE_REFUSED;
	case VERDICT_SOURCE_RATE:
		return OFFENCE_RATE;
	case VERDICT_ACCEPTED:
	case VERDICT_HOURS:
	case VERDICT_USER:
	case VERDICT_NO_LIBWRAP:
	case VERDICT_INSTANCES:
	case VERDICT_PER_SOURCE:
	case VERDICT_RATE:
	case VERDICT_LOAD:
	case VERDICT_DAEMON_INSTANCES:
	case VERDICT_DAEMON_PER_SOURCE:
	case VERDICT_BANNED:
	case VERDICT_N:
		break;
	}
	return OFFENCES;
}

static void
offend(struct superd *s, const struct connection *c, enum offence offence)
{
	struct gate_table *t = table_of(s, c->port);
	struct scan_conf conf = s->gate.scan;
	struct scan_result r;

	if (offence == OFFENCES || c->peer.length == 0)
		return;
	if (offence == OFFENCE_SENSOR && c->port->service->conf->sensor >= 0)
		conf.weights[OFFENCE_SENSOR] = (uint32_t)c->port->service->conf->sensor;
	r = scan_offence(&t->bans, &conf, &c->peer, offence, t == &s->gate.proven, s->loop.now);
	banned(s, &r);
}

void
gate_refused(struct superd *s, const struct connection *c, enum verdict v)
{
	struct service *svc = c->port->service;

	if (svc->told == 0) {
		event_refused(c, v);
		svc->told = s->loop.now;
		if (!s->gate.tell.armed)
			loop_arm(&s->loop, &s->gate.tell, s->loop.now + TELL_AFTER);
	} else {
		svc->untold++;
	}
	offend(s, c, offence_of(v));
}

void
gate_tell(struct superd *s)
{
	usec_t next = USEC_NEVER;
	struct service *svc;
	size_t i;

	for (i = 0; i < s->nservices; i++) {
		svc = &s->services[i];
		if (svc->told != 0 && s->loop.now >= svc->told + TELL_AFTER) {
			if (svc->untold > 0)
				event_refused_more(svc, svc->untold, s->loop.now - svc->told);
			/* Another minute in which they are only counted, if there were any. */
			svc->told = svc->untold > 0 ? s->loop.now : 0;
			svc->untold = 0;
		}
		if (svc->told != 0 && svc->told + TELL_AFTER < next)
			next = svc->told + TELL_AFTER;
	}
	if (next != USEC_NEVER)
		loop_arm(&s->loop, &s->gate.tell, next);
}

void
gate_enter(struct superd *s, const struct connection *c, struct child *child)
{
	struct sources *t = &table_of(s, c->port)->sources;

	limit_started(&s->gate.daemon, &c->port->service->limit);
	find_sources(s, c, &child->of_service, &child->of_daemon);
	child->sources = t;
	if (child->of_service != NULL)
		source_enter(t, child->of_service);
	if (child->of_daemon != NULL)
		source_enter(t, child->of_daemon);
}

void
gate_leave(struct superd *s, struct child *child)
{
	struct port *port = child->owner;
	size_t i;

	limit_ended(&s->gate.daemon, &port->service->limit);
	if (child->of_service != NULL)
		source_leave(child->sources, child->of_service);
	if (child->of_daemon != NULL)
		source_leave(child->sources, child->of_daemon);
	if (!s->gate.crowded || s->stopping)
		return;
	s->gate.crowded = false;
	for (i = 0; i < s->nservices; i++)
		service_unpark(&s->services[i], &s->loop);
}

static void
expire(struct superd *s, struct bans *b)
{
	struct source_key k;

	while (scan_expire(b, s->loop.now, &k)) {
		event_ban_over(&k);
		announce_ban_over(s, &k);
	}
}

void
gate_expire(struct superd *s)
{
	usec_t next, other;

	expire(s, &s->gate.proven.bans);
	expire(s, &s->gate.spoofable.bans);
	filters_changed(s);
	next = scan_next(&s->gate.proven.bans);
	other = scan_next(&s->gate.spoofable.bans);
	if (next != USEC_NEVER || other != USEC_NEVER)
		loop_arm(&s->loop, &s->gate.expiry, next < other ? next : other);
}

static bool
spares_exempt(const struct gate *g, const struct prefix *p)
{
	struct address a;
	size_t i;

	for (i = 0; i < g->exempt.n; i++) {
		memset(&a, 0, sizeof(a));
		a.sa.sa_family = g->exempt.v[i].family;
		a.length = a.sa.sa_family == AF_INET ? sizeof(a.in) : sizeof(a.in6);
		if (a.sa.sa_family == AF_INET)
			memcpy(&a.in.sin_addr, g->exempt.v[i].bytes, sizeof(a.in.sin_addr));
		else
			memcpy(&a.in6.sin6_addr, g->exempt.v[i].bytes, sizeof(a.in6.sin6_addr));
		if (prefix_covers(p, &a))
			return false;
	}
	return true;
}

size_t
gate_bans(const struct superd *s, struct prefix *v, size_t n)
{
	const struct bans *const both[] = {&s->gate.proven.bans, &s->gate.spoofable.bans};
	struct scan_ban list[FILTER_BANS];
	size_t i, k, listed, count = 0;

	for (k = 0; k < 2; k++) {
		listed = scan_list(both[k], s->loop.now, list, FILTER_BANS);
		for (i = 0; i < listed && count < n; i++) {
			if (source_key_is_link_local(&list[i].key))
				continue;
			v[count] = (struct prefix){
			    .family = list[i].key.family, .length = list[i].key.length};
			memcpy(v[count].bytes, list[i].key.bytes, sizeof(v[count].bytes));
			count += spares_exempt(&s->gate, &v[count]);
		}
	}
	return count;
}
