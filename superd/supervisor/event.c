#include "supervisor/event.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/text.h"
#include "config/service.h"
#include "exec/child.h"
#include "net/address.h"
#include "net/endpoint.h"
#include "net/options.h"
#include "net/transport.h"
#include "policy/source.h"
#include "supervisor/dispatch.h"
#include "supervisor/service.h"

enum { FIELDS = 12, NUMBER = 24 };

/* The fields of one line, with the storage of those that are made here. */
struct line {
	struct log_field fields[FIELDS];
	size_t n;
	char peer[ADDRESS_TEXT], local[ADDRESS_TEXT];
	char pid[NUMBER], status[NUMBER], duration[NUMBER], cpu[NUMBER], maxrss[NUMBER];
};

const char *
event_id(char id[EVENT_ID], uint32_t boot, uint64_t serial)
{
	static const char hex[] = "0123456789abcdef";
	struct text t;
	int shift;

	text_init(&t, id, EVENT_ID);
	for (shift = 28; shift >= 0; shift -= 4)
		text_add_bytes(&t, &hex[boot >> shift & 15], 1);
	text_add(&t, "-");
	text_add_number(&t, serial);
	return id;
}

static void
add(struct line *l, const char *name, const char *value, bool number)
{
	l->fields[l->n++] = (struct log_field){.name = name, .value = value, .number = number};
}

/* text: NUMBER bytes that last as long as the line. */
static void
add_number(struct line *l, const char *name, unsigned long long n, char *text)
{
	struct text t;

	text_init(&t, text, NUMBER);
	text_add_number(&t, n);
	add(l, name, text, true);
}

static void
add_address(struct line *l, const char *name, const struct address *a, char *text)
{
	if (a != NULL && a->length > 0)
		add(l, name, address_text(a, text, ADDRESS_TEXT), false);
}

static void
add_event(struct line *l, const struct event *e)
{
	l->n = 0;
	add(l, "service", e->port->service->conf->name, false);
	add(l, "id", e->id, false);
	add(l, "transport", e->port->listener.endpoint->transport->name, false);
	add_address(l, "peer", e->peer, l->peer);
	add_address(l, "local", e->local, l->local);
	add_number(l, "pid", (unsigned long long)e->pid, l->pid);
}

void
event_start(const struct event *e)
{
	struct line l;

	if (!log_wants(LOG_INFO))
		return;
	add_event(&l, e);
	log_record(LOG_INFO, "start", l.fields, l.n);
}

/* Seconds with six decimals. */
static void
add_time(struct line *l, const char *name, usec_t usec, char *text)
{
	usec_t fraction = usec % USEC_PER_SEC, digit = USEC_PER_SEC / 10;
	struct text t;

	text_init(&t, text, NUMBER);
	text_add_number(&t, usec / USEC_PER_SEC);
	text_add(&t, ".");
	for (; digit > fraction && digit > 1; digit /= 10)
		text_add(&t, "0");
	text_add_number(&t, fraction);
	add(l, name, text, true);
}

static usec_t
to_usec(const struct timeval *tv)
{
	return (usec_t)tv->tv_sec * USEC_PER_SEC + (usec_t)tv->tv_usec;
}

static void
format_status(char *text, int status)
{
	const char *name;
	struct text t;

	text_init(&t, text, NUMBER);
	if (WIFEXITED(status)) {
		text_add(&t, "exit:");
		text_add_number(&t, (unsigned)WEXITSTATUS(status));
		return;
	}
	text_add(&t, "signal:");
	name = sigabbrev_np(WTERMSIG(status));
	if (name != NULL)
		text_add(&t, name);
	else
		text_add_number(&t, (unsigned)WTERMSIG(status));
}

void
event_end(const struct event *e, const struct child_exit *x, usec_t duration)
{
	const struct rusage *usage = &x->usage;
	struct line l;

	if (!log_wants(LOG_INFO))
		return;
	add_event(&l, e);
	format_status(l.status, x->status);
	add(&l, "status", l.status, false);
	add_time(&l, "duration", duration, l.duration);
	add_time(&l, "cpu", to_usec(&usage->ru_utime) + to_usec(&usage->ru_stime), l.cpu);
	add_number(&l, "maxrss", (unsigned long long)usage->ru_maxrss, l.maxrss);
	log_record(LOG_INFO, "end", l.fields, l.n);
}

