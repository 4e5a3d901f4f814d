#include "supervised.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "fixture.h"
#include "net/transport.h"
#include "supervisor/service.h"
#include "supervisor/turn.h"

enum { PATIENCE = 10 };

struct service_conf *
supervised_add(struct supervised *t, const char *listen, const char *const *command)
{
	struct service_conf *svc = &t->services[t->conf.nservices];
	char error[256];

	t->who = (struct credentials){.uid = geteuid(),
	    .gid = getegid(),
	    .name = (char *)"u",
	    .home = (char *)"/",
	    .shell = (char *)"/bin/sh"};
	*svc = (struct service_conf){.name = (char *)"s",
	    .directory = (char *)"/",
	    .enabled = true,
	    .credentials = &t->who,
	    .umask = 022,
	    .stderr_to = STDERR_NULL,
	    .sensor = -1,
	    .limits = {.instances = 64,
		.backlog = 128,
		.per_source = -1,
		.load = -1,
		.session = -1,
		.idle = -1,
		.burst = -1},
	    .socket = fixture_options};
	svc->command.v = (char **)command;
	while (command[svc->command.n] != NULL)
		svc->command.n++;
	if (endpoint_parse(&svc->endpoints, listen, 0, error, sizeof(error)) < 0) {
		(void)fprintf(stderr, "%s: %s\n", listen, error);
		abort();
	}
	t->list[t->conf.nservices++] = svc;
	t->conf.services = t->list;
	return svc;
}

bool
supervised_open(struct supervised *t)
{
	struct rlimit nofile;

	log_init();
	log_level(LOG_CRIT);
	if (fd_null(STDIN_FILENO) < 0 || fd_raise_limit(&nofile) < 0)
		return false;
	t->s.signals.fd = -1;
	t->conf.limits = (struct daemon_limits_conf){-1, -1, 1, 1024};
	t->conf.scan.decay = t->conf.scan.window = t->conf.scan.ban = t->conf.scan.ban_max = 60;
	if (superd_init(&t->s, &t->conf, &nofile) < 0)
		return false;
	/* As whoever runs the test: identities have tests of their own. */
	t->s.starter.privileged = false;
	superd_open(&t->s);
	return true;
}

void
supervised_close(struct supervised *t)
{
	size_t i;

	superd_fini(&t->s);
	for (i = 0; i < t->conf.nservices; i++)
		endpoints_fini(&t->services[i].endpoints);
}

bool
supervised_until(struct supervised *t, bool (*done)(struct supervised *t))
{
	usec_t until = clock_now() + PATIENCE * USEC_PER_SEC;
	struct loop_event e;

	while (!done(t)) {
		if (clock_now() >= until || loop_next(&t->s.loop, until, &e) <= 0)
			return done(t);
		turn_take(&t->s, &e);
	}
	return true;
}

void
supervised_idle(struct supervised *t)
{
	struct loop_event e;

	while (loop_next(&t->s.loop, clock_now(), &e) > 0)
		turn_take(&t->s, &e);
}

struct port *
supervised_port(struct supervised *t, size_t service)
{
	return &t->s.services[service].ports[0];
}

int
supervised_connect(struct supervised *t, size_t service)
{
	const struct listener *l = &supervised_port(t, service)->listener;
	struct address a;
	int fd;

	if (listener_local(l, &a) < 0)
		return -1;
	fd = fd_raise(socket(a.sa.sa_family, l->endpoint->transport->type | SOCK_CLOEXEC, 0));
	if (fd < 0 || connect(fd, &a.sa, a.length) < 0)
		return -1;
	return fd;
}
