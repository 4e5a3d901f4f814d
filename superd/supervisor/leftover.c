#include "supervisor/leftover.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "supervisor/superd.h"

#define LOOK_EVERY (250 * USEC_PER_MSEC)

/* A process id is not given away as long as a group of that number has members. Once it is
 * another's there is a process of that number, or the group is not ours. */
static bool
lives(pid_t group)
{
	return kill(group, 0) < 0 && errno == ESRCH && (kill(-group, 0) == 0 || errno == EPERM);
}

static void
end(pid_t group)
{
	if (lives(group))
		(void)kill(-group, SIGKILL);
}

static void
drop(struct superd *s, struct leftover *l)
{
	loop_disarm(&s->loop, &l->timer);
	LIST_REMOVE(l, entry);
	free(l);
}

void
leftover_add(struct superd *s, pid_t group, usec_t until)
{
	struct leftover *l;

	if (!lives(group))
		return;
	l = calloc(1, sizeof(*l));
	if (l == NULL) {
		end(group);
		return;
	}
	l->group = group;
	l->until = until;
	l->timer.kind = SUPERD_LEFTOVER;
	l->timer.owner = l;
	LIST_INSERT_HEAD(&s->leftovers, l, entry);
	loop_arm(&s->loop, &l->timer, s->loop.now + LOOK_EVERY);
}

void
leftover_look(struct superd *s, struct leftover *l)
{
	if (lives(l->group) && s->loop.now < l->until) {
		loop_arm(&s->loop, &l->timer, s->loop.now + LOOK_EVERY);
		return;
	}
	end(l->group);
	drop(s, l);
	superd_maybe_done(s);
}

void
leftover_kill(struct superd *s)
{
	struct leftover *l;

	LIST_FOREACH(l, &s->leftovers, entry)
	end(l->group);
	leftover_fini(s);
}

void
leftover_fini(struct superd *s)
{
	struct leftover *l;

	while ((l = LIST_FIRST(&s->leftovers)) != NULL)
		drop(s, l);
}
