#include "supervisor/superd.h"

#include <bsd/stdlib.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "config/service.h"
#include "supervisor/service.h"

#define KILL_AFTER (5 * USEC_PER_SEC)
#define LEAVE_AFTER USEC_PER_SEC
#define TITLE_AFTER USEC_PER_SEC

/* The journal's stream for handlers' standard error; without one they get /dev/null. */
static void
open_stderr(struct service *svc)
{
	int fd;

	if (svc->conf->stderr_to != STDERR_LOG)
		return;
	fd = systemd_journal_stream(svc->conf->name);
	if (fd < 0)
		log_warnx("service %s: stderr = log: the journal: %s; it is /dev/null",
		    svc->conf->name, strerror(-fd));
	svc->stderr_fd = fd < 0 ? -1 : fd;
}

static void
load_banner(const struct service *svc, struct banner *b, const char *path)
{
	int r = banner_load(b, path);

	if (r < 0)
		log_warnx("service %s: banner %s: %s", svc->conf->name, path, strerror(-r));
}

static int
services_init(struct superd *s)
{
	static const struct service_kinds kinds = {
	    .connections = SUPERD_CONNECTIONS,
	    .sockets = SUPERD_SOCKET,
	    .guard = SUPERD_GUARD,
	    .sensors = SUPERD_SENSOR,
	    .rest = SUPERD_REST,
	};
	struct service *svc;
	uint32_t ports = 0;
	size_t i, k;

	s->services = calloc(s->conf->nservices + 1, sizeof(*s->services));
	if (s->services == NULL)
		return -ENOMEM;
	for (i = 0; i < s->conf->nservices; i++)
		s->nservices_wanted +=
		    s->conf->services[i]->enabled && !service_conf_is_sensor(s->conf->services[i]);
	for (i = 0; i < s->conf->nservices; i++) {
		if (!s->conf->services[i]->enabled)
			continue;
		svc = &s->services[s->nservices];
		if (service_init(svc, s->conf->services[i], &kinds) < 0)
			return -ENOMEM;
		s->nservices++;
		if (gate_rule(s, svc, (uint32_t)s->nservices) < 0)
			return -ENOMEM;
		open_stderr(svc);
		load_banner(svc, &svc->accept, svc->conf->banner.accept);
		load_banner(svc, &svc->deny, svc->conf->banner.deny);
		for (k = 0; k < svc->nports; k++)
			svc->ports[k].number = ports++;
	}
	return 0;
}

int
superd_init(struct superd *s, const struct conf *conf, const struct rlimit *nofile)
{
	int r;

	s->conf = conf;
	s->boot = arc4random();
	s->watchdog.kind = SUPERD_WATCHDOG;
	s->title.kind = SUPERD_TITLE;
	s->kill.kind = SUPERD_KILL;
	s->signals.kind = SUPERD_SIGNAL;
	starter_init(&s->starter, nofile);
	children_init(&s->children);
	LIST_INIT(&s->leftovers);
	dispatch_init(s);
	filters_init(s);
	s->netlink = -1;
	r = loop_init(&s->loop);
	if (r == 0)
		r = gate_init(s);
	if (r < 0)
		return r;
	s->signals.fd = signals_init();
	if (s->signals.fd < 0)
		return s->signals.fd;
	r = loop_watch(&s->loop, &s->signals);
	if (r == 0)
		r = services_init(s);
	if (r == 0)
		r = wrap_init(s);
	if (r == 0)
		r = announce_init(s);
	return r < 0 ? r : sockets_init(s);
}

void
superd_fini(struct superd *s)
{
	size_t i;

	sockets_close(s);
	sockets_fini(s);
	wrap_fini(s);
	announce_fini(s);
	dispatch_fini(s);
	for (i = 0; i < s->nservices; i++) {
		fd_cleanup(&s->services[i].stderr_fd);
		banner_fini(&s->services[i].accept);
		banner_fini(&s->services[i].deny);
		gate_retire(&s->services[i]);
		service_fini(&s->services[i]);
	}
	gate_fini(s);
	fd_cleanup(&s->netlink);
	free(s->services);
	s->services = NULL;
	s->nservices = 0;
	children_fini(&s->children);
	leftover_fini(s);
	starter_fini(&s->starter);
	loop_fini(&s->loop);
	fd_cleanup(&s->signals.fd);
	systemd_fini(&s->systemd);
}

