/* Who may come in, and how much: access lists, limits, sensors and bans. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(gate);

enum { PORT = 7600 };

static char text[4096];

/* "service NAME" with TCP on that port, whose handler says its name and goes, or holds. */
static void
service(struct daemon *d, const char *name, unsigned port, const char *verb, const char *options)
{
	daemon_service(d, name, "listen = \"%u/tcp\"\ncommand = { \"%s\", %s, %s }\n%s", port,
	    daemon_tool(d, "stream"), verb, name, options);
}

static bool
says(int fd, const char *what)
{
	bool said = read_until(fd, text, sizeof(text), what, LONG);

	return said;
}

/* The end of the stream, or a reset, with nothing before. */
static bool
is_refused(int fd)
{
	ssize_t n = read_eof(fd, text, sizeof(text), LONG);

	close(fd);
	return n == 0 || n == -ECONNRESET;
}

static bool
is_served(const char *source, unsigned port, const char *name)
{
	int fd = tcp_from(source, "127.0.0.1", port);
	bool said = says(fd, name);

	close(fd);
	return said;
}

Test(gate, longest_prefix)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	service(d, "a", PORT, "name",
	    "access { allow = { 127.0.0.0/24, 127.0.1.5 } deny = { 127.0.0.128/25, 127.0.1.5 } }");
	daemon_start(d);
	cr_expect(is_served("127.0.0.9", PORT, "a"));
	cr_expect(is_refused(tcp_from("127.0.0.200", "127.0.0.1", PORT)));
	cr_expect(is_refused(tcp_from("127.0.2.1", "127.0.0.1", PORT)), "no match of allow");
	cr_expect(is_refused(tcp_from("127.0.1.5", "127.0.0.1", PORT)), "a tie is a refusal");
	LOG_EXPECT(d, text, "@refused", "service=a", "reason=denied");
	cr_expect_eq(log_count(d, "@refused", NULL), 1, "repeats are counted");
	cr_expect_eq(log_count(d, "@start", NULL), 1);
	daemon_stop(d);
}

Test(gate, deny_banner_and_accept_banner)
{
	struct daemon *d;
	int fd;

	NEED_NETWORK();
	d = daemon_new();
	daemon_file(d, "no", "go away\r\n");
	daemon_file(d, "yes", "welcome\r\n");
	snprintf(text, sizeof(text),
	    "access { deny = 127.0.0.5 }\nbanner { deny = \"%s\" accept = \"%s\" }",
	    daemon_path(d, "no"), daemon_path(d, "yes"));
	service(d, "a", PORT, "name", text);
	daemon_start(d);
	fd = tcp_from("127.0.0.5", "127.0.0.1", PORT);
	cr_expect(says(fd, "go away"));
	close(fd);
	fd = tcp_from("127.0.0.6", "127.0.0.1", PORT);
	cr_expect(says(fd, "welcome\r\na"));
	close(fd);
	daemon_stop(d);
}

Test(gate, hours)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	service(d, "never", PORT, "name", "access { hours = \"00:00-00:00\" }");
	d->options[0] = "-t";
	cr_expect_eq(daemon_run(d), 1);
	d->options[0] = NULL;
	/* Every minute but the ones of one hour on the other side of the day. */
	service(d, "never", PORT, "name",
	    "access { hours = { \"00:00-24:00\" } source_ports = \"0-1023\" }");
	daemon_start(d);
	cr_expect(is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT)), "of a high port");
	LOG_EXPECT(d, text, "@refused", "reason=source-port");
	daemon_stop(d);
}

/* The Nth is served, the next is not, for each kind of limit; all heal. */
Test(gate, per_source)
{
	struct daemon *d;
	int fd[3], i;

	NEED_NETWORK();
	d = daemon_new();
	service(d, "a", PORT, "hold", "limits { instances = 10 per_source = 3 }");
	daemon_start(d);
	for (i = 0; i < 3; i++) {
		fd[i] = tcp_from("127.0.0.9", "127.0.0.1", PORT);
		cr_expect(says(fd[i], "held"), "%d", i);
	}
	cr_expect(is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT)), "the fourth");
	LOG_EXPECT(d, text, "@refused", "reason=per-source");
	i = tcp_from("127.0.0.10", "127.0.0.1", PORT);
	cr_expect(says(i, "held"), "another source");
	close(fd[1]);
	LOG_EXPECT(d, text, "@end");
	fd[1] = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect(says(fd[1], "held"), "a slot that came back");
	daemon_stop(d);
}

