#include "config/complete.h"

#include <errno.h>
#include <string.h>

#include "config/option.h"
#include "config/report.h"
#include "config/scan.h"
#include "config/service.h"
#include "net/transport.h"

enum { ERROR_TEXT = 1024 };

/* Options that the file does not give come from the defaults, and their items before those of +=.
 */
static int
apply(struct draft *d, const struct service_conf *defaults)
{
	const struct option *o;
	size_t i;
	int r = 0;

	for (i = 0; (o = option_row(i)) != NULL && r == 0; i++) {
		if (o->section->owner != OPTION_SERVICE)
			continue;
		if (!option_set_has(&d->set, o))
			r = option_copy(o, defaults, d->svc);
		else if (option_set_has(&d->append, o))
			r = option_prepend(o, defaults, d->svc);
	}
	return r;
}

static void
wrong(struct draft *d, struct report *report, unsigned line, const char *what, const char *more)
{
	report_add(
	    report, FINDING_ERROR, d->svc->file, line, "service %s %s%s", d->svc->name, what, more);
	d->wrong = true;
}

/* Of item i of an option, as far as the file has it. */
static unsigned
line_of(const struct draft *d, const struct option_section *in, const char *option, size_t i)
{
	size_t n;

	for (n = 0; n < d->n; n++) {
		if (d->items[n].option->section != in ||
		    strcmp(d->items[n].option->name, option) != 0)
			continue;
		if (i < d->items[n].count)
			return d->lines[d->items[n].first + i];
		i -= d->items[n].count;
	}
	return d->svc->line;
}

/* Was an option of that name read and refused, so that the service is not without it? */
static bool
refused(const struct draft *d, bool wrong_values, const char *option)
{
	size_t i;

	for (i = 0; i < d->n && wrong_values; i++)
		if (d->items[i].option->section == &option_service &&
		    strcmp(d->items[i].option->name, option) == 0)
			return true;
	return d->partial;
}

static int
resolve(struct draft *d, unsigned port_offset, struct report *report)
{
	struct service_conf *svc = d->svc;
	char error[ERROR_TEXT];
	size_t i, n = 0;
	int r;

	for (i = 0; i < svc->listen.n; i++) {
		r = endpoint_parse(
		    &svc->endpoints, svc->listen.v[i], port_offset, error, sizeof(error));
		for (; n < svc->endpoints.n; n++)
			svc->endpoints.v[n].item = (uint16_t)(i < UINT16_MAX ? i : UINT16_MAX);
		if (r == -ENOMEM)
			return r;
		/* What a service that is off names may come with its package. */
		if (r == 0 || (r == -ENOENT && !svc->enabled))
			continue;
		report_add(report, FINDING_ERROR, svc->file,
		    line_of(d, &option_service, "listen", i), "listen: %s", error);
		d->wrong = true;
	}
	return 0;
}

static void
settle_wait(struct draft *d, bool wrong_values, struct report *report)
{
	struct service_conf *svc = d->svc;
	const struct endpoint *first = NULL;
	size_t i, datagrams = 0;
	unsigned line;

	for (i = svc->endpoints.n; i-- > 0;) {
		if (svc->endpoints.v[i].transport->accepts)
			continue;
		first = &svc->endpoints.v[i];
		datagrams++;
	}
	line = first != NULL ? line_of(d, &option_service, "listen", first->item) : svc->line;
	svc->wait_set = (int)svc->wait >= 0;
	if (service_conf_is_sensor(svc)) {
		if (svc->wait_set && svc->wait != WAIT_NO)
			wrong(d, report, line_of(d, &option_service, "wait", 0),
			    "is a sensor: ", "it starts nothing that could wait");
		svc->wait = WAIT_NO;
	} else if (!svc->wait_set) {
		svc->wait = datagrams > 0 ? WAIT_YES : WAIT_NO;
		if (datagrams > 0 && datagrams < svc->endpoints.n &&
		    !refused(d, wrong_values, "wait"))
			wrong(d, report, line, "listens for connections and for datagrams: ",
			    "write wait = true or wait = all");
	} else if (svc->wait == WAIT_NO && datagrams > 0) {
		wrong(d, report, line, "listens for datagrams, ",
		    "which need wait = true or wait = all");
	}
}

/* What is served, and by what. */
static void
check_what(struct draft *d, bool wrong_values, struct report *report)
{
	const struct service_conf *svc = d->svc;
	bool sensor = service_conf_is_sensor(svc);

	if (svc->listen.n == 0 && !refused(d, wrong_values, "listen"))
		wrong(d, report, svc->line, "has no listen: ", "write listen = \"PORT/TRANSPORT\"");
	if (svc->command.n == 0 && !sensor && !refused(d, wrong_values, "command") &&
	    !refused(d, wrong_values, "sensor") && !refused(d, wrong_values, "builtin"))
		wrong(d, report, svc->line, "has no command: ", "write command = { \"/PROGRAM\" }");
	if (svc->command.n > 0 && sensor)
		wrong(d, report, line_of(d, &option_service, "command", 0),
		    "is a sensor and has a command: ", "leave one of them out");
}

