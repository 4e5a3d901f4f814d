/* Descriptors or processes run out: the daemon waits, says so once, and goes on by itself. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(exhaustion);

enum { CLIENTS = 6 };

static char text[4096];

static void
name_service(struct daemon *d)
{
	daemon_service(d, "name", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
}

/* Of the daemon, by a process of its own user: that needs no capability. */
static void
set_limit(struct daemon *d, int resource, rlim_t soft)
{
	struct rlimit limit;
	pid_t pid = fork();
	int status;

	cr_assert(pid >= 0);
	if (pid == 0) {
		if (d->uid != 0 && (setresgid(d->uid, d->uid, d->uid) < 0 ||
				       setresuid(d->uid, d->uid, d->uid) < 0))
			_exit(1);
		if (prlimit(d->pid, (enum __rlimit_resource)resource, NULL, &limit) < 0)
			_exit(2);
		limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
		_exit(prlimit(d->pid, (enum __rlimit_resource)resource, &limit, NULL) < 0 ? 3 : 0);
	}
	cr_assert(waitpid(pid, &status, 0) == pid && status == 0, "prlimit: %#x", status);
}

/* Nobody is served meanwhile, at no cost; then everybody is. */
static void
expect_pause(struct daemon *d, int resource, rlim_t soft, const char *word)
{
	unsigned port = daemon_port(d, "name", "");
	int fd[CLIENTS], i;
	size_t lines;
	long cpu;

	ask_tcp("127.0.0.1", port, text, sizeof(text));
	cr_expect(WAIT(LONG, log_count(d, "@end", NULL) == 1));
	set_limit(d, resource, soft);
	log_mark(d);
	for (i = 0; i < CLIENTS; i++)
		fd[i] = tcp_connect("127.0.0.1", port);
	cr_expect(LOG_WAIT(d, LONG, NULL, word), "nothing is said");
	cpu = proc_cpu(d->pid);
	observe(1500);
	cr_expect_leq(
	    proc_cpu(d->pid) - cpu, 100, "it spins: %ld ms of 1500", proc_cpu(d->pid) - cpu);
	lines = log_count(d, word, NULL);
	cr_expect_eq(lines, 1, "%zu lines of it", lines);
	set_limit(d, resource, RLIM_INFINITY);
	for (i = 0; i < CLIENTS; i++) {
		/* Whoever was let go for want of resources has seen an end, not silence. */
		(void)read_eof(fd[i], text, sizeof(text), LONG);
		cr_expect_str_eq(text, "yes\n", "client %d", i);
		close(fd[i]);
	}
	ask_tcp("127.0.0.1", port, text, sizeof(text));
	cr_expect_str_eq(text, "yes\n");
}

Test(exhaustion, descriptors)
{
	struct daemon *d = daemon_new();

	name_service(d);
	daemon_start(d);
	expect_pause(d, RLIMIT_NOFILE, 3, "Too many open files");
	daemon_stop(d);
}

Test(exhaustion, processes)
{
	struct daemon *d = daemon_new();

	/* Root is not limited; a user of the test's own counts from nothing. */
	if (getuid() == 0)
		d->uid = 54324;
	name_service(d);
	daemon_start(d);
	expect_pause(d, RLIMIT_NPROC, 1, "Resource temporarily unavailable");
	daemon_stop(d);
}

Test(exhaustion, processes_of_a_wait_service)
{
	struct daemon *d = daemon_new();
	unsigned port;
	int fd;
	long cpu;

	if (getuid() == 0)
		d->uid = 54325;
	daemon_service(d, "wait",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", answer, \"%s\", \"\" }",
	    daemon_tool(d, "dgram"), daemon_path(d, "out/count"));
	daemon_start(d);
	port = daemon_port(d, "wait", "");
	set_limit(d, RLIMIT_NPROC, 1);
	fd = udp_connect("127.0.0.1", port);
	send_text(fd, "one");
	cr_expect(LOG_WAIT(d, LONG, NULL, "Resource temporarily unavailable"));
	cpu = proc_cpu(d->pid);
	observe(1000);
	cr_expect_leq(proc_cpu(d->pid) - cpu, 100, "it spins");
	set_limit(d, RLIMIT_NPROC, RLIM_INFINITY);
	/* The datagram has waited in its queue. */
	cr_expect_eq(read_record(fd, text, sizeof(text), LONG), 3);
	cr_expect_str_eq(text, "one");
	daemon_stop(d);
}
