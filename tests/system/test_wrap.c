/* Connections that wait for libwrap's worker, which may die and hang. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "hosts.h"
#include "peer.h"

SUITE(wrap);

enum { PORT = 7650 };

static char text[4096];

static bool
has_other_worker(struct daemon *d, pid_t old)
{
	pid_t pid = hosts_worker(d);

	return pid != 0 && pid != old;
}

Test(wrap, a_worker_that_dies_is_replaced)
{
	struct daemon *d;
	pid_t first;
	int fd;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5\n", "ALL: ALL\n");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	first = hosts_worker(d);
	cr_assert(first > 0);
	cr_assert_eq(kill(first, SIGSTOP), 0);
	fd = tcp_from("127.0.0.5", "127.0.0.1", PORT);
	cr_expect_not(readable(fd, BRIEF));
	cr_assert_eq(kill(first, SIGKILL), 0);
	cr_expect(read_until(fd, text, sizeof(text), "one", LONG), "the next worker is asked");
	close(fd);
	cr_expect(has_other_worker(d, first));
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	cr_expect(hosts_refused(tcp_from("127.0.0.6", "127.0.0.1", PORT), LONG));
	daemon_stop(d);
}

/* As on a file system that does not answer. */
Test(wrap, a_worker_that_hangs_is_replaced)
{
	struct daemon *d;
	pid_t first;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5\n", "ALL: ALL\n");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	first = hosts_worker(d);
	cr_assert(first > 0 && kill(first, SIGSTOP) == 0);
	cr_expect(hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT), 15000));
	cr_expect_eq(hosts_worker(d), first, "it may be slow");
	cr_assert(LOG_WAIT(d, 3 * LONG, text, "worker libwrap", "no answer for 30 seconds"));
	cr_expect(WAIT(LONG, has_other_worker(d, first)));
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	cr_expect_eq(log_count(d, "no answer for 30 seconds", NULL), 1);
	daemon_stop(d);
}

Test(wrap, a_slow_worker_delays_only_who_asks)
{
	enum { MANY = 80 };
	struct daemon *d;
	long long start;
	int fd[MANY], i;
	pid_t pid;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5\n", "ALL: ALL\n");
	hosts_service(d, "one", PORT, "name",
	    "access { libwrap = true }\nlimits { instances = 100 per_source = 100 }");
	hosts_service(d, "two", PORT + 1, "name", "");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	pid = hosts_worker(d);
	cr_assert(pid > 0 && kill(pid, SIGSTOP) == 0);
	start = now_ms();
	for (i = 0; i < MANY; i++)
		fd[i] = tcp_from("127.0.0.5", "127.0.0.1", PORT);
	cr_expect(hosts_served("127.0.0.7", PORT + 1, "two"));
	cr_expect_lt(now_ms() - start, 5000);
	cr_expect(hosts_refused(fd[0], 15000));
	cr_expect_geq(now_ms() - start, 9000, "its time");
	cr_expect_lt(now_ms() - start, 14000);
	LOG_EXPECT(d, text, "@refused", "service=one", "reason=no-libwrap");
	/* Those that found no place waited in the kernel's queue, and are served now. */
	cr_assert_eq(kill(pid, SIGCONT), 0);
	cr_expect(read_until(fd[MANY - 1], text, sizeof(text), "one", LONG));
	for (i = 1; i < MANY; i++)
		close(fd[i]);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	daemon_stop(d);
}

/* Those that wait count. */
Test(wrap, limits_hold_for_who_waits)
{
	struct daemon *d;
	int fd[3], i;
	pid_t pid;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5\n", "ALL: ALL\n");
	hosts_service(d, "one", PORT, "hold",
	    "access { libwrap = true }\nlimits { instances = 2 per_source = 2 }");
	daemon_start(d);
	cr_assert(WAIT(LONG, hosts_worker(d) != 0));
	pid = hosts_worker(d);
	cr_assert_eq(kill(pid, SIGSTOP), 0);
	for (i = 0; i < 3; i++)
		fd[i] = tcp_from("127.0.0.5", "127.0.0.1", PORT);
	observe(BRIEF);
	cr_assert_eq(kill(pid, SIGCONT), 0);
	cr_expect(read_until(fd[0], text, sizeof(text), "held", LONG));
	cr_expect(read_until(fd[1], text, sizeof(text), "held", LONG));
	cr_expect_not(readable(fd[2], BRIEF), "the third waits for a slot");
	close(fd[0]);
	cr_expect(read_until(fd[2], text, sizeof(text), "held", LONG));
	daemon_stop(d);
}

Test(wrap, what_cannot_be_is_an_error)
{
	static const char *const bad[] = {"listen = \"7650/tcp\"\nwait = true",
	    "listen = \"7650/udp\"", "listen = \"unix:/tmp/x\""};
	struct daemon *d;
	size_t i;

	d = daemon_new();
	d->options[0] = "-t";
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		daemon_service(d, "one", "command = { \"%s\" }\naccess { libwrap = true }\n%s",
		    daemon_tool(d, "stream"), bad[i]);
		cr_expect_eq(daemon_run(d), 1, "%s", bad[i]);
		cr_expect(log_find(d, text, "access.libwrap", NULL), "%s", bad[i]);
	}
	d->options[0] = NULL;
}