static void
check_idle(struct draft *d, struct report *report)
{
	const struct service_conf *svc = d->svc;
	unsigned line = line_of(d, &option_limits, "idle", 0);
	size_t i;

	if (svc->limits.idle < 0)
		return;
	if (svc->wait != WAIT_NO)
		wrong(d, report, line, "has limits.idle: ", "it needs wait = false");
	for (i = 0; i < svc->endpoints.n; i++)
		if (!svc->endpoints.v[i].transport->counted) {
			wrong(d, report, line, "has limits.idle: ", "it needs tcp, tcp4 or tcp6");
			return;
		}
}

/* Of connections over IP that superd itself accepts. */
static void
check_libwrap(struct draft *d, struct report *report)
{
	const struct service_conf *svc = d->svc;
	unsigned line = line_of(d, &option_access, "libwrap", 0);
	size_t i, unfit = 0;

	if (!svc->access.libwrap)
		return;
#ifndef HAVE_LIBWRAP
	wrong(d, report, line, "has access.libwrap: ", "this superd was built without libwrap");
#endif
	for (i = 0; i < svc->endpoints.n; i++)
		unfit += !svc->endpoints.v[i].transport->accepts ||
			 svc->endpoints.v[i].transport->services == NULL;
	if (svc->wait != WAIT_NO || unfit > 0)
		wrong(d, report, line,
		    "has access.libwrap: ", "it needs wait = false and connections over IP");
}

/* Of what a handler receives by itself superd learns no port and no user, and the kernel's filter
 * does not look at them. */
static void
check_access(struct draft *d, struct report *report)
{
	static const char needs[] = "it needs wait = false and connections";
	const struct service_conf *svc = d->svc;
	const struct access_conf *a = &svc->access;
	size_t i, internet = 0, local = 0, unfiltered = 0;
	const struct transport *t;

	if (service_conf_is_sensor(svc))
		return;
	for (i = 0; i < svc->endpoints.n; i++) {
		t = svc->endpoints.v[i].transport;
		if (t->accepts && svc->wait == WAIT_NO)
			continue;
		internet += t->services != NULL;
		local += t->services == NULL;
		unfiltered += t->services != NULL && t->unfiltered;
	}
	if (internet > 0 && a->source_ports != NULL)
		wrong(d, report, line_of(d, &option_access, "source_ports", 0),
		    "has access.source_ports: ", needs);
	if (local > 0 && a->users.n > 0)
		wrong(
		    d, report, line_of(d, &option_access, "users", 0), "has access.users: ", needs);
	if (local > 0 && a->groups.n > 0)
		wrong(d, report, line_of(d, &option_access, "groups", 0),
		    "has access.groups: ", needs);
	if (unfiltered > 0 && a->allow.n > 0)
		wrong(d, report, line_of(d, &option_access, "allow", 0),
		    "has access.allow: ", "mptcp needs wait = false for it");
	if (unfiltered > 0 && a->deny.n > 0)
		wrong(d, report, line_of(d, &option_access, "deny", 0),
		    "has access.deny: ", "mptcp needs wait = false for it");
}

/* Of connections that superd itself accepts: the kernel filters what handlers receive anyway. */
static void
check_enforce(struct draft *d, struct report *report)
{
	const struct service_conf *svc = d->svc;
	const struct access_conf *a = &svc->access;
	size_t i;

	if (a->enforce != ENFORCE_KERNEL || a->allow.n + a->deny.n == 0 || svc->wait != WAIT_NO)
		return;
	for (i = 0; i < svc->endpoints.n; i++)
		if (svc->endpoints.v[i].transport->unfiltered) {
			wrong(d, report, line_of(d, &option_access, "enforce", 0),
			    "has access.enforce = kernel: ", "mptcp takes no list in the kernel");
			return;
		}
}

static void
check_rates(struct draft *d, struct report *report)
{
	const struct limits_conf *l = &d->svc->limits;

	if (l->burst > 0 && l->rate.count == 0 && l->source_rate.count == 0)
		wrong(d, report, line_of(d, &option_limits, "burst", 0),
		    "has limits.burst: ", "it needs rate or per_source_rate");
	if (l->source_prefix.n == 1)
		wrong(d, report, line_of(d, &option_limits, "source_prefix", 0),
		    "has limits.source_prefix: ", "it needs two, as in { \"32\", \"64\" }");
}

int
complete_service(struct draft *d, const struct service_conf *defaults, unsigned port_offset,
    struct report *report)
{
	const bool wrong_values = d->wrong;

	if (apply(d, defaults) < 0 || resolve(d, port_offset, report) < 0)
		return -ENOMEM;
	check_what(d, wrong_values, report);
	settle_wait(d, wrong_values, report);
	check_idle(d, report);
	check_rates(d, report);
	check_libwrap(d, report);
	check_access(d, report);
	check_enforce(d, report);
	return d->wrong ? -EINVAL : 0;
}
