#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/service.h"
#include "exec/child.h"
#include "exec/start.h"
#include "process.h"

/* Like CHECK, from any depth. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
			_exit(CHILD_FAILED);                                                       \
		}                                                                                  \
	} while (0)

/* A starter, and a pipe at FD_CONNECTION that takes what the handler writes. */
struct bench {
	struct starter starter;
	struct environment_facts facts;
	struct service_conf svc;
	struct credentials who;
	int output;
};

static void
bench_init(struct bench *b)
{
	struct rlimit nofile;
	int ends[2];

	memset(b, 0, sizeof(*b));
	b->who = (struct credentials){
	    .name = (char *)"u", .home = (char *)"/", .shell = (char *)"/bin/sh"};
	b->svc.name = (char *)"s";
	b->svc.credentials = &b->who;
	b->facts = (struct environment_facts){.service = &b->svc, .id = "1-1"};
	MUST(pipe2(ends, O_CLOEXEC) == 0);
	b->output = fd_raise(ends[0]);
	MUST(b->output >= FD_RESERVED);
	ends[1] = fd_raise(ends[1]);
	MUST(dup3(ends[1], FD_CONNECTION, O_CLOEXEC) == FD_CONNECTION);
	(void)close(ends[1]);
	MUST(fd_null(0) == 0);
	MUST(getrlimit(RLIMIT_NOFILE, &nofile) == 0);
	starter_init(&b->starter, &nofile);
}

static struct start_plan *
plan_for(struct bench *b, const char *const *argv)
{
	struct start_plan *p = start_take(&b->starter);

	MUST(p != NULL);
	p->path = argv[0];
	p->argv = (char *const *)argv;
	p->directory = "/";
	p->umask = 022;
	p->stdio[0] = 0;
	p->stdio[1] = FD_CONNECTION;
	p->stdio[2] = 0;
	MUST(environment_build(&p->environment, &b->facts) == 0);
	return p;
}

static int
reap(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0) == pid);
	return status;
}

static void
read_output(struct bench *b, char *text, size_t size)
{
	size_t n = 0;
	ssize_t r;

	(void)close(FD_CONNECTION);
	while ((r = read(b->output, text + n, size - 1 - n)) > 0)
		n += (size_t)r;
	MUST(r == 0);
	text[n] = '\0';
}

static int
runs_the_command_with_its_words(void)
{
	static const char *const argv[] = {
	    "/bin/sh", "-c", "echo \"$0 $1 $SUPERD_SERVICE\"", "zero", "one", NULL};
	struct bench b;
	char text[128];
	enum start_step step;
	struct start_plan *p;
	int error;
	pid_t pid;

	bench_init(&b);
	p = plan_for(&b, argv);
	pid = start_run(&b.starter, p);
	MUST(pid > 0);
	read_output(&b, text, sizeof(text));
	MUST(strcmp(text, "zero one s\n") == 0);
	MUST(reap(pid) == 0);
	MUST(!start_outcome(&b.starter, p, pid, &step, &error));
	starter_fini(&b.starter);
	return CHILD_OK;
}

Test(start, runs_the_command_with_its_words, .timeout = 30)
{
	child_run(runs_the_command_with_its_words);
}

/* Failing starts: what is wrong with the plan, and what it must lead to. */
static void
wrong_path(struct start_plan *p)
{
	p->path = "/nonexistent/command";
}

static void
not_executable(struct start_plan *p)
{
	p->path = "/etc/passwd";
}

static void
wrong_directory(struct start_plan *p)
{
	p->directory = "/nonexistent";
}

static void
closed_descriptor(struct start_plan *p)
{
	p->stdio[1] = FD_RESERVED - 1;
}

static void
wrong_oom(struct start_plan *p)
{
	strcpy(p->oom_score_adj, "x");
}