void
event_failed(const struct event *e, enum start_step step, int error)
{
	const struct service_conf *conf = e->port->service->conf;
	const char *object = conf->command.v[0];
	struct line l;

	if (step == START_DIRECTORY)
		object = conf->directory;
	else if (step >= START_GROUPS && step <= START_VERIFY)
		object = conf->credentials->name;
	add_event(&l, e);
	add(&l, "step", start_step_name(step), false);
	add(&l, "object", object, false);
	add(&l, "error", strerror(error), false);
	log_record(LOG_ERR, "start failed", l.fields, l.n);
}

void
event_refused(const struct connection *c, enum verdict v)
{
	char endpoint[ADDRESS_TEXT];
	struct line l = {.n = 0};

	add(&l, "service", c->port->service->conf->name, false);
	add(&l, "endpoint", endpoint_text(c->port->listener.endpoint, endpoint, sizeof(endpoint)),
	    false);
	add_address(&l, "peer", &c->peer, l.peer);
	add(&l, "reason", verdict_name(v), false);
	log_record(LOG_NOTICE, "refused", l.fields, l.n);
}

void
event_refused_more(const struct service *svc, uint32_t n, usec_t time)
{
	char more[NUMBER];
	struct line l = {.n = 0};

	add(&l, "service", svc->conf->name, false);
	add_number(&l, "more", n, more);
	add_time(&l, "within", time, l.duration);
	log_record(LOG_NOTICE, "refused", l.fields, l.n);
}

void
event_banned(const struct source_key *k, usec_t time)
{
	char prefix[SOURCE_TEXT];
	struct line l = {.n = 0};

	add(&l, "prefix", source_key_text(k, prefix, sizeof(prefix)), false);
	add_time(&l, "for", time, l.duration);
	log_record(LOG_NOTICE, "banned", l.fields, l.n);
}

void
event_ban_over(const struct source_key *k)
{
	char prefix[SOURCE_TEXT];
	struct line l = {.n = 0};

	add(&l, "prefix", source_key_text(k, prefix, sizeof(prefix)), false);
	log_record(LOG_NOTICE, "ban over", l.fields, l.n);
}

void
event_expired(const struct child *child, uint32_t boot, const char *reason)
{
	char id[EVENT_ID];
	const struct event e = {.port = child->owner,
	    .id = event_id(id, boot, child->serial),
	    .peer = &child->peer,
	    .local = &child->local,
	    .pid = child->pid};
	struct line l;

	add_event(&l, &e);
	add(&l, "reason", reason, false);
	log_record(LOG_NOTICE, "expired", l.fields, l.n);
}

/* What the socket should have and has not. */
static void
report_left_out(const struct listener *l, const char *service, const char *endpoint)
{
	const char *name;
	size_t i;

	for (i = 0; (name = options_name(i)) != NULL; i++)
		if ((l->done.left_out & UINT32_C(1) << i) != 0)
			log_warnx(
			    "service %s: %s: the kernel does not know %s for %s: it is left out",
			    service, endpoint, name, l->endpoint->transport->name);
}

void
event_listening(const struct port *port)
{
	char endpoint[ADDRESS_TEXT], number[NUMBER];
	struct line l = {.n = 0};

	add(&l, "service", port->service->conf->name, false);
	add(&l, "endpoint", endpoint_text(port->listener.endpoint, endpoint, sizeof(endpoint)),
	    false);
	if (port->listener.endpoint->transport->services != NULL) {
		add_number(&l, "port", port->listener.port, number);
	}
	log_record(LOG_INFO, "listening", l.fields, l.n);
	report_left_out(&port->listener, port->service->conf->name, endpoint);
}

void
event_pending(const struct port *port, const char *step)
{
	char endpoint[ADDRESS_TEXT], number[NUMBER];
	struct line l = {.n = 0};

	add(&l, "service", port->service->conf->name, false);
	add(&l, "endpoint", endpoint_text(port->listener.endpoint, endpoint, sizeof(endpoint)),
	    false);
	if (port->listener.endpoint->first != port->listener.endpoint->last) {
		add_number(&l, "port", port->listener.port, number);
	}
	add(&l, "step", step, false);
	add(&l, "error", strerror(port->listener.error), false);
	if (transport_is_missing(port->listener.endpoint->transport, port->listener.error))
		add(&l, "needs", port->listener.endpoint->transport->needs, false);
	log_record(LOG_WARNING, "pending", l.fields, l.n);
}
