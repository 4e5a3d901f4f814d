/* From start to end: readiness, signals, what is handed over and what is left alone. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(life);

enum { NOT_POSSIBLE = 99 }; /* exit code of what cannot be set up */

static char text[4096];

static void
stream_service(struct daemon *d, const char *name, const char *verb)
{
	daemon_service(d, name, "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", %s, %s }",
	    daemon_tool(d, "stream"), verb, name);
}

/* A connection to a service that holds it; the handler's pid, and its child's if it has one. */
static int
hold(struct daemon *d, const char *name, int *pid, int *child)
{
	int fd = tcp_connect("127.0.0.1", daemon_port(d, name, ""));

	cr_assert(read_until(fd, text, sizeof(text), "\n", LONG), "no handler");
	cr_assert(sscanf(text, "held %d %d", pid, child) >= 1);
	return fd;
}

Test(life, nothing_to_serve)
{
	struct daemon *d = daemon_new();

	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=0", "pending=0");
	daemon_stop(d);
	cr_expect(daemon_message(d, "STOPPING=1", LONG));
}

Test(life, ready_when_everything_is_bound)
{
	struct daemon *d = daemon_new();

	stream_service(d, "name", "name");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=1", "pending=0");
	ask_tcp("127.0.0.1", daemon_port(d, "name", ""), text, sizeof(text));
	cr_expect_str_eq(text, "name\n");
	cr_expect_not(daemon_message(d, "STOPPING=1", 0));
	daemon_stop(d);
	cr_expect(daemon_message(d, "STOPPING=1", LONG));
}

Test(life, watchdog)
{
	struct daemon *d = daemon_new();
	long long before = now_ms();

	d->variables[0] = "WATCHDOG_USEC=600000";
	daemon_start(d);
	cr_expect(daemon_message(d, "WATCHDOG=1\nWATCHDOG=1\nWATCHDOG=1", LONG), "%s", d->messages);
	cr_expect_lt(now_ms() - before, 3 * 600 + 1000);
	daemon_stop(d);
}

Test(life, no_watchdog_unless_asked)
{
	struct daemon *d = daemon_new();

	d->variables[0] = "WATCHDOG_USEC=200000";
	d->variables[1] = "WATCHDOG_PID=1";
	daemon_start(d);
	cr_expect_not(daemon_message(d, "WATCHDOG=1", BRIEF));
	daemon_stop(d);
}

static void
end_with_handlers(int signo)
{
	struct daemon *d = daemon_new();
	int fd, pid, child;
	unsigned port;

	stream_service(d, "hold", "hold");
	daemon_start(d);
	port = daemon_port(d, "hold", "");
	fd = hold(d, "hold", &pid, &child);
	cr_assert(kill(d->pid, signo) == 0);
	cr_assert_eq(daemon_wait(d, LONG), 0);
	daemon_check(d);
	cr_expect_not(proc_gone(pid), "the handler is gone as well");
	cr_expect_eq(tcp_try("127.0.0.1", port, LONG), -ECONNREFUSED);
	cr_expect_not(readable(fd, 0));
	close(fd);
	cr_expect(WAIT(LONG, proc_gone(pid)));
}

Test(life, sigterm_leaves_handlers_alone)
{
	end_with_handlers(SIGTERM);
}

Test(life, sigint_leaves_handlers_alone)
{
	end_with_handlers(SIGINT);
}

Test(life, sigquit_ends_the_groups_of_handlers)
{
	struct daemon *d = daemon_new();
	int fd, pid, child;
	long long before = now_ms();

	stream_service(d, "child", "child");
	daemon_start(d);
	fd = hold(d, "child", &pid, &child);
	cr_assert(kill(d->pid, SIGQUIT) == 0);
	cr_expect_eq(daemon_wait(d, LONG), 0);
	daemon_check(d);
	cr_expect_lt(now_ms() - before, 4000, "it waits for nobody");
	cr_expect(WAIT(LONG, proc_gone(pid) && proc_gone(child)));
	cr_expect_leq(read_eof(fd, text, sizeof(text), LONG), 0);
}

