#include "policy/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/hours.h"
#include "net/address.h"
#include "net/peercred.h"
#include "net/prefix.h"

/* In this order: of equal prefixes ranges_find takes the smaller. */
enum { DENIED, ALLOWED };

enum { HOUR = 60 };

bool
access_drops(uint8_t value)
{
	return value == DENIED;
}

static int
build_addresses(struct access *a, const struct access_rules *rules)
{
	size_t n = 0, i;
	autofree struct ranges_rule *list = NULL;

	if (rules->nallow + rules->ndeny == 0)
		return 0;
	list = calloc(rules->nallow + rules->ndeny, sizeof(*list));
	a->addresses = calloc(1, sizeof(*a->addresses));
	if (list == NULL || a->addresses == NULL)
		return -ENOMEM;
	for (i = 0; i < rules->nallow; i++)
		list[n++] = (struct ranges_rule){rules->allow[i], ALLOWED};
	for (i = 0; i < rules->ndeny; i++)
		list[n++] = (struct ranges_rule){rules->deny[i], DENIED};
	return ranges_build(a->addresses, list, n, rules->nallow > 0 ? DENIED : ALLOWED);
}

/* An array of its own. 0 or -ENOMEM. */
static int
copy(void *to, const void *from, size_t n, size_t size)
{
	void *made = NULL;

	if (n > 0) {
		made = reallocarray(NULL, n, size);
		if (made == NULL)
			return -ENOMEM;
		memcpy(made, from, n * size);
	}
	memcpy(to, &made, sizeof(made));
	return 0;
}

int
access_init(struct access *a, const struct access_rules *rules)
{
	struct access made = {.source_ports = {0, UINT16_MAX}};

	if (rules->source_ports != NULL)
		made.source_ports = *rules->source_ports;
	made.nhours = rules->nhours;
	made.nusers = rules->nusers;
	made.ngroups = rules->ngroups;
	if (build_addresses(&made, rules) < 0 ||
	    copy(&made.hours, rules->hours, rules->nhours, sizeof(*made.hours)) < 0 ||
	    copy(&made.users, rules->users, rules->nusers, sizeof(*made.users)) < 0 ||
	    copy(&made.groups, rules->groups, rules->ngroups, sizeof(*made.groups)) < 0) {
		access_fini(&made);
		return -ENOMEM;
	}
	*a = made;
	return 0;
}

void
access_fini(struct access *a)
{
	if (a == NULL)
		return;
	ranges_fini(a->addresses);
	free(a->addresses);
	free(a->hours);
	free(a->users);
	free(a->groups);
	memset(a, 0, sizeof(*a));
}

bool
access_asks_time(const struct access *a)
{
	return a->nhours > 0;
}

bool
access_asks_credentials(const struct access *a)
{
	return a->nusers + a->ngroups > 0;
}

static bool
address_passes(const struct access *a, const struct access_question *q)
{
	const struct ranges *r = a->addresses;

	if (r == NULL || (q->peer->length == 0 && q->filtered))
		return true;
	/* Not known: as one of the worst. */
	if (q->peer->length == 0)
		return r->fallback == ALLOWED && r->in.n == 1 && r->in6.n == 1;
	return !access_drops(ranges_find(r, q->peer));
}

static bool
port_passes(const struct access *a, const struct address *peer)
{
	const struct port_range *p = &a->source_ports;

	if (peer->length == 0)
		return p->first == 0 && p->last == UINT16_MAX;
	return port_range_covers(p, address_port(peer));
}

static bool
user_passes(const struct access *a, const struct peercred *c)
{
	size_t i;

	if (!access_asks_credentials(a))
		return true;
	if (c == NULL)
		return false;
	for (i = 0; i < a->nusers; i++)
		if (a->users[i] == c->uid)
			return true;
	for (i = 0; i < a->ngroups; i++)
		if (peercred_in_group(c, a->groups[i]))
			return true;
	return false;
}

static bool
time_passes(const struct access *a, const struct tm *now)
{
	size_t i;

	if (now == NULL)
		return !access_asks_time(a);
	for (i = 0; i < a->nhours; i++)
		if (hours_cover(&a->hours[i], now->tm_wday, now->tm_hour * HOUR + now->tm_min))
			return true;
	return a->nhours == 0;
}

enum verdict
access_check(const struct access *a, const struct access_question *q)
{
	bool local = q->peer->length > 0 && q->peer->sa.sa_family == AF_UNIX;

	if (!local && !address_passes(a, q))
		return VERDICT_DENIED;
	if (!local && !port_passes(a, q->peer))
		return VERDICT_SOURCE_PORT;
	if (local && !user_passes(a, q->credentials))
		return VERDICT_USER;
	if (!time_passes(a, q->now))
		return VERDICT_HOURS;
	return VERDICT_ACCEPTED;
}
