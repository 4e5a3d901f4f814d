#include "supervisor/helper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "config/service.h"
#include "exec/child.h"
#include "exec/start.h"
#include "supervisor/event.h"
#include "supervisor/superd.h"

/* The one that superd's own standard input is: /dev/null. */
enum { FD_NULL = 0 };

static int
fill(struct start_plan *plan, struct superd *s, const struct helper_conf *conf)
{
	const struct service_conf service = {.name = (char *)conf->name, .credentials = conf->who};
	struct environment_facts facts = {.service = &service};
	char id[EVENT_ID];
	int *fds;

	plan->path = conf->path;
	plan->argv = conf->argv;
	plan->directory = "/";
	plan->who = s->starter.privileged ? conf->who : NULL;
	plan->umask = 022;
	plan->stdio[0] = plan->stdio[1] = plan->stdio[2] = FD_NULL;
	facts.id = event_id(id, s->boot, ++s->serial);
	if (conf->channel < 0)
		return environment_build(&plan->environment, &facts);
	fds = realloc(plan->moved, 2 * sizeof(*fds));
	if (fds == NULL)
		return -ENOMEM;
	plan->moved = fds;
	fds[1] = conf->channel;
	plan->sockets = fds + 1;
	plan->nsockets = 1;
	return environment_build(&plan->environment, &facts);
}

int
helper_start(struct superd *s, struct helper *h, const struct helper_conf *conf)
{
	struct start_plan *plan = start_take(&s->starter);
	pid_t pid;
	int r;

	if (plan == NULL)
		return -ENOMEM;
	r = fill(plan, s, conf);
	pid = r < 0 ? r : start_run(&s->starter, plan);
	if (pid < 0) {
		start_give(&s->starter, plan);
		return pid;
	}
	h->pid = pid;
	h->plan = plan;
	s->nhelpers++;
	return 0;
}

bool
helper_reap(struct superd *s, struct helper *h, const struct child_exit *x, char text[HELPER_TEXT])
{
	enum start_step step;
	int error;

	if (h->pid == 0 || h->pid != x->pid)
		return false;
	if (start_outcome(&s->starter, h->plan, x->pid, &step, &error))
		(void)snprintf(text, HELPER_TEXT, "%s: %s", start_step_name(step), strerror(error));
	else if (WIFSIGNALED(x->status))
		(void)snprintf(text, HELPER_TEXT, "signal %d", WTERMSIG(x->status));
	else
		(void)snprintf(text, HELPER_TEXT, "status %d", WEXITSTATUS(x->status));
	h->pid = 0;
	h->plan = NULL;
	s->nhelpers--;
	return true;
}
