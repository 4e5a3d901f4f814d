/* What a handler finds when it starts, for each way of being started: the contract, whatever superd
 * itself was started with. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(wiring);

static char facts[FACTS];

static void
expect_process(void)
{
	FACT(facts, "end", "1");
	FACT(facts, "ignored", "");
	FACT(facts, "blocked", "");
	FACT(facts, "pending", "");
	FACT(facts, "session_leader", "1");
	FACT(facts, "group_leader", "1");
	FACT(facts, "umask", "022");
	FACT(facts, "directory", "/");
	FACT(facts, "nice", "0");
	FACT(facts, "scheduler", "0");
	FACT(facts, "no_new_privs", "0");
	FACT(facts, "dumpable", "1");
	FACT(facts, "deathsig", "0");
	FACT(facts, "keepcaps", "0");
	FACT(facts, "rlimit7", "1000:4000");
}

static void
expect_socket(const char *fd, const char *type, const char *listens)
{
	char key[32];
	const char *const plain[] = {"nonblock", "async", "cloexec", "oobinline"};
	size_t i;

	FACT(facts, fd, "socket");
	for (i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "%s.%s", fd, plain[i]);
		FACT(facts, key, "0");
	}
	snprintf(key, sizeof(key), "%s.linger", fd);
	FACT(facts, key, "0:0");
	snprintf(key, sizeof(key), "%s.type", fd);
	FACT(facts, key, type);
	snprintf(key, sizeof(key), "%s.listens", fd);
	FACT(facts, key, listens);
}

static void
expect_one_socket(const char *type, const char *listens)
{
	FACT(facts, "descriptors", "0,1,2");
	expect_socket("fd0", type, listens);
	FACT(facts, "fd1.file", fact(facts, "fd0.file"));
	FACT(facts, "fd2.file", fact(facts, "fd0.file"));
	expect_process();
}

static void
load(const char *path)
{
	char *text;

	cr_assert(WAIT(LONG, file_exists(path)), "no %s", path);
	text = file_read(path);
	snprintf(facts, sizeof(facts), "%s", text);
	free(text);
}

static void
send_datagram(unsigned port)
{
	int fd = udp_connect("127.0.0.1", port);

	send_text(fd, "hello");
	close(fd);
}

/* The log in a file of its own: standard error may be closed. */
static struct daemon *
prepare_services(void)
{
	struct daemon *d = daemon_new();
	const char *probe = daemon_tool(d, "probe");

	snprintf(d->log, sizeof(d->log), "%s", daemon_path(d, "superd.log"));
	daemon_conf(d, "log { sink = file path = \"%s\" }", d->log);
	daemon_service(
	    d, "tcp", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", -- , x }", probe);
	daemon_service(d, "udp",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", -o, \"%s\", -r }", probe,
	    daemon_path(d, "out/udp"));
	daemon_service(d, "stream",
	    "listen = \"127.0.0.1:0/tcp\"\nwait = true\ncommand = { \"%s\", -o, \"%s\", -a }",
	    probe, daemon_path(d, "out/stream"));
	daemon_service(d, "all",
	    "listen = { \"127.0.0.1:0/tcp\", \"127.0.0.1:0/udp\" }\nwait = all\n"
	    "command = { \"%s\", -o, \"%s\", -l }",
	    probe, daemon_path(d, "out/all"));
	daemon_service(
	    d, "unix", "listen = \"unix:%s\"\ncommand = \"%s\"", daemon_path(d, "u.sock"), probe);
	return d;
}

Test(wiring, connection)
{
	struct daemon *d = prepare_services();

	daemon_start(d);
	ask_tcp("127.0.0.1", daemon_port(d, "tcp", ""), facts, sizeof(facts));
	expect_one_socket("1", "0");
	FACT(facts, "argc", "3");
	FACT(facts, "argv0", daemon_tool(d, "probe"));
	FACT(facts, "argv2", "x");
	FACT(facts, "comm", "probe");
	daemon_stop(d);
}

Test(wiring, unix_connection)
{
	struct daemon *d = prepare_services();
	int fd;

	daemon_start(d);
	fd = unix_connect(daemon_path(d, "u.sock"), SOCK_STREAM);
	cr_assert(read_eof(fd, facts, sizeof(facts), LONG) > 0);
	expect_one_socket("1", "0");
	FACT(facts, "fd0.domain", "1");
	daemon_stop(d);
}

Test(wiring, datagram_socket)
{
	struct daemon *d = prepare_services();

	daemon_start(d);
	send_datagram(daemon_port(d, "udp", ""));
	load(daemon_path(d, "out/udp"));
	expect_one_socket("2", "0");
	FACT(facts, "fd0.reuseaddr", "0");
	daemon_stop(d);
}

Test(wiring, listening_socket)
{
	struct daemon *d = prepare_services();

	daemon_start(d);
	ask_tcp("127.0.0.1", daemon_port(d, "stream", ""), facts, sizeof(facts));
	cr_expect_str_eq(facts, "accepted\n");
	load(daemon_path(d, "out/stream"));
	expect_one_socket("1", "1");
	daemon_stop(d);
}