static const struct {
	void (*spoil)(struct start_plan *p);
	enum start_step step;
	int error, status;
} failures[] = {
    {wrong_path, START_EXEC, ENOENT, START_EXIT_MISSING},
    {not_executable, START_EXEC, EACCES, START_EXIT_CANNOT},
    {wrong_directory, START_DIRECTORY, ENOENT, START_EXIT_CANNOT},
    {closed_descriptor, START_STDIO, EBADF, START_EXIT_CANNOT},
    {wrong_oom, START_OOM, EINVAL, START_EXIT_CANNOT},
};

static int
a_failing_step_is_named(void)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct bench b;
	struct start_plan *p;
	enum start_step step;
	int error, status;
	size_t i;
	pid_t pid;

	bench_init(&b);
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		p = plan_for(&b, argv);
		failures[i].spoil(p);
		pid = start_run(&b.starter, p);
		MUST(pid > 0);
		status = reap(pid);
		MUST(WIFEXITED(status));
		MUST(WEXITSTATUS(status) == failures[i].status);
		MUST(start_outcome(&b.starter, p, pid, &step, &error));
		MUST(step == failures[i].step);
		MUST(error == failures[i].error);
	}
	starter_fini(&b.starter);
	return CHILD_OK;
}

Test(start, a_failing_step_is_named, .timeout = 30)
{
	child_run(a_failing_step_is_named);
}

static int
identity_is_taken_on_and_cannot_be_given_back(void)
{
	static const char *const argv[] = {
	    "/bin/sh", "-c", "grep -E '^(Uid|Gid|Groups):' /proc/self/status", NULL};
	gid_t groups[] = {60001, 60002};
	struct bench b;
	struct start_plan *p;
	char text[256];
	pid_t pid;

	if (geteuid() != 0)
		SKIP("needs root: takes on another uid");
	bench_init(&b);
	b.who.uid = 60000;
	b.who.gid = 60003;
	b.who.groups = groups;
	b.who.ngroups = 2;
	p = plan_for(&b, argv);
	p->who = &b.who;
	pid = start_run(&b.starter, p);
	MUST(pid > 0);
	read_output(&b, text, sizeof(text));
	MUST(strstr(text, "Uid:\t60000\t60000\t60000\t60000\n") != NULL);
	MUST(strstr(text, "Gid:\t60003\t60003\t60003\t60003\n") != NULL);
	MUST(strstr(text, "Groups:\t60001 60002 \n") != NULL);
	MUST(reap(pid) == 0);
	return CHILD_OK;
}

Test(start, identity_is_taken_on_and_cannot_be_given_back, .timeout = 30)
{
	child_run(identity_is_taken_on_and_cannot_be_given_back);
}

static int
only_the_standard_descriptors_are_open(void)
{
	static const char *const argv[] = {
	    "/bin/sh", "-c", "for f in /proc/self/fd/*; do echo ${f##*/}; done", NULL};
	struct bench b;
	struct start_plan *p;
	char text[256];
	pid_t pid;

	bench_init(&b);
	MUST(dup(0) >= 0);
	MUST(fcntl(0, F_DUPFD_CLOEXEC, 7) >= 0);
	MUST(fcntl(0, F_DUPFD, 100) >= 100);
	MUST(fcntl(FD_STDERR, F_SETFD, FD_CLOEXEC) == 0);
	p = plan_for(&b, argv);
	pid = start_run(&b.starter, p);
	MUST(pid > 0);
	MUST(fcntl(100, F_GETFD) >= 0);
	read_output(&b, text, sizeof(text));
	/* The shell holds its directory while it lists. */
	MUST(strcmp(text, "0\n1\n2\n3\n") == 0);
	MUST(reap(pid) == 0);
	return CHILD_OK;
}

Test(start, only_the_standard_descriptors_are_open, .timeout = 30)
{
	child_run(only_the_standard_descriptors_are_open);
}

