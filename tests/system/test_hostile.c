/* What a handler's user or its file system can do must not delay another service. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "hungfs.h"
#include "peer.h"
#include "procfs.h"

enum {
	VICTIM = 54327,
	STARTS = 3000,
	TRAPS = 12,
	SLOW = 500, /* ms: no connection to the other service takes as long */
};

static struct hungfs fs;
static pid_t storm, init;
static int host = -1; /* the namespace before own_processes */

/*
 * A pid namespace for all processes that this one makes from now on: what they signal by kill(-1)
 * can be no one else's. Its first process does nothing, and all end with it. False: not possible.
 */
static bool
own_processes(void)
{
	host = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (host < 0 || unshare(CLONE_NEWPID) < 0)
		return false;
	init = fork();
	cr_assert(init >= 0);
	if (init == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return true;
}

/* Stops every process of the victim's uid in its pid namespace, but itself. */
static pid_t
start_storm(void)
{
	pid_t pid = fork();
	long long until;

	cr_assert(pid >= 0);
	if (pid != 0)
		return pid;
	if (setresgid(VICTIM, VICTIM, VICTIM) < 0 || setresuid(VICTIM, VICTIM, VICTIM) < 0)
		_exit(1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* In a namespace of its own its parent is none of its processes. */
	if (getppid() != 0)
		_exit(1);
	until = now_ms() + 100000;
	do
		(void)kill(-1, SIGSTOP);
	while (now_ms() < until);
	_exit(0);
}

/* Whom the storm has hit stays in its slot for ever. */
static void
kill_stopped(pid_t superd)
{
	pid_t v[128];
	size_t i, n = proc_children(superd, v, 128);

	for (i = 0; i < n; i++) {
		if (proc_state(v[i]) == 'T')
			(void)kill(v[i], SIGKILL);
	}
}

static void
fini(void)
{
	hungfs_stop(&fs);
	if (storm > 0) {
		(void)kill(storm, SIGKILL);
		(void)waitpid(storm, NULL, 0);
	}
	harness_fini();
	/* A leak check at the end starts a process as well. */
	if (init > 0)
		(void)setns(host, CLONE_NEWPID);
}

TestSuite(hostile, .init = harness_init, .fini = fini, .timeout = 120);

static long long
ask_other(unsigned port)
{
	long long before = now_ms();
	char text[64];

	cr_assert(ask_tcp("127.0.0.1", port, text, sizeof(text)) == 6, "%s", text);
	return now_ms() - before;
}

Test(hostile, stopped_by_its_user_before_exec)
{
	struct daemon *d;
	unsigned port, other;
	long long worst = 0, took;
	int i, fd;

	NEED_ROOT();
	if (!own_processes())
		cr_skip_test("needs a pid namespace");
	d = daemon_new();
	daemon_service(d, "victim",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, victim }\nuser = \"%d\"\n"
	    "limits { instances = 50 per_source = 50 }",
	    daemon_tool(d, "stream"), VICTIM);
	daemon_service(d, "other",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, other }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "victim", "");
	other = daemon_port(d, "other", "");
	storm = start_storm();
	for (i = 0; i < STARTS; i++) {
		fd = tcp_connect("127.0.0.1", port);
		close(fd);
		if (i % 10 == 0) {
			took = ask_other(other);
			worst = took > worst ? took : worst;
		}
		if (i % 20 == 19)
			kill_stopped(d->pid);
	}
	cr_expect_eq(waitpid(storm, NULL, WNOHANG), 0, "the storm was over too early");
	cr_expect_lt(worst, SLOW, "a connection to the other service took %lld ms", worst);
	cr_expect_geq(
	    log_count(d, "@start", "service=victim", NULL), 200, "the trial proves little");
	(void)kill(storm, SIGKILL);
	(void)waitpid(storm, NULL, 0);
	storm = 0;
	kill_stopped(d->pid);
	daemon_stop(d);
}

/* Of what is left of a handler two processes try to have superd wait in accept(2). */
Test(hostile, a_socket_that_others_have_as_well)
{
	struct daemon *d = daemon_new();
	const char *starts = daemon_path(d, "out/starts"), *serve = daemon_path(d, "out/serve");
	long long worst = 0, took;
	unsigned port, other;
	char text[64];
	int i, fd;

	daemon_service(d, "trap",
	    "listen = \"127.0.0.1:0/tcp\"\nwait = true\ncommand = { \"%s\", trap, \"%s\", \"%s\", "
	    "\"%s\" }",
	    daemon_tool(d, "listener"), starts, serve, daemon_path(d, "out/laid"));
	daemon_service(d, "other",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, other }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "trap", "");
	other = daemon_port(d, "other", "");
	for (i = 0; i < TRAPS; i++) {
		fd = tcp_connect("127.0.0.1", port);
		cr_assert(readable(fd, LONG), "%d: neither served nor dropped", i);
		close(fd);
		took = ask_other(other);
		worst = took > worst ? took : worst;
		/* One that is served ends the row of failures, and the pauses are short again. */
		close(open(serve, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
		fd = tcp_connect("127.0.0.1", port);
		cr_expect(read_eof(fd, text, sizeof(text), LONG) > 0, "%d: not served", i);
		close(fd);
		cr_assert(unlink(serve) == 0);
		cr_assert(WAIT(LONG, log_count(d, "trap", "serve again", NULL) == (size_t)i + 1));
	}
	cr_expect_lt(worst, SLOW, "a connection to the other service took %lld ms", worst);
	cr_expect_geq(file_lines(starts), 6 * TRAPS, "the trial proves little");
	daemon_stop(d);
}

Test(hostile, command_on_a_file_system_that_hangs)
{
	struct daemon *d;
	char command[128];
	const char *path;
	unsigned port, other;
	long long worst = 0, took;
	int fd[5], i, r;
	char text[64];

	NEED_ROOT();
	d = daemon_new();
	path = daemon_path(d, "mount");
	cr_assert(mkdir(path, 0755) == 0);
	r = mounts_private();
	cr_assert(r == 0, "%s", strerror(-r));
	r = hungfs_start(&fs, path);
	if (r == -ENOENT || r == -ENODEV || r == -EPERM || r == -ENXIO)
		cr_skip_test("there is no FUSE here: %s", strerror(-r));
	cr_assert(r == 0, "%s", strerror(-r));
	snprintf(command, sizeof(command), "%s/command", path);
	daemon_service(d, "hung", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"", command);
	daemon_service(d, "other",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, other }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	port = daemon_port(d, "hung", "");
	other = daemon_port(d, "other", "");
	for (i = 0; i < 5; i++) {
		fd[i] = tcp_connect("127.0.0.1", port);
		took = ask_other(other);
		worst = took > worst ? took : worst;
	}
	LOG_EXPECT(d, NULL, "@start", "service=hung");
	for (i = 0; i < 100; i++) {
		took = ask_other(other);
		worst = took > worst ? took : worst;
	}
	cr_expect_lt(worst, SLOW, "a connection to the other service took %lld ms", worst);
	cr_expect_not(readable(fd[0], 0), "the command does not hang");
	hungfs_stop(&fs);
	for (i = 0; i < 5; i++)
		cr_expect(read_eof(fd[i], text, sizeof(text), LONG) <= 0);
	LOG_EXPECT(d, NULL, "hung", "exec", command);
	LOG_EXPECT(d, NULL, "@end", "service=hung", "status=exit:126");
	daemon_stop(d);
}
