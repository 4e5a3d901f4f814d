#include "supervisor/plan.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/service.h"
#include "exec/start.h"
#include "supervisor/dispatch.h"
#include "supervisor/event.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

/* The one that superd's own standard input is: /dev/null. */
enum { FD_NULL = 0 };

/* The open sockets of the service, for wait = all; `moved` holds them and the child's copies. */
static int
fill_sockets(struct start_plan *plan, const struct service *svc)
{
	int *fds;
	size_t i;

	fds = realloc(plan->moved, 2 * svc->nports * sizeof(*fds));
	if (fds == NULL)
		return -ENOMEM;
	plan->moved = fds;
	plan->sockets = fds + svc->nports;
	plan->nsockets = 0;
	for (i = 0; i < svc->nports; i++)
		if (svc->ports[i].listener.source.fd >= 0)
			fds[svc->nports + plan->nsockets++] = svc->ports[i].listener.source.fd;
	return 0;
}

/* "name:name:name", sd_listen_fds_with_names(3). The caller frees it. */
static char *
socket_names(const char *name, size_t n)
{
	size_t i, size = n * (strlen(name) + 1) + 1;
	char *names = malloc(size);

	if (names == NULL)
		return NULL;
	names[0] = '\0';
	for (i = 0; i < n; i++) {
		(void)strlcat(names, name, size);
		if (i + 1 < n)
			(void)strlcat(names, ":", size);
	}
	return names;
}

static int
fill_environment(struct start_plan *plan, struct superd *s, const struct connection *c)
{
	const struct service_conf *conf = c->port->service->conf;
	struct environment_facts facts = {.service = conf};
	autofree char *names = NULL;
	char id[EVENT_ID];

	facts.id = event_id(id, s->boot, c->serial);
	if (conf->wait == WAIT_ALL) {
		names = socket_names(conf->name, plan->nsockets);
		if (names == NULL)
			return -ENOMEM;
		facts.nsockets = plan->nsockets;
		facts.socket_names = names;
		return environment_build(&plan->environment, &facts);
	}
	facts.transport = c->port->listener.endpoint->transport;
	if (c->local.length > 0)
		facts.local = &c->local;
	/* The socket of a `wait` handler belongs to no one peer. */
	if (conf->wait == WAIT_NO && c->peer.length > 0)
		facts.peer = &c->peer;
	return environment_build(&plan->environment, &facts);
}

static int
fill_stdio(struct start_plan *plan, const struct service *svc)
{
	int in = svc->conf->wait == WAIT_ALL ? FD_NULL : FD_CONNECTION;

	plan->stdio[0] = in;
	plan->stdio[1] = in;
	plan->stdio[2] = svc->conf->stderr_to == STDERR_SOCKET ? in : FD_NULL;
	if (svc->stderr_fd < 0)
		return 0;
	if (dup3(svc->stderr_fd, FD_STDERR, O_CLOEXEC) < 0)
		return -errno;
	plan->stdio[2] = FD_STDERR;
	return 0;
}

int
plan_fill(struct start_plan *plan, struct superd *s, const struct connection *c)
{
	const struct service *svc = c->port->service;
	const struct service_conf *conf = svc->conf;
	int r = 0;

	plan->path = conf->command.v[0];
	plan->argv = svc->argv;
	plan->directory = conf->directory;
	plan->who = s->starter.privileged ? conf->credentials : NULL;
	plan->nice = conf->nice;
	plan->umask = conf->umask;
	if (conf->oom_score_adj_set)
		(void)snprintf(
		    plan->oom_score_adj, sizeof(plan->oom_score_adj), "%d", conf->oom_score_adj);
	if (conf->wait == WAIT_ALL)
		r = fill_sockets(plan, svc);
	if (r == 0)
		r = fill_environment(plan, s, c);
	return r == 0 ? fill_stdio(plan, svc) : r;
}

void
plan_release(const struct service *svc)
{
	if (svc->stderr_fd >= 0)
		(void)close(FD_STDERR);
}
