#include "supervisor/announce.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "policy/source.h"
#include "supervisor/helper.h"
#include "supervisor/superd.h"

enum { NUMBER = 24, ARGUMENTS = 3, NO_CHANNEL = -1 };

struct announcement {
	bool over;
	char prefix[SOURCE_TEXT], seconds[NUMBER];
};

struct announce_run {
	struct helper helper;
	struct announcement what;
	char **argv; /* the command's, with room for ARGUMENTS */
	usec_t due;
	bool killed;
};

int
announce_init(struct superd *s)
{
	const struct strings *command = &s->conf->scan.command;
	struct announce *a = &s->announce;
	size_t i;

	a->late.kind = SUPERD_ANNOUNCE;
	if (command->n == 0)
		return 0;
	a->runs = calloc(ANNOUNCE_RUNNING, sizeof(*a->runs));
	a->queue = calloc(ANNOUNCE_QUEUE, sizeof(*a->queue));
	if (a->runs == NULL || a->queue == NULL)
		return -ENOMEM;
	for (i = 0; i < ANNOUNCE_RUNNING; i++) {
		a->runs[i].argv = calloc(command->n + ARGUMENTS + 1, sizeof(char *));
		if (a->runs[i].argv == NULL)
			return -ENOMEM;
		memcpy(a->runs[i].argv, command->v, command->n * sizeof(char *));
	}
	return 0;
}

void
announce_fini(struct superd *s)
{
	struct announce *a = &s->announce;
	size_t i;

	for (i = 0; i < ANNOUNCE_RUNNING && a->runs != NULL; i++)
		free(a->runs[i].argv);
	free(a->runs);
	free(a->queue);
	a->runs = NULL;
	a->queue = NULL;
	a->n = 0;
}

static const char *
verb(const struct announcement *what)
{
	return what->over ? "unban" : "ban";
}

/* One that cannot be started is not tried again. */
static void
run(struct superd *s, struct announce_run *r, const struct announcement *what)
{
	const struct strings *command = &s->conf->scan.command;
	const struct helper_conf conf = {.name = "scan",
	    .path = command->v[0],
	    .argv = r->argv,
	    .who = s->conf->scan.credentials,
	    .channel = NO_CHANNEL};
	char **at = r->argv + command->n;
	int error;

	r->what = *what;
	r->killed = false;
	r->due = clock_now() + ANNOUNCE_PATIENCE;
	*at++ = (char *)verb(what);
	*at++ = r->what.prefix;
	*at++ = what->over ? NULL : r->what.seconds;
	*at = NULL;
	error = helper_start(s, &r->helper, &conf);
	if (error < 0) {
		log_warnx(
		    "scan: command: %s %s: start: %s", verb(what), what->prefix, strerror(-error));
		return;
	}
	if (!s->announce.late.armed)
		loop_arm(&s->loop, &s->announce.late, r->due);
}

/* A free one, unless the same prefix is told of at this moment. */
static struct announce_run *
find_run(struct announce *a, const char *prefix)
{
	struct announce_run *r = NULL;
	size_t i;

	for (i = 0; i < ANNOUNCE_RUNNING; i++) {
		if (a->runs[i].helper.pid == 0)
			r = &a->runs[i];
		else if (strcmp(a->runs[i].what.prefix, prefix) == 0)
			return NULL;
	}
	return r;
}

static void
take_out(struct announce *a, size_t i)
{
	a->n--;
	memmove(&a->queue[i], &a->queue[i + 1], (a->n - i) * sizeof(*a->queue));
}

static void
next(struct superd *s)
{
	struct announce *a = &s->announce;
	struct announcement what;
	struct announce_run *r;
	size_t i = 0;

	while (i < a->n) {
		r = find_run(a, a->queue[i].prefix);
		if (r == NULL) {
			i++;
			continue;
		}
		what = a->queue[i];
		take_out(a, i);
		run(s, r, &what);
	}
	if (a->n > 0 || a->dropped == 0)
		return;
	log_warnx("scan: command: %llu bans or ends of bans were not told: too many at one time",
	    (unsigned long long)a->dropped);
	a->dropped = 0;
}

static void
tell(struct superd *s, const struct source_key *k, bool over, usec_t time)
{
	struct announce *a = &s->announce;
	struct announcement *what;

	if (a->runs == NULL || s->stopping)
		return;
	if (a->n == ANNOUNCE_QUEUE) {
		take_out(a, 0);
		a->dropped++;
	}
	what = &a->queue[a->n++];
	what->over = over;
	(void)source_key_text(k, what->prefix, sizeof(what->prefix));
	(void)snprintf(what->seconds, sizeof(what->seconds), "%llu",
	    (unsigned long long)((time + USEC_PER_SEC - 1) / USEC_PER_SEC));
	next(s);
}

void
announce_ban(struct superd *s, const struct source_key *k, usec_t time)
{
	tell(s, k, false, time);
}

void
announce_ban_over(struct superd *s, const struct source_key *k)
{
	tell(s, k, true, 0);
}

bool
announce_reap(struct superd *s, const struct child_exit *x)
{
	struct announce *a = &s->announce;
	char text[HELPER_TEXT];
	size_t i;

	for (i = 0; i < ANNOUNCE_RUNNING && a->runs != NULL; i++) {
		if (!helper_reap(s, &a->runs[i].helper, x, text))
			continue;
		if (x->status != 0)
			log_warnx("scan: command: %s %s: %s", verb(&a->runs[i].what),
			    a->runs[i].what.prefix, text);
		if (!s->stopping)
			next(s);
		return true;
	}
	return false;
}

void
announce_late(struct superd *s)
{
	struct announce *a = &s->announce;
	usec_t due = USEC_NEVER;
	struct announce_run *r;

	for (r = a->runs; r != NULL && r < a->runs + ANNOUNCE_RUNNING; r++) {
		if (r->helper.pid == 0 || r->killed)
			continue;
		if (r->due <= s->loop.now) {
			r->killed = true;
			if (kill(-r->helper.pid, SIGKILL) < 0)
				(void)kill(r->helper.pid, SIGKILL);
		} else if (r->due < due) {
			due = r->due;
		}
	}
	if (due != USEC_NEVER)
		loop_arm(&s->loop, &a->late, due);
}
