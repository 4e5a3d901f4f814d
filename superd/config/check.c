#include "config/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/carve.h"
#include "config/check_main.h"
#include "config/credentials.h"
#include "config/ephemeral.h"
#include "config/overlap.h"
#include "config/places.h"
#include "config/report.h"
#include "config/service.h"
#include "config/system.h"
#include "net/transport.h"

#define JOURNAL_STDOUT "/run/systemd/journal/stdout"

/* The reserved low numbers, signals, log, pid file, epoll, and room for what comes and goes. */
enum { OWN_DESCRIPTORS = 32 };

enum { SENTENCE = 512 };

struct check {
	struct conf *conf;
	struct report *report;
	struct system system;
	struct credentials_cache users;
	bool *bad; /* of each service: it is not served, but all that is wrong with it is shown */
	int kernel[TRANSPORTS][2]; /* 1 + errno of a socket of IPv4 and of IPv6; 0: not tried */
};

static void complain(struct check *c, size_t i, const char *option, size_t item, const char *format,
    ...) __attribute__((format(printf, 5, 6)));
static void warn(struct check *c, size_t i, const char *option, size_t item, const char *format,
    ...) __attribute__((format(printf, 5, 6)));

/* Of service i, at the line of that item of the option. */
static void __attribute__((format(printf, 6, 0)))
add(struct check *c, size_t i, enum finding_severity severity, const char *option, size_t item,
    const char *format, va_list args)
{
	const struct position at = places_find(c->conf, i, option, item);
	char text[SENTENCE];

	(void)vsnprintf(text, sizeof(text), format, args);
	report_add(c->report, severity, at.file, at.line, "service %s: %s",
	    c->conf->services[i]->name, text);
}

/* An error: the service is not served. */
static void
complain(struct check *c, size_t i, const char *option, size_t item, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(c, i, FINDING_ERROR, option, item, format, args);
	va_end(args);
	c->bad[i] = true;
}

static void
warn(struct check *c, size_t i, const char *option, size_t item, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(c, i, FINDING_WARNING, option, item, format, args);
	va_end(args);
}

static void
check_command(struct check *c, size_t i)
{
	const struct service_conf *svc = c->conf->services[i];
	const char *path = svc->command.n > 0 ? svc->command.v[0] : NULL;
	struct stat st;

	if (path == NULL)
		return; /* which was reported */
	if (stat(path, &st) < 0)
		complain(c, i, "command", 0, "command: %s: %s%s", path, strerror(errno),
		    strchr(path, ' ') == NULL
			? ""
			: " (an argument is an item of its own: { \"/bin/ls\", \"-l\" })");
	else if (!S_ISREG(st.st_mode))
		complain(c, i, "command", 0, "command: %s is no regular file", path);
	else if (svc->credentials != NULL && !credentials_may_execute(svc->credentials, &st))
		complain(c, i, "command", 0, "command: user %s may not execute %s",
		    svc->credentials->name, path);
}