static int
all_sockets_stand_from_three_on(void)
{
	static const char *const argv[] = {"/bin/sh", "-c",
	    "echo $LISTEN_FDS $LISTEN_FDNAMES; test $LISTEN_PID = $$ && echo mine; "
	    "for f in 3 4 5 6 7 8 9 10 11 12 13 14; do readlink /proc/$$/fd/$f; done",
	    NULL};
	enum { SOCKETS = 12 };
	struct bench b;
	struct start_plan *p;
	char text[1024], path[32], *line;
	int fds[SOCKETS], i;
	pid_t pid;

	bench_init(&b);
	/* Each its own file, opened so that sources and destinations overlap. */
	for (i = 0; i < SOCKETS; i++) {
		(void)snprintf(path, sizeof(path), "/tmp/superd-XXXXXX");
		fds[i] = fd_raise(mkstemp(path));
		MUST(fds[i] >= FD_RESERVED);
		(void)unlink(path);
	}
	b.facts.nsockets = SOCKETS;
	b.facts.socket_names = "a:b";
	p = plan_for(&b, argv);
	p->sockets = fds;
	p->nsockets = SOCKETS;
	p->moved = calloc(SOCKETS, sizeof(int));
	p->stdio[1] = FD_CONNECTION;
	pid = start_run(&b.starter, p);
	MUST(pid > 0);
	read_output(&b, text, sizeof(text));
	line = strtok(text, "\n");
	MUST(strcmp(line, "12 a:b") == 0);
	MUST(strcmp(strtok(NULL, "\n"), "mine") == 0);
	for (i = 0; i < SOCKETS; i++) {
		char link[128] = "", name[64];

		(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fds[i]);
		MUST(readlink(name, link, sizeof(link) - 1) > 0);
		MUST(strcmp(strtok(NULL, "\n"), link) == 0);
	}
	MUST(reap(pid) == 0);
	return CHILD_OK;
}

Test(start, all_sockets_stand_from_three_on, .timeout = 30)
{
	child_run(all_sockets_stand_from_three_on);
}

static int
plans_are_used_again_after_the_exec(void)
{
	static const char *const argv[] = {"/bin/cat", NULL};
	struct bench b;
	struct start_plan *p, *first = NULL;
	int i, same = 0, ends[2];
	pid_t pids[3];

	bench_init(&b);
	MUST(pipe2(ends, O_CLOEXEC) == 0);
	MUST(dup3(ends[0], FD_STDERR + 2, O_CLOEXEC) == FD_STDERR + 2);
	for (i = 0; i < 3; i++) {
		p = plan_for(&b, argv);
		if (first == NULL)
			first = p;
		same += p == first;
		p->stdio[0] = FD_STDERR + 2;
		pids[i] = start_run(&b.starter, p);
		MUST(pids[i] > 0);
		while (atomic_load(&p->tid) != 0)
			(void)sched_yield();
	}
	MUST(same == 3);
	for (i = 0; i < 3; i++)
		MUST(kill(pids[i], SIGKILL) == 0);
	for (i = 0; i < 3; i++)
		MUST(WIFSIGNALED(reap(pids[i])));
	return CHILD_OK;
}

Test(start, plans_are_used_again_after_the_exec, .timeout = 30)
{
	child_run(plans_are_used_again_after_the_exec);
}

static int
a_child_killed_early_does_not_hold_the_starter(void)
{
	static const char *const argv[] = {"/bin/true", NULL};
	struct bench b;
	struct start_plan *p;
	enum start_step step;
	int error, i;
	pid_t pid;

	bench_init(&b);
	for (i = 0; i < 200; i++) {
		p = plan_for(&b, argv);
		pid = start_run(&b.starter, p);
		MUST(pid > 0);
		(void)kill(pid, SIGKILL);
		(void)reap(pid);
		MUST(!start_outcome(&b.starter, p, pid, &step, &error));
	}
	starter_fini(&b.starter);
	return CHILD_OK;
}

Test(start, a_child_killed_early_does_not_hold_the_starter, .timeout = 30)
{
	child_run(a_child_killed_early_does_not_hold_the_starter);
}
