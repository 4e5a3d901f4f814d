#include "exec/start.h"

#include <assert.h>
#include <errno.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "exec/raw.h"
#include "exec/steps.h"

enum { STACK_SIZE = 64 * 1024, GUARD_SIZE = 4096 };

/* How long the supervisor sleeps before it looks whether a child died on its first step. */
#define HAND_NSEC 10000000L

void
starter_init(struct starter *st, const struct rlimit *nofile)
{
	struct rlimit now;

	memset(st, 0, sizeof(*st));
	TAILQ_INIT(&st->free);
	TAILQ_INIT(&st->busy);
	st->nofile = *nofile;
	st->nofile_raised = getrlimit(RLIMIT_NOFILE, &now) < 0 ||
			    now.rlim_cur != nofile->rlim_cur || now.rlim_max != nofile->rlim_max;
	st->privileged = geteuid() == 0;
}

static void
plan_free(struct start_plan *p)
{
	environment_fini(&p->environment);
	free(p->moved);
	(void)munmap(p->stack, p->stack_size);
	free(p);
}

void
starter_fini(struct starter *st)
{
	struct start_plan *p;

	while ((p = TAILQ_FIRST(&st->free)) != NULL) {
		TAILQ_REMOVE(&st->free, p, entry);
		plan_free(p);
	}
	/* A child that has not executed yet still stands on its plan. */
	while ((p = TAILQ_FIRST(&st->busy)) != NULL) {
		TAILQ_REMOVE(&st->busy, p, entry);
		if (atomic_load(&p->tid) == 0)
			plan_free(p);
	}
}

static struct start_plan *
plan_new(void)
{
	struct start_plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->stack_size = GUARD_SIZE + STACK_SIZE;
	p->stack = mmap(NULL, p->stack_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (p->stack == MAP_FAILED || mprotect(p->stack, GUARD_SIZE, PROT_NONE) < 0) {
		if (p->stack != MAP_FAILED)
			(void)munmap(p->stack, p->stack_size);
		free(p);
		return NULL;
	}
	return p;
}

/* Plans whose child has executed are free again; one with a failed step waits for its reaper. */
static void
sweep(struct starter *st)
{
	struct start_plan *p, *next;

	TAILQ_FOREACH_SAFE (p, &st->busy, entry, next) {
		if (atomic_load(&p->tid) != 0 || p->error != 0)
			continue;
		TAILQ_REMOVE(&st->busy, p, entry);
		TAILQ_INSERT_HEAD(&st->free, p, entry);
		p->pid = 0;
	}
}

struct start_plan *
start_take(struct starter *st)
{
	struct start_plan *p;

	if (TAILQ_EMPTY(&st->free))
		sweep(st);
	p = TAILQ_FIRST(&st->free);
	if (p != NULL)
		TAILQ_REMOVE(&st->free, p, entry);
	else
		p = plan_new();
	if (p == NULL)
		return NULL;
	p->who = NULL;
	p->sockets = NULL;
	p->nsockets = 0;
	p->nice = 0;
	p->oom_score_adj[0] = '\0';
	p->error = 0;
	return p;
}

void
start_give(struct starter *st, struct start_plan *p)
{
	TAILQ_INSERT_HEAD(&st->free, p, entry);
}

/* Waits until the child has its own descriptors; a child killed before that clears its tid word. */
static void
await_hand(struct start_plan *p)
{
	const struct timespec pause = {.tv_nsec = HAND_NSEC};

	while (atomic_load(&p->handed) == 0 && atomic_load(&p->tid) != 0)
		(void)RAW(SYS_futex, &p->handed, FUTEX_WAIT_PRIVATE, 0, &pause);
}

pid_t
start_run(struct starter *st, struct start_plan *p)
{
	int flags = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID | SIGCHLD;
	pid_t pid;

	if (!RAW_CONCURRENT)
		flags |= CLONE_VFORK;
	p->nofile = st->nofile_raised ? &st->nofile : NULL;
	atomic_store(&p->handed, 0);
	atomic_store(&p->tid, -1);
	pid = clone(steps_run, (char *)p->stack + p->stack_size, flags, p, NULL, NULL, &p->tid);
	if (pid < 0)
		return -errno;
	p->pid = pid;
	TAILQ_INSERT_TAIL(&st->busy, p, entry);
	await_hand(p);
	return pid;
}

bool
start_outcome(
    struct starter *st, struct start_plan *p, pid_t pid, enum start_step *step, int *error)
{
	if (p->pid != pid)
		return false;
	assert(atomic_load(&p->tid) == 0);
	TAILQ_REMOVE(&st->busy, p, entry);
	TAILQ_INSERT_HEAD(&st->free, p, entry);
	p->pid = 0;
	if (p->error == 0)
		return false;
	*step = p->step;
	*error = p->error;
	return true;
}

const char *
start_step_name(enum start_step step)
{
	static const char *const names[START_STEPS] = {
	    [START_DESCRIPTORS] = "close_range",
	    [START_SESSION] = "setsid",
	    [START_SOCKETS] = "dup2 of a socket",
	    [START_STDIO] = "dup2",
	    [START_NICE] = "setpriority",
	    [START_OOM] = "oom_score_adj",
	    [START_LIMITS] = "setrlimit RLIMIT_NOFILE",
	    [START_GROUPS] = "setgroups",
	    [START_GID] = "setresgid",
	    [START_UID] = "setresuid",
	    [START_VERIFY] = "verify ids",
	    [START_UMASK] = "umask",
	    [START_DIRECTORY] = "chdir",
	    [START_SIGNALS] = "sigprocmask",
	    [START_EXEC] = "exec",
	};

	return names[step];
}