/* Also what is left of the group of one that has ended. */
Test(life, sigquit_kills_the_rest_of_a_group)
{
	struct daemon *d = daemon_new();
	int fd, pid, child;

	stream_service(d, "shielding", "shielding");
	daemon_start(d);
	fd = hold(d, "shielding", &pid, &child);
	cr_assert(kill(d->pid, SIGQUIT) == 0);
	cr_expect_eq(daemon_wait(d, LONG), 0);
	daemon_check(d);
	LOG_EXPECT(d, text, "@end", "status=signal:TERM");
	cr_expect(WAIT(LONG, proc_gone(pid) && proc_gone(child)));
	close(fd);
}

Test(life, sigquit_kills_after_five_seconds)
{
	struct daemon *d = daemon_new();
	int fd, pid, child;
	long long before;

	stream_service(d, "stubborn", "stubborn");
	daemon_start(d);
	fd = hold(d, "stubborn", &pid, &child);
	before = now_ms();
	cr_assert(kill(d->pid, SIGQUIT) == 0);
	cr_expect_eq(daemon_wait(d, LONG), 0);
	daemon_check(d);
	cr_expect(
	    now_ms() - before > 4500 && now_ms() - before < 8000, "%lld ms", now_ms() - before);
	cr_expect(WAIT(LONG, proc_gone(pid)));
	close(fd);
}

Test(life, sighup_is_not_honoured_yet)
{
	struct daemon *d = daemon_new();
	int fd, pid, child;

	stream_service(d, "hold", "hold");
	daemon_start(d);
	fd = hold(d, "hold", &pid, &child);
	cr_assert(kill(d->pid, SIGHUP) == 0);
	cr_expect(LOG_WAIT(d, LONG, NULL, "HUP"));
	close(hold(d, "hold", &pid, &child));
	cr_expect_not(readable(fd, 0));
	daemon_stop(d);
}

/* As systemd would: bound sockets from descriptor 3 on, for this process. */
static void
pass_sockets(struct daemon *d)
{
	const int type[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM};
	static char pid[32];
	int i, fd[3];

	for (i = 0; i < 3; i++)
		fd[i] = fcntl(bind_try("127.0.0.1", 7501 + (unsigned)i, type[i]), F_DUPFD, 50);
	for (i = 0; i < 3; i++) {
		if (fd[i] < 0 || dup2(fd[i], 3 + i) < 0)
			_exit(124);
		close(fd[i]);
	}
	snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
	d->variables[1] = pid;
}

Test(life, sockets_of_a_service_manager)
{
	struct daemon *d;
	const char *count;

	NEED_NETWORK();
	d = daemon_new();
	count = daemon_path(d, "out/count");
	d->prepare = pass_sockets;
	d->variables[0] = "LISTEN_FDS=3";
	daemon_service(d, "name",
	    "listen = \"127.0.0.1:7501/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
	daemon_service(d, "udp",
	    "listen = \"127.0.0.1:7502/udp\"\ncommand = { \"%s\", answer, \"%s\", \"\" }",
	    daemon_tool(d, "dgram"), count);
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=2", "pending=0");
	ask_tcp("127.0.0.1", 7501, text, sizeof(text));
	cr_expect_str_eq(text, "yes\n");
	cr_expect_eq(ask_udp("127.0.0.1", 7502, "x", text, sizeof(text), LONG), 1);
	cr_expect_eq(tcp_try("127.0.0.1", 7503, LONG), -ECONNREFUSED, "what nobody wanted is open");
	LOG_EXPECT(d, NULL, "7503");
	daemon_stop(d);
}

/* fs.suid_dumpable says what the file of the test says, for this daemon alone. */
static void
stand_in_for_suid_dumpable(struct daemon *d)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(daemon_path(d, "dumpable"), "/proc/sys/fs/suid_dumpable", NULL, MS_BIND, NULL) <
		0)
		_exit(NOT_POSSIBLE);
}

Test(life, no_start_while_handlers_could_look_into_it)
{
	struct daemon *d;
	int code;

	NEED_ROOT();
	d = daemon_new();
	d->prepare = stand_in_for_suid_dumpable;
	daemon_file(d, "dumpable", "1\n");
	code = daemon_run(d);
	if (code == NOT_POSSIBLE)
		cr_skip_test("needs a mount namespace");
	cr_expect_eq(code, 78);
	cr_expect(log_find(d, NULL, "fs.suid_dumpable is 1", NULL));
	daemon_file(d, "dumpable", "2\n");
	daemon_start(d);
	daemon_stop(d);
}