static void
say_ready(struct superd *s)
{
	char services[24], sockets[24], pending[24];
	const struct log_field fields[] = {
	    {.name = "services", .value = services, .number = true},
	    {.name = "sockets", .value = sockets, .number = true},
	    {.name = "pending", .value = pending, .number = true},
	};

	(void)snprintf(services, sizeof(services), "%zu", s->nservices);
	(void)snprintf(sockets, sizeof(sockets), "%zu", s->sockets.open);
	(void)snprintf(pending, sizeof(pending), "%zu", s->sockets.npending);
	log_record(LOG_NOTICE, "ready", fields, sizeof(fields) / sizeof(fields[0]));
	log_flush();
	(void)systemd_notify(&s->systemd, "READY=1");
}

void
superd_open(struct superd *s)
{
	sockets_open(s);
	say_ready(s);
	if (s->systemd.watchdog > 0)
		loop_arm(&s->loop, &s->watchdog, clock_now());
	superd_title(s);
}

void
superd_watchdog(struct superd *s)
{
	(void)systemd_notify(&s->systemd, "WATCHDOG=1");
	loop_arm(&s->loop, &s->watchdog, s->loop.now + s->systemd.watchdog / 2);
}

void
superd_changed(struct superd *s)
{
	if (!s->title.armed)
		loop_arm(&s->loop, &s->title, s->loop.now + TITLE_AFTER);
}

void
superd_title(struct superd *s)
{
	setproctitle("%zu services, %zu sockets, %zu pending, %zu running", s->nservices,
	    s->sockets.open, s->sockets.npending, s->children.n);
}

void
superd_stop(struct superd *s, bool handlers)
{
	if (s->stopping) {
		s->done = s->done || !handlers;
		return;
	}
	(void)systemd_notify(&s->systemd, "STOPPING=1");
	sockets_close(s);
	wrap_fini(s);
	loop_disarm(&s->loop, &s->exhaustion.timer);
	log_notice("stopping, %zu handlers run", s->children.n);
	s->stopping = true;
	s->done = !handlers || s->children.n == 0;
	if (s->done)
		return;
	/* Whoever of their groups is left is ours to reap, so that nothing that has ended is waited
	 * for. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	children_signal(&s->children, SIGTERM);
	loop_arm(&s->loop, &s->kill, clock_now() + KILL_AFTER);
}

void
superd_maybe_done(struct superd *s)
{
	if (s->stopping && s->children.n == 0 && LIST_EMPTY(&s->leftovers))
		s->done = true;
}

void
superd_kill(struct superd *s)
{
	if (s->killed) {
		log_warnx("%zu handlers do not end, not even by SIGKILL", s->children.n);
		s->done = true;
		return;
	}
	s->killed = true;
	children_signal(&s->children, SIGKILL);
	leftover_kill(s);
	superd_maybe_done(s);
	loop_arm(&s->loop, &s->kill, s->loop.now + LEAVE_AFTER);
}

void
superd_signal(struct superd *s, int signo)
{
	switch (signo) {
	case SIGCHLD:
		dispatch_reap(s);
		break;
	case SIGTERM:
	case SIGINT:
		superd_stop(s, false);
		break;
	case SIGQUIT:
		superd_stop(s, true);
		break;
	case SIGUSR1:
		if (log_reopen() < 0)
			log_warnx("the log could not be opened again");
		break;
	case SIGHUP:
		log_notice("SIGHUP: reading the configuration again is not supported yet; restart "
			   "instead");
		break;
	default:
		log_notice("signal %d has no meaning here", signo);
	}
}
