#include "supervisor/leftover.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "process.h"
#include "supervised.h"

static struct supervised t;

/* Until a signal: superd blocks all, and a child of it has that too. */
static _Noreturn void
wait_for_signal(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigsuspend(&none);
	_exit(0);
}

/* A supervisor, and a group of that number, whose leader has ended and whose other member waits for
 * a byte. Its end of file tells that that one is gone. */
static int
leaderless(pid_t *group, pid_t *member)
{
	int news[2], status;

	CHECK(supervised_open(&t));
	CHECK(pipe(news) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	*group = fork();
	if (*group == 0) {
		(void)setsid();
		*member = fork();
		if (*member == 0)
			wait_for_signal();
		_exit(write(news[1], member, sizeof(*member)) != sizeof(*member));
	}
	CHECK(read(news[0], member, sizeof(*member)) == sizeof(*member));
	CHECK(waitpid(*group, &status, 0) == *group && status == 0);
	return CHILD_OK;
}

static int
killed(void)
{
	pid_t group = 0, member = 0;
	int status;

	CHECK(leaderless(&group, &member) == CHILD_OK);
	t.s.loop.now = clock_now();
	leftover_add(&t.s, group, t.s.loop.now + USEC_PER_SEC);
	CHECK(!LIST_EMPTY(&t.s.leftovers));
	/* Not yet. */
	leftover_look(&t.s, LIST_FIRST(&t.s.leftovers));
	CHECK(waitpid(member, &status, WNOHANG) == 0 && !LIST_EMPTY(&t.s.leftovers));
	t.s.loop.now += USEC_PER_SEC;
	leftover_look(&t.s, LIST_FIRST(&t.s.leftovers));
	CHECK(waitpid(member, &status, 0) == member && WTERMSIG(status) == SIGKILL);
	CHECK(LIST_EMPTY(&t.s.leftovers));
	supervised_close(&t);
	return CHILD_OK;
}

Test(leftover, is_killed_when_its_time_is_over)
{
	child_run(killed);
}

static int
ended(void)
{
	pid_t group = 0, member = 0;
	int status;

	CHECK(leaderless(&group, &member) == CHILD_OK);
	t.s.loop.now = clock_now();
	leftover_add(&t.s, group, t.s.loop.now + USEC_PER_SEC);
	CHECK(kill(member, SIGTERM) == 0 && waitpid(member, &status, 0) == member);
	t.s.stopping = true;
	leftover_look(&t.s, LIST_FIRST(&t.s.leftovers));
	CHECK(LIST_EMPTY(&t.s.leftovers) && t.s.done);
	leftover_add(&t.s, group, t.s.loop.now + USEC_PER_SEC);
	CHECK(LIST_EMPTY(&t.s.leftovers));
	supervised_close(&t);
	return CHILD_OK;
}

Test(leftover, that_ends_is_forgotten)
{
	child_run(ended);
}

/* The number is a living process's: its group is not the one that was meant. */
static int
reused(void)
{
	int news[2], status;
	char byte;
	pid_t pid;

	CHECK(supervised_open(&t));
	CHECK(pipe(news) == 0);
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		if (write(news[1], "", 1) == 1)
			wait_for_signal();
		_exit(1);
	}
	CHECK(read(news[0], &byte, 1) == 1);
	t.s.loop.now = clock_now();
	leftover_add(&t.s, pid, t.s.loop.now);
	CHECK(LIST_EMPTY(&t.s.leftovers));
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WTERMSIG(status) == SIGTERM);
	supervised_close(&t);
	return CHILD_OK;
}

Test(leftover, is_never_of_another)
{
	child_run(reused);
}

static int
all(void)
{
	pid_t group = 0, member = 0;
	int status;

	CHECK(leaderless(&group, &member) == CHILD_OK);
	leftover_add(&t.s, group, clock_now() + 100 * USEC_PER_SEC);
	leftover_kill(&t.s);
	CHECK(waitpid(member, &status, 0) == member && WTERMSIG(status) == SIGKILL);
	CHECK(LIST_EMPTY(&t.s.leftovers));
	supervised_close(&t);
	return CHILD_OK;
}

Test(leftover, all_at_once)
{
	child_run(all);
}