Test(life, pidfile)
{
	struct daemon *d = daemon_new(), *second = daemon_new();
	const char *path = daemon_path(d, "out/../superd.pid");
	char *content;

	daemon_conf(d, "pidfile = \"%s\"", path);
	stream_service(d, "name", "name");
	daemon_start(d);
	content = file_read(path);
	cr_assert(content != NULL);
	cr_expect_eq(atoi(content), d->pid, "%s", content);
	free(content);
	daemon_conf(second, "pidfile = \"%s\"", path);
	cr_expect_neq(daemon_run(second), 0);
	cr_expect(log_find(second, NULL, "superd.pid", NULL), "it does not say why");
	content = file_read(path);
	cr_expect(content != NULL && atoi(content) == d->pid, "the second has changed the file");
	free(content);
	ask_tcp("127.0.0.1", daemon_port(d, "name", ""), text, sizeof(text));
	cr_expect_str_eq(text, "name\n");
	daemon_stop(d);
	second->passed = true;
}

/* Of all that were left to this process: the daemon, its handlers, the writer of its log. */
static bool
all_are_in_the_root(void)
{
	char path[64], folder[1024];
	pid_t v[64];
	size_t i, n = proc_children(getpid(), v, 64);

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/cwd", (int)v[i]);
		if (readlink(path, folder, sizeof(folder)) != 1)
			return false;
	}
	return n >= 2;
}

Test(life, daemonized)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "superd.pid");
	char *content;
	pid_t pid;
	int fd;

	NEED_NETWORK();
	snprintf(d->log, sizeof(d->log), "%s", daemon_path(d, "superd.log"));
	daemon_conf(d, "pidfile = \"%s\"\nlog { sink = file path = \"%s\" }", path, d->log);
	daemon_service(d, "hold", "listen = \"127.0.0.1:7601/tcp\"\ncommand = { \"%s\", hold }",
	    daemon_tool(d, "stream"));
	d->options[0] = "-d";
	daemon_launch(d);
	cr_assert_eq(daemon_wait(d, LONG), 0);
	/* At once: it returns only when the sockets are bound. */
	fd = tcp_try("127.0.0.1", 7601, LONG);
	cr_assert(fd >= 0, "%s", strerror(-fd));
	cr_expect(read_until(fd, text, sizeof(text), "held", LONG));
	content = file_read(path);
	cr_assert(content != NULL);
	pid = (pid_t)atoi(content);
	free(content);
	cr_assert(pid > 1 && !proc_gone(pid));
	cr_expect_eq(
	    getsid(pid), getsid(0) == getsid(pid) ? -1 : getsid(pid), "still of our session");
	cr_expect(all_are_in_the_root(), "a folder is kept busy");
	d->pid = pid;
	daemon_stop(d);
}

Test(life, daemonizing_fails_with_the_reason)
{
	struct daemon *d = daemon_new();

	daemon_conf(d, "nonsense here");
	d->options[0] = "-d";
	d->wanted = 78;
	cr_expect_eq(daemon_run(d), 78);
	cr_expect(log_find(d, NULL, "superd.conf:", NULL));
}

/* With nowhere to say what goes on, it does not go on. */
Test(life, daemonizing_without_its_log_file)
{
	struct daemon *d = daemon_new();

	daemon_conf(d, "log { sink = file path = \"%s\" }", daemon_path(d, "none/log"));
	d->options[0] = "-d";
	cr_expect_eq(daemon_run(d), 73);
	cr_expect(log_find(d, NULL, "none/log", "No such file", NULL), "it does not say why");
}

static bool
has_title(pid_t pid, const char *words)
{
	char path[64], *title;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	title = file_read(path);
	ok = title != NULL && strncmp(title, "superd", 6) == 0 && strstr(title, words) != NULL;
	free(title);
	return ok;
}

Test(life, the_title_tells_the_state)
{
	struct daemon *d = daemon_new();
	int pid, child;

	stream_service(d, "hold", "hold");
	daemon_start(d);
	cr_expect(WAIT(LONG, has_title(d->pid, "0 running")));
	(void)hold(d, "hold", &pid, &child);
	cr_expect(WAIT(LONG, has_title(d->pid, "1 running")));
	daemon_stop(d);
}