Test(gate, a_prefix_of_ipv6_is_one_source)
{
	struct daemon *d;
	int fd[2];

	NEED_ROOT();
	NEED_NETWORK();
	cr_assert_eq(system("ip -6 route add local 2001:db8::/32 dev lo"), 0);
	d = daemon_new();
	service(d, "a", PORT, "hold", "limits { instances = 10 per_source = 1 }");
	daemon_start(d);
	fd[0] = tcp_from("2001:db8:0:1::1", "2001:db8:ffff::1", PORT);
	cr_expect(says(fd[0], "held"));
	cr_expect(is_refused(tcp_from("2001:db8:0:1:ffff::2", "2001:db8:ffff::1", PORT)));
	fd[1] = tcp_from("2001:db8:0:2::1", "2001:db8:ffff::1", PORT);
	cr_expect(says(fd[1], "held"), "another /64");
	daemon_stop(d);
}

Test(gate, overflow)
{
	struct daemon *d;
	int fd[3];

	NEED_NETWORK();
	d = daemon_new();
	service(d, "queue", PORT, "hold", "limits { instances = 2 per_source = 9 }");
	service(d, "refuse", PORT + 1, "hold",
	    "limits { instances = 2 per_source = 9 overflow = refuse }");
	service(d, "none", PORT + 2, "hold", "limits { instances = 0 overflow = refuse }");
	daemon_start(d);
	fd[0] = tcp_connect("127.0.0.1", PORT);
	fd[1] = tcp_connect("127.0.0.1", PORT);
	cr_expect(says(fd[0], "held") && says(fd[1], "held"));
	fd[2] = tcp_connect("127.0.0.1", PORT);
	cr_expect_not(readable(fd[2], BRIEF), "it waits");
	close(fd[0]);
	cr_expect(says(fd[2], "held"), "and is served");
	fd[0] = tcp_connect("127.0.0.1", PORT + 1);
	cr_expect(says(fd[0], "held"));
	cr_expect(says(tcp_connect("127.0.0.1", PORT + 1), "held"));
	cr_expect(is_refused(tcp_connect("127.0.0.1", PORT + 1)));
	LOG_EXPECT(d, text, "@refused", "service=refuse", "reason=instances");
	close(fd[0]);
	LOG_EXPECT(d, text, "@end", "service=refuse");
	cr_expect(says(tcp_connect("127.0.0.1", PORT + 1), "held"));
	cr_expect(is_refused(tcp_connect("127.0.0.1", PORT + 2)));
	daemon_stop(d);
}

Test(gate, rate_throttles_and_recovers)
{
	struct daemon *d;
	long long start;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	service(d, "slow", PORT, "name", "limits { rate = 10/s burst = 2 }");
	service(d, "source", PORT + 1, "name", "limits { per_source_rate = 2/h }");
	daemon_start(d);
	start = now_ms();
	for (i = 0; i < 7; i++)
		cr_expect(is_served("127.0.0.9", PORT, "slow"), "%d", i);
	cr_expect_geq(now_ms() - start, 400, "two at once, then one in 100 ms");
	cr_expect(is_served("127.0.0.9", PORT + 1, "source"));
	cr_expect(is_served("127.0.0.9", PORT + 1, "source"));
	cr_expect(is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT + 1)));
	cr_expect(is_served("127.0.0.10", PORT + 1, "source"));
	LOG_EXPECT(d, text, "@refused", "reason=source-rate");
	daemon_stop(d);
}

