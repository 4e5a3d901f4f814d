#include "exec/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static int
compare(const struct child *a, const struct child *b)
{
	return (a->pid > b->pid) - (a->pid < b->pid);
}

RB_GENERATE_INTERNAL(child_tree, child, entry, compare, __attribute__((unused)) static)

void
children_init(struct children *all)
{
	memset(all, 0, sizeof(*all));
	RB_INIT(&all->tree);
}

void
children_fini(struct children *all)
{
	struct child *c;

	while ((c = RB_ROOT(&all->tree)) != NULL)
		child_remove(all, c);
	free(all->spare);
	all->spare = NULL;
}

int
child_reserve(struct children *all)
{
	if (all->spare == NULL)
		all->spare = malloc(sizeof(*all->spare));
	return all->spare != NULL ? 0 : -ENOMEM;
}

struct child *
child_add(struct children *all, pid_t pid)
{
	struct child *c = all->spare;

	assert(c != NULL && pid > 0);
	all->spare = NULL;
	memset(c, 0, sizeof(*c));
	c->pid = pid;
	RB_INSERT(child_tree, &all->tree, c);
	all->n++;
	return c;
}

struct child *
child_find(struct children *all, pid_t pid)
{
	struct child key;

	key.pid = pid;
	return RB_FIND(child_tree, &all->tree, &key);
}

void
child_remove(struct children *all, struct child *c)
{
	RB_REMOVE(child_tree, &all->tree, c);
	all->n--;
	free(all->spare);
	all->spare = c;
}

int
child_reap(struct child_exit *x)
{
	x->pid = wait4(-1, &x->status, WNOHANG, &x->usage);
	return x->pid > 0;
}

void
child_signal(const struct child *c, int signo)
{
	/* One that has not come to its setsid yet leads no group. */
	if (kill(-c->pid, signo) < 0)
		(void)kill(c->pid, signo);
}

void
children_signal(struct children *all, int signo)
{
	struct child *c;

	RB_FOREACH (c, child_tree, &all->tree)
		child_signal(c, signo);
}