Test(wiring, all_sockets)
{
	struct daemon *d = prepare_services();
	const char *names;

	daemon_conf(d, "pidfile = \"%s\"", daemon_path(d, "superd.pid"));
	daemon_start(d);
	send_datagram(daemon_port(d, "all", "udp"));
	load(daemon_path(d, "out/all"));
	FACT(facts, "descriptors", "0,1,2,3,4");
	FACT(facts, "fd0", "/dev/null");
	FACT(facts, "fd1", "/dev/null");
	FACT(facts, "fd2", "/dev/null");
	FACT(facts, "env.LISTEN_FDS", "2");
	FACT(facts, "env.LISTEN_PID", fact(facts, "pid"));
	names = fact(facts, "env.LISTEN_FDNAMES");
	cr_expect(names != NULL && strchr(names, ':') != NULL && strchr(names, ':')[1] != '\0',
	    "LISTEN_FDNAMES is %s", names != NULL ? names : "not there");
	expect_socket("fd3", "1", "1");
	expect_socket("fd4", "2", "0");
	expect_process();
	daemon_stop(d);
}

/* As nohup(1), a careless script and a bare init would start it. */
static void
start_dirty(struct daemon *d)
{
	const int stray[] = {3, 5, 9, 10, 11, 37, 100};
	int null = open("/dev/null", O_RDWR);
	sigset_t all_signals;
	size_t i;

	(void)d;
	signal(SIGHUP, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigfillset(&all_signals);
	sigprocmask(SIG_SETMASK, &all_signals, NULL);
	umask(077);
	for (i = 0; i < sizeof(stray) / sizeof(*stray); i++)
		(void)dup2(null, stray[i]);
	if (chdir("/tmp") < 0)
		_exit(123);
	close(0);
	close(1);
	close(2);
}

/* Lines that differ from one connection to the next say nothing. */
static char *
constant_part(const char *text)
{
	const char *const varies[] = {"pid=", "env.SUPERD_ID=", "env.TCPREMOTEPORT=",
	    "env.UDPREMOTEPORT=", "env.REMOTE_PORT=", "env.TCPLOCALPORT=", "env.UDPLOCALPORT=",
	    "env.LISTEN_PID=", "argv", "env.UNIXLOCALPATH=", "env.UNIXLOCALIP="};
	char *part = calloc(1, strlen(text) + 1), *to = part;
	const char *end;
	bool keep;
	size_t i;

	cr_assert(part != NULL);
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		keep = strncmp(text, "fd", 2) != 0 ||
		       memmem(text, (size_t)(end - text), ".file=", 6) == NULL;
		for (i = 0; i < sizeof(varies) / sizeof(*varies); i++)
			keep = keep && strncmp(text, varies[i], strlen(varies[i])) != 0;
		if (keep) {
			memcpy(to, text, (size_t)(end + 1 - text));
			to += end + 1 - text;
		}
	}
	return part;
}

static void
collect(void (*prepare)(struct daemon *), char **seen)
{
	struct daemon *d = prepare_services();
	int fd;

	d->prepare = prepare;
	daemon_start(d);
	ask_tcp("127.0.0.1", daemon_port(d, "tcp", ""), facts, sizeof(facts));
	seen[0] = constant_part(facts);
	send_datagram(daemon_port(d, "udp", ""));
	load(daemon_path(d, "out/udp"));
	seen[1] = constant_part(facts);
	ask_tcp("127.0.0.1", daemon_port(d, "stream", ""), facts, sizeof(facts));
	load(daemon_path(d, "out/stream"));
	seen[2] = constant_part(facts);
	send_datagram(daemon_port(d, "all", "udp"));
	load(daemon_path(d, "out/all"));
	seen[3] = constant_part(facts);
	fd = unix_connect(daemon_path(d, "u.sock"), SOCK_STREAM);
	cr_assert(read_eof(fd, facts, sizeof(facts), LONG) > 0);
	seen[4] = constant_part(facts);
	close(fd);
	daemon_stop(d);
}

Test(wiring, started_clean_or_dirty)
{
	char *clean[5], *dirty[5];
	size_t i;

	collect(NULL, clean);
	collect(start_dirty, dirty);
	for (i = 0; i < 5; i++) {
		cr_expect(strlen(clean[i]) > 500);
		cr_expect(strcmp(clean[i], dirty[i]) == 0, "%zu: clean:\n%s\ndirty:\n%s", i,
		    clean[i], dirty[i]);
		free(clean[i]);
		free(dirty[i]);
	}
}

Test(wiring, standard_error_to_nowhere)
{
	struct daemon *d = daemon_new();

	daemon_service(d, "quiet", "listen = \"127.0.0.1:0/tcp\"\nstderr = null\ncommand = \"%s\"",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	ask_tcp("127.0.0.1", daemon_port(d, "quiet", ""), facts, sizeof(facts));
	FACT(facts, "descriptors", "0,1,2");
	FACT(facts, "fd2", "/dev/null");
	FACT(facts, "fd2.cloexec", "0");
	FACT(facts, "fd1.file", fact(facts, "fd0.file"));
	daemon_stop(d);
}

Test(wiring, many_starts_leave_nothing_open)
{
	struct daemon *d = prepare_services();
	unsigned port, i;

	daemon_start(d);
	port = daemon_port(d, "tcp", "");
	for (i = 0; i < 50; i++) {
		ask_tcp("127.0.0.1", port, facts, sizeof(facts));
		FACT(facts, "descriptors", "0,1,2");
	}
	daemon_stop(d);
}