Test(gate, of_the_whole_daemon)
{
	struct daemon *d;
	int fd[4];

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "limits { instances = 3 per_source = 9 minimum = 1 }");
	service(d, "busy", PORT, "hold", "");
	service(d, "quiet", PORT + 1, "hold", "");
	daemon_start(d);
	fd[0] = tcp_connect("127.0.0.1", PORT);
	fd[1] = tcp_connect("127.0.0.1", PORT);
	cr_expect(says(fd[0], "held") && says(fd[1], "held"));
	fd[2] = tcp_connect("127.0.0.1", PORT);
	cr_expect_not(readable(fd[2], BRIEF), "the last place is kept for the other");
	fd[3] = tcp_connect("127.0.0.1", PORT + 1);
	cr_expect(says(fd[3], "held"));
	close(fd[0]);
	cr_expect(says(fd[2], "held"));
	daemon_stop(d);
}

/* It starts nothing: no place waits for it. */
Test(gate, no_place_is_kept_for_a_sensor)
{
	struct daemon *d;
	int fd[2];

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "limits { instances = 2 minimum = 1 }");
	service(d, "a", PORT, "hold", "");
	daemon_file(d, "services.d/sensor.conf",
	    "service sensor { listen = \"%d/tcp\" builtin = sensor }", PORT + 1);
	daemon_start(d);
	fd[0] = tcp_connect("127.0.0.1", PORT);
	fd[1] = tcp_connect("127.0.0.1", PORT);
	cr_expect(says(fd[0], "held"));
	cr_expect(says(fd[1], "held"), "the second of two");
	daemon_stop(d);
}

Test(gate, sensors_ban_from_every_service)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 9 sensor = 5 ban = 2 }");
	service(d, "a", PORT, "name", "");
	daemon_file(d, "services.d/sensor.conf",
	    "service sensor { listen = { \"%d-%d/tcp\", \"%d/udp\" } builtin = sensor }", PORT,
	    PORT + 9, PORT + 9);
	daemon_start(d);
	cr_expect(is_served("127.0.0.66", PORT, "a"), "the sensor leaves it its port");
	cr_expect(is_refused(tcp_from("127.0.0.66", "127.0.0.1", PORT + 1)));
	cr_expect(is_served("127.0.0.66", PORT, "a"), "one touch");
	/* Datagrams can be forged: they ban nobody. */
	for (i = 0; i < 9; i++)
		send_text(udp_from("127.0.0.77", "127.0.0.1", PORT + 9), "x");
	cr_expect(is_refused(tcp_from("127.0.0.66", "127.0.0.1", PORT + 2)));
	LOG_EXPECT(d, text, "@banned", "prefix=127.0.0.66/32");
	cr_expect(is_refused(tcp_from("127.0.0.66", "127.0.0.1", PORT)), "now it is banned");
	cr_expect(is_served("127.0.0.77", PORT, "a"));
	cr_expect(is_served("127.0.0.67", PORT, "a"));
	LOG_EXPECT(d, text, "@ban over", "prefix=127.0.0.66/32");
	cr_expect(is_served("127.0.0.66", PORT, "a"), "it is over");
	/* The host's own address is exempt. */
	for (i = 0; i < 5; i++)
		cr_expect(is_refused(tcp_from("127.0.0.1", "127.0.0.1", PORT + 2)));
	cr_expect(is_served("127.0.0.1", PORT, "a"));
	daemon_stop(d);
}

Test(gate, users_of_unix_peers)
{
	struct daemon *d;
	const char *path;
	int status, fd;
	pid_t pid;

	NEED_ROOT();
	d = daemon_new();
	path = daemon_path(d, "out/s");
	daemon_service(d, "u",
	    "listen = \"unix:%s/s.sock\"\ncommand = { \"%s\", name, u }\n"
	    "access { users = 54321 groups = 54400 }",
	    d->dir, daemon_tool(d, "stream"));
	path = daemon_path(d, "s.sock");
	daemon_start(d);
	cr_expect(is_refused(unix_connect(path, SOCK_STREAM)), "root is not among them");
	pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(54321, 54321, 54321) < 0 ||
		    setresuid(54321, 54321, 54321) < 0)
			_exit(3);
		fd = unix_connect(path, SOCK_STREAM);
		_exit(says(fd, "u") ? 0 : 1);
	}
	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_expect_eq(status, 0);
	LOG_EXPECT(d, text, "@refused", "reason=user");
	daemon_stop(d);
}
