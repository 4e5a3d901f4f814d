#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/child.h"

Test(child, found_by_pid_until_removed)
{
	enum { CHILDREN = 1000 };
	struct children all;
	struct child *c;
	pid_t pid;

	children_init(&all);
	for (pid = 1; pid <= CHILDREN; pid++) {
		cr_assert_eq(child_reserve(&all), 0);
		c = child_add(&all, pid * 7 % 1009 + 1);
		c->serial = (uint64_t)c->pid * 2;
	}
	cr_assert_eq(all.n, CHILDREN);
	for (pid = 1; pid <= CHILDREN; pid++) {
		c = child_find(&all, pid * 7 % 1009 + 1);
		cr_assert_not_null(c);
		cr_assert_eq(c->serial, (uint64_t)c->pid * 2);
		child_remove(&all, c);
		cr_assert_null(child_find(&all, pid * 7 % 1009 + 1));
	}
	cr_assert_eq(all.n, 0);
	children_fini(&all);
}

Test(child, reaps_all_and_tells_their_status)
{
	struct child_exit x;
	int codes = 0, i, signals = 0;

	for (i = 0; i < 4; i++) {
		if (fork() == 0) {
			if (i == 3)
				(void)raise(SIGKILL);
			_exit(1 << i);
		}
	}
	while (codes != 7 || signals != 1) {
		siginfo_t ended;

		cr_assert_eq(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT), 0);
		cr_assert_eq(child_reap(&x), 1);
		if (WIFEXITED(x.status))
			codes |= WEXITSTATUS(x.status);
		else
			signals += WTERMSIG(x.status) == SIGKILL;
		cr_assert(x.usage.ru_maxrss > 0);
	}
	cr_assert_eq(child_reap(&x), 0);
}

Test(child, signals_go_to_the_group)
{
	struct children all;
	int ends[2], status;
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		(void)setsid();
		if (fork() == 0)
			(void)!write(ends[1], "x", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 1);
	children_init(&all);
	cr_assert_eq(child_reserve(&all), 0);
	(void)child_add(&all, pid);
	children_signal(&all, SIGTERM);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* The grandchild held the other end of the pipe. */
	cr_assert_eq(read(ends[0], &byte, 1), 0);
	children_fini(&all);
}