static void
check_folder(struct check *c, size_t i)
{
	const struct service_conf *svc = c->conf->services[i];
	const struct credentials *who = svc->credentials;
	const char *path = svc->directory;
	struct stat st;

	if (stat(path, &st) < 0)
		warn(c, i, "directory", 0, "directory: %s: %s", path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		warn(c, i, "directory", 0, "directory: %s is no directory", path);
	else if (who != NULL && who->uid != 0 && !credentials_may_execute(who, &st))
		warn(c, i, "directory", 0, "directory: user %s may not enter %s", who->name, path);
}

static void
check_stderr(struct check *c, size_t i)
{
	struct stat st;

	if (c->conf->services[i]->stderr_to == STDERR_LOG && stat(JOURNAL_STDOUT, &st) < 0)
		warn(c, i, "stderr", 0, "stderr = log: there is no journal (%s); /dev/null is used",
		    JOURNAL_STDOUT);
}

static void
check_port(struct check *c, size_t i, const struct endpoint *e)
{
	const struct system *sys = &c->system;

	if (e->transport->services != NULL && e->first > 0 && e->first < sys->unprivileged &&
	    !sys->may_bind)
		complain(c, i, "listen", e->item,
		    "listen: port %u is below %u: it needs root or CAP_NET_BIND_SERVICE, or try "
		    "--port-offset",
		    e->first, sys->unprivileged);
}

/* The errno of a socket of the endpoint's kind, 0 if the kernel has it. */
static int
try_transport(struct check *c, const struct endpoint *e)
{
	const struct transport *t = e->transport;
	int family = e->address.sa.sa_family, fd;
	int *known = &c->kernel[transport_index(t)][family == AF_INET6];

	if (*known == 0) {
		fd = transport_socket(t, family, SOCK_CLOEXEC);
		*known = 1 + (fd < 0 ? -fd : 0);
		if (fd >= 0)
			(void)close(fd);
	}
	return *known - 1;
}

static void
check_transport(struct check *c, size_t i, const struct endpoint *e)
{
	char text[ADDRESS_TEXT];
	int error;

	if (e->transport->needs == NULL)
		return;
	error = try_transport(c, e);
	if (transport_is_missing(e->transport, error))
		warn(c, i, "listen", e->item,
		    "listen: %s: %s: it needs %s, and is pending until that is there",
		    endpoint_text(e, text, sizeof(text)), strerror(error), e->transport->needs);
}

/* Of the service that is looked at. */
struct faults {
	struct check *c;
	size_t i;
};

static void
add_fault(void *arg, const char *option, size_t item, const char *text)
{
	const struct faults *f = arg;

	const struct service_conf *svc = f->c->conf->services[f->i];

	/* It may be what was not read; and a sensor starts nothing. */
	if (svc->user == NULL && strcmp(option, "user") == 0 &&
	    (places_partial(f->c->conf, f->i) || service_conf_is_sensor(svc)))
		return;
	complain(f->c, f->i, option, item, "%s", text);
}

/* Rules that can never apply. */
static void
check_access(struct check *c, size_t i)
{
	const struct service_conf *svc = c->conf->services[i];
	const struct access_conf *a = &svc->access;
	size_t k, local = 0;

	for (k = 0; k < svc->endpoints.n; k++)
		local += svc->endpoints.v[k].transport->services == NULL;
	if (local == svc->endpoints.n && a->allow.n + a->deny.n > 0)
		warn(c, i, a->allow.n > 0 ? "access.allow" : "access.deny", 0,
		    "access: peers of unix sockets have no address: write users or groups");
	if (local == 0 && a->users.n + a->groups.n > 0)
		warn(c, i, a->users.n > 0 ? "access.users" : "access.groups", 0,
		    "access: only peers of unix sockets have users and groups");
}

static void
check_banner(struct check *c, size_t i, const char *option, const char *path)
{
	const struct service_conf *svc = c->conf->services[i];
	size_t k, sent = 0;
	struct stat st;

	if (path == NULL)
		return;
	if (access(path, R_OK) < 0 || stat(path, &st) < 0)
		complain(c, i, option, 0, "banner: %s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		complain(c, i, option, 0, "banner: %s is no regular file", path);
	for (k = 0; k < svc->endpoints.n && svc->wait == WAIT_NO; k++)
		sent += svc->endpoints.v[k].transport->accepts;
	if (sent == 0)
		warn(c, i, option, 0,
		    "banner: nobody gets it: it is for connections with wait = false");
}

/* A handler with a worker's user could do to it whatever it likes. */
static void
check_user(struct check *c, size_t i)
{
	const struct worker_users_conf *workers = &c->conf->worker_users;
	const struct credentials *who = c->conf->services[i]->credentials;

	if (who != NULL && who->uid >= workers->first && who->uid <= workers->last)
		complain(c, i, "user", 0,
		    "user %s: the ids %u-%u are those of superd's workers (worker_users)",
		    who->name, workers->first, workers->last);
}

static int
check_service(struct check *c, size_t i)
{
	struct service_conf *svc = c->conf->services[i];
	const struct endpoint *e = svc->endpoints.v;
	struct faults at = {.c = c, .i = i};
	const struct credentials_faults faults = {.add = add_fault, .arg = &at};
	size_t j;

	if (credentials_resolve(c->conf, &c->users, svc, &faults) == -ENOMEM)
		return -ENOMEM;
	check_user(c, i);
	(void)credentials_owner(svc, &faults);
	if (credentials_access(svc, &faults) == -ENOMEM)
		return -ENOMEM;
	check_access(c, i);
	check_banner(c, i, "banner.accept", svc->banner.accept);
	check_banner(c, i, "banner.deny", svc->banner.deny);
	check_command(c, i);
	check_folder(c, i);
	check_stderr(c, i);
	/* The families and addresses of one item have their ports in common. */
	for (j = 0; j < svc->endpoints.n; j++)
		if (j == 0 || e[j - 1].item != e[j].item)
			check_port(c, i, &e[j]);
	for (j = 0; j < svc->endpoints.n; j++)
		check_transport(c, i, &e[j]);
	return 0;
}

static int
check_services(struct check *c)
{
	size_t i;
	int r;

	for (i = 0; i < c->conf->nservices; i++) {
		if (!c->conf->services[i]->enabled)
			continue;
		r = check_service(c, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* By name, and of one name in the order in which they were read; but a service that is not served
 * takes no name from one that is. */
struct named {
	const char *name;
	bool spoilt;
	size_t i;
};

static int
compare_names(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (r == 0)
		r = x->spoilt - y->spoilt;
	return r != 0 ? r : (x->i > y->i) - (x->i < y->i);
}

static int
check_names(struct check *c)
{
	const struct service_conf *svc, *first;
	struct named *all;
	size_t i, n = c->conf->nservices;

	all = calloc(n + 1, sizeof(*all));
	if (all == NULL)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		all[i] =
		    (struct named){.name = c->conf->services[i]->name, .spoilt = c->bad[i], .i = i};
	qsort(all, n, sizeof(*all), compare_names);
	for (i = 1; i < n; i++) {
		if (strcmp(all[i].name, all[i - 1].name) != 0)
			continue;
		first = c->conf->services[all[i - 1].i];
		svc = c->conf->services[all[i].i];
		report_add(c->report, FINDING_ERROR, svc->file, svc->line,
		    "service %s: the name is taken (%s:%u)", svc->name,
		    first->file != NULL ? first->file : "", first->line);
		c->bad[all[i].i] = true;
		all[i].i = all[i - 1].i;
	}
	free(all);
	return 0;
}

/* Descriptors that stay open for a service: its sockets, and the journal's stream. */
static unsigned long long
count_descriptors(const struct service_conf *svc)
{
	unsigned long long n = svc->stderr_to == STDERR_LOG;
	size_t i;

	for (i = 0; i < svc->endpoints.n; i++)
		n += svc->endpoints.v[i].last - svc->endpoints.v[i].first + 1ULL;
	return n;
}

/* Will there be room for what is open all the time, and for what may run at once? A handler that
 * runs costs no descriptor. */
static void
check_limits(const struct check *c)
{
	unsigned long long instances = 0, descriptors = 0;
	struct rlimit l;
	size_t i;

	for (i = 0; i < c->conf->nservices; i++) {
		if (!c->conf->services[i]->enabled)
			continue;
		instances += c->conf->services[i]->limits.instances;
		descriptors += count_descriptors(c->conf->services[i]);
	}
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_max != RLIM_INFINITY &&
	    descriptors + OWN_DESCRIPTORS > l.rlim_max)
		report_add(c->report, FINDING_WARNING, NULL, 0,
		    "%llu descriptors of services and %d of superd's own do not fit RLIMIT_NOFILE "
		    "(%llu): raise it (LimitNOFILE of the unit)",
		    descriptors, OWN_DESCRIPTORS, (unsigned long long)l.rlim_max);
	if (getrlimit(RLIMIT_NPROC, &l) == 0 && l.rlim_cur != RLIM_INFINITY &&
	    instances > l.rlim_cur)
		report_add(c->report, FINDING_WARNING, NULL, 0,
		    "the sum of instances (%llu) does not fit RLIMIT_NPROC (%llu)", instances,
		    (unsigned long long)l.rlim_cur);
}

static int
compare_services(const void *a, const void *b)
{
	const struct service_conf *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
remove_bad(struct check *c)
{
	struct conf *conf = c->conf;
	size_t i, n = 0;

	for (i = 0; i < conf->nservices; i++) {
		if (c->bad[i])
			service_conf_free(conf->services[i]);
		else
			conf->services[n++] = conf->services[i];
	}
	conf->nservices = n;
	if (n > 0)
		qsort(conf->services, n, sizeof(struct service_conf *), compare_services);
}

int
check_conf(struct conf *conf, struct report *report)
{
	struct check c = {.conf = conf, .report = report};
	size_t i;
	int r;

	c.bad = calloc(conf->nservices + 1, sizeof(*c.bad));
	if (c.bad == NULL)
		return -ENOMEM;
	for (i = 0; i < conf->nservices; i++)
		c.bad[i] = places_spoilt(conf, i);
	system_read(&c.system);
	r = check_names(&c);
	if (r == 0)
		r = check_services(&c);
	if (r == 0)
		r = check_main(conf, report);
	if (r == 0)
		r = carve_sensors(conf);
	if (r == 0)
		r = overlap_check(conf, c.bad, report);
	if (r == 0)
		r = ephemeral_check(conf, &c.system, c.bad, report);
	credentials_cache_fini(&c.users);
	remove_bad(&c);
	check_limits(&c);
	free(c.bad);
	places_free(conf->places);
	conf->places = NULL;
	return r;
}
