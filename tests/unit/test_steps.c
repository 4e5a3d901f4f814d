#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/signals.h"
#include "config/service.h"
#include "exec/start.h"
#include "process.h"

static struct starter starter;
static struct credentials who = {
    .name = (char *)"u", .home = (char *)"/", .shell = (char *)"/bin/sh"};
static struct service_conf svc = {.name = (char *)"s", .credentials = &who};

/* What `sh -c script` prints to the handler's standard output, started with what `change` makes of
 * the plan. */
static const char *
output_of(const char *script, void (*change)(struct start_plan *p))
{
	static char text[512];
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	const struct environment_facts facts = {.service = &svc, .id = "1-1"};
	struct start_plan *p;
	int ends[2], n = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0 || (ends[0] = fd_raise(ends[0])) < 0 ||
	    dup3(ends[1], FD_CONNECTION, O_CLOEXEC) < 0 || fd_null(0) < 0)
		return "(no pipe)";
	if (ends[1] != FD_CONNECTION)
		(void)close(ends[1]);
	p = start_take(&starter);
	p->path = argv[0];
	p->argv = (char *const *)argv;
	p->directory = "/";
	p->umask = 022;
	p->stdio[0] = 0;
	p->stdio[1] = p->stdio[2] = FD_CONNECTION;
	if (environment_build(&p->environment, &facts) < 0)
		return "(no memory)";
	if (change != NULL)
		change(p);
	pid = start_run(&starter, p);
	(void)close(FD_CONNECTION);
	while ((r = (int)read(ends[0], text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += r;
	text[n] = '\0';
	(void)close(ends[0]);
	(void)waitpid(pid, NULL, 0);
	return text;
}

static void
with_umask(struct start_plan *p)
{
	p->umask = 0137;
}

static void
in_usr(struct start_plan *p)
{
	p->directory = "/usr";
}

static void
nicer(struct start_plan *p)
{
	p->nice = 5;
}

static void
killed_first(struct start_plan *p)
{
	(void)snprintf(p->oom_score_adj, sizeof(p->oom_score_adj), "%d", 777);
}

static int
attributes(void)
{
	struct rlimit before;

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	starter_init(&starter, &before);
	CHECK(strcmp(output_of("umask", with_umask), "0137\n") == 0);
	CHECK(strcmp(output_of("umask", NULL), "0022\n") == 0);
	CHECK(strcmp(output_of("pwd", in_usr), "/usr\n") == 0);
	CHECK(setpriority(PRIO_PROCESS, 0, 3) == 0);
	CHECK(strcmp(output_of("nice", NULL), "3\n") == 0);
	CHECK(strcmp(output_of("nice", nicer), "8\n") == 0);
	CHECK(strcmp(output_of("cat /proc/self/oom_score_adj", killed_first), "777\n") == 0);
	CHECK(strcmp(output_of("read -r pid rest </proc/self/stat; set -- $rest; "
			       "test $pid = $4 && test $pid = $5 && echo leader",
			 NULL),
		  "leader\n") == 0);
	return CHILD_OK;
}

Test(steps, attributes_are_the_plan_s, .timeout = 30)
{
	child_run(attributes);
}

static int
limits(void)
{
	struct rlimit before;
	char expected[64];

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	before.rlim_cur = 123;
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(fd_raise_limit(&before) == 0 && before.rlim_cur == 123);
	starter_init(&starter, &before);
	(void)snprintf(
	    expected, sizeof(expected), "123 %llu\n", (unsigned long long)before.rlim_max);
	CHECK(strcmp(output_of("echo $(ulimit -Sn) $(ulimit -Hn)", NULL), expected) == 0);
	return CHILD_OK;
}

Test(steps, the_limit_of_descriptors_is_the_one_before_it_was_raised, .timeout = 30)
{
	child_run(limits);
}

static int
signal_state(void)
{
	struct rlimit before;

	/* As nohup(1) and a careless parent leave it. */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	CHECK(signals_init() >= 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	starter_init(&starter, &before);
	CHECK(strcmp(output_of(
			 "grep -E '^Sig(Blk|Ign|Pnd)' /proc/self/status | cut -f2 | sort -u", NULL),
		  "0000000000000000\n") == 0);
	return CHILD_OK;
}

Test(steps, no_signal_is_blocked_or_ignored, .timeout = 30)
{
	child_run(signal_state);
}
