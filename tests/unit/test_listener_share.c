#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/transport.h"
#include "process.h"

/* Both listeners of one port, wildcard first or last, with their sockets. */
static int
open_shared(struct fixture *f, const char *first, const char *second)
{
	struct listener *all[2] = {&f[0].l, &f[1].l};

	CHECK(fixture_prepare(&f[0], first, true) && fixture_prepare(&f[1], second, true));
	CHECK(listener_open(&f[0].l, BACKLOG, false, all, 2, &f[0].step) == 0);
	f[1].l.port = f[0].l.port;
	CHECK(listener_open(&f[1].l, BACKLOG, false, all, 2, &f[1].step) == 0);
	CHECK(f[0].l.port == f[1].l.port);
	return CHILD_OK;
}

static const char *const pairs[][2] = {
    {"0/tcp4", "127.0.0.1:0/tcp"},
    {"127.0.0.1:0/tcp", "0/tcp4"},
    {"0/tcp6", "[::1]:0/tcp"},
    {"0/udp4", "127.0.0.1:0/udp"},
    {"127.0.0.1:0/udp", "0/udp4"},
    {"0/udp6", "[::1]:0/udp"},
};

static int
shares(void)
{
	struct fixture f[2];
	size_t i, k;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		CHECK_ROW(pairs[i][0], open_shared(f, pairs[i][0], pairs[i][1]) == CHILD_OK);
		for (k = 0; k < 2 && !f[0].e.transport->accepts; k++) {
			CHECK(option_of(f[k].l.source.fd, SOL_SOCKET, SO_REUSEADDR) == 0);
			CHECK(option_of(f[k].l.source.fd, SOL_SOCKET, SO_REUSEPORT) == 0);
		}
		listener_close(&f[0].l);
		listener_close(&f[1].l);
	}
	return CHILD_OK;
}

Test(listener, shares_a_port)
{
	child_run(shares);
}

/* A listener that was bound alone is met by a later one: what a reload does. */
static int
shares_late(void)
{
	static const char *const texts[][2] = {
	    {"0/tcp4", "127.0.0.1:0/tcp"}, {"0/udp4", "127.0.0.1:0/udp"}};
	struct fixture f[2];
	struct listener *all[2] = {&f[0].l, &f[1].l};
	size_t i;

	for (i = 0; i < 2; i++) {
		CHECK(fixture_open(&f[0], texts[i][0], false) == 0);
		CHECK(fixture_prepare(&f[1], texts[i][1], true));
		f[1].l.port = f[0].l.port;
		CHECK(listener_open(&f[1].l, BACKLOG, false, all, 2, &f[1].step) == 0);
		listener_close(&f[0].l);
		listener_close(&f[1].l);
	}
	return CHILD_OK;
}

Test(listener, shares_late)
{
	child_run(shares_late);
}

/* Each peer reaches the more specific of two listeners. */
static int
specific_wins(void)
{
	static const struct {
		const char *to;
		int winner;
	} rows[] = {{"127.0.0.1", 1}, {"127.0.0.2", 0}};
	struct fixture f[2];
	struct address a;
	size_t i, k;
	int fd;

	for (k = 0; k < 4; k += 3) {
		CHECK(open_shared(f, pairs[k][0], pairs[k][1]) == CHILD_OK);
		for (i = 0; i < 2; i++) {
			CHECK(address_parse(&a, rows[i].to, f[0].l.port) == 0);
			fd = socket(AF_INET, f[0].e.transport->type, 0);
			CHECK(fd >= 0 && connect(fd, &a.sa, a.length) == 0);
			CHECK(f[0].e.transport->accepts || send(fd, "x", 1, 0) == 1);
			CHECK(fixture_wait(&f[rows[i].winner].l));
			CHECK(!listener_readable(&f[1 - rows[i].winner].l));
			if (f[0].e.transport->accepts)
				CHECK(listener_accept(&f[rows[i].winner].l, &a) == FD_CONNECTION ||
				      fd == FD_CONNECTION);
			else
				CHECK(listener_drop(&f[rows[i].winner].l) == 0);
			(void)close_range(3, 9, 0);
		}
		listener_close(&f[0].l);
		listener_close(&f[1].l);
	}
	return CHILD_OK;
}

Test(listener, specific_wins)
{
	child_run(specific_wins);
}

/* What another user gets who binds that address and port with every reuse option. */
static int
steal(const char *host, uint16_t port, int type)
{
	struct address a;
	int fd, on = 1, i, r = 0;

	if (address_parse(&a, host, port) < 0)
		return -EDOM;
	for (i = 0; i < 4 && r != -EDOM; i++) {
		fd = socket(a.sa.sa_family, type, 0);
		if (fd < 0 ||
		    ((i & 1) && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
		    ((i & 2) && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0))
			return -EDOM;
		r = bind(fd, &a.sa, a.length) < 0 ? -errno : 0;
		(void)close(fd);
		if (r != -EADDRINUSE)
			return r;
	}
	return r;
}

static int
cannot_be_stolen(void)
{
	struct fixture f[2];
	size_t i;

	if (geteuid() != 0)
		SKIP("needs another user");
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		pid_t pid;
		int status;

		CHECK(open_shared(f, pairs[i][0], pairs[i][1]) == CHILD_OK);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			const char *host =
			    f[0].e.address.sa.sa_family == AF_INET ? "127.0.0.2" : "::1";
			int r = setresuid(NOBODY, NOBODY, NOBODY);

			if (r == 0)
				r = steal(host, f[0].l.port, f[0].e.transport->type);
			_exit(r == -EADDRINUSE ? CHILD_OK : CHILD_FAILED);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_ROW(pairs[i][0], status == 0);
		listener_close(&f[0].l);
		listener_close(&f[1].l);
	}
	return CHILD_OK;
}

Test(listener, cannot_be_stolen)
{
	child_run(cannot_be_stolen);
}

/* The same while ports are being bound: there is no moment at which another user gets in. */
static int
cannot_be_stolen_meanwhile(void)
{
	struct fixture f[2];
	int go[2], ready[2], status, i, opened = 0;
	uint16_t port;
	char byte;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("needs another user");
	CHECK(open_shared(f, "0/udp4", "127.0.0.1:0/udp") == CHILD_OK);
	port = f[0].l.port;
	CHECK(pipe2(go, O_CLOEXEC | O_NONBLOCK) == 0 && pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		(void)close(go[1]);
		listener_close(&f[0].l);
		listener_close(&f[1].l);
		if (setresuid(NOBODY, NOBODY, NOBODY) < 0 || write(ready[1], "", 1) != 1)
			_exit(CHILD_FAILED);
		while (read(go[0], &byte, 1) < 0)
			if (steal("127.0.0.2", port, SOCK_DGRAM) != -EADDRINUSE)
				_exit(CHILD_FAILED);
		_exit(CHILD_OK);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	for (i = 0; i < 2000; i++) {
		struct listener *all[2] = {&f[0].l, &f[1].l};

		listener_close(&f[1].l);
		opened += listener_open(&f[1].l, BACKLOG, true, all, 2, &f[1].step) == 0;
	}
	CHECK(close(go[1]) == 0 && close(go[0]) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
	CHECK(opened == 2000);
	return CHILD_OK;
}

Test(listener, cannot_be_stolen_meanwhile)
{
	child_run(cannot_be_stolen_meanwhile);
}

static int
groups(void)
{
	struct fixture f[2], even, odd;
	struct listener *group[2] = {&f[0].l, &f[1].l};
	const struct listener *failed;
	const char *step;
	int i;

	if (!isolate() || !write_file("/proc/sys/net/ipv4/ip_local_port_range", "40000 40015"))
		SKIP("no namespaces of its own");
	/* The kernel takes ports of one parity, from the lower half of the range. */
	CHECK(fixture_open(&even, "40002/tcp6", false) == 0);
	CHECK(fixture_open(&odd, "40003/tcp6", false) == 0);
	for (i = 0; i < 100; i++) {
		CHECK(fixture_prepare(&f[0], "0/tcp4", false) &&
		      fixture_prepare(&f[1], "0/tcp6", false));
		CHECK(listener_open_group(group, 2, BACKLOG, false, NULL, 0, &step, &failed) == 0);
		CHECK(f[0].l.source.fd >= FD_RESERVED && f[1].l.source.fd >= FD_RESERVED);
		CHECK(f[0].l.port == f[1].l.port && f[0].l.port >= 40000);
		CHECK(f[0].l.port != 40002 && f[0].l.port != 40003);
		listener_close(&f[0].l);
		listener_close(&f[1].l);
	}
	CHECK(write_file("/proc/sys/net/ipv4/ip_local_port_range", "40002 40002"));
	CHECK(fixture_prepare(&f[0], "0/tcp4", false) && fixture_prepare(&f[1], "0/tcp6", false));
	/* The other way round, the second has no choice. */
	CHECK(
	    listener_open_group(group, 2, BACKLOG, false, NULL, 0, &step, &failed) == -EADDRINUSE);
	CHECK(strcmp(step, "bind") == 0 && failed == &f[1].l);
	for (i = 0; i < 2; i++)
		CHECK(group[i]->source.fd == -1 && group[i]->port == 0 &&
		      group[i]->error == EADDRINUSE);
	return CHILD_OK;
}

Test(listener, groups)
{
	child_run(groups);
}

/* One address that the system does not have leaves the other open, with the port to come back to.
 */
static int
group_with_a_failure(void)
{
	struct fixture f[2];
	struct listener *group[2] = {&f[0].l, &f[1].l};
	const struct listener *failed;
	const char *step;

	CHECK(fixture_prepare(&f[0], "127.0.0.1:0/udp", false) &&
	      fixture_prepare(&f[1], "192.0.2.77:0/udp", false));
	CHECK(listener_open_group(group, 2, BACKLOG, true, NULL, 0, &step, &failed) ==
	      -EADDRNOTAVAIL);
	CHECK(failed == &f[1].l && f[0].l.source.fd >= 0 && f[1].l.source.fd == -1);
	CHECK(f[1].l.port == f[0].l.port && f[0].l.port != 0);
	listener_close(&f[0].l);
	group[0] = &f[1].l;
	group[1] = &f[0].l;
	CHECK(listener_open_group(group, 2, BACKLOG, true, NULL, 0, &step, &failed) ==
	      -EADDRNOTAVAIL);
	CHECK(failed == &f[1].l && f[0].l.source.fd >= 0 && f[1].l.source.fd == -1);
	CHECK(f[1].l.port == f[0].l.port && f[0].l.port != 0);
	return CHILD_OK;
}

Test(listener, group_with_a_failure)
{
	child_run(group_with_a_failure);
}

/* As on a kernel without IPv6. */
static bool
forget_ipv6(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int
without_ipv6(void)
{
	struct fixture f[2];
	struct listener *group[2] = {&f[0].l, &f[1].l};
	const struct listener *failed = NULL;
	const char *step;

	CHECK(fixture_prepare(&f[0], "127.0.0.1:0/tcp", false) &&
	      fixture_prepare(&f[1], "[::1]:0/tcp", false));
	if (!forget_ipv6())
		SKIP("no seccomp");
	CHECK(listener_open(&f[1].l, BACKLOG, false, NULL, 0, &step) == -EAFNOSUPPORT);
	CHECK(strcmp(step, "socket") == 0 && f[1].l.error == EAFNOSUPPORT);
	CHECK(listener_open_group(group, 2, BACKLOG, false, NULL, 0, &step, &failed) ==
	      -EAFNOSUPPORT);
	CHECK(failed == &f[1].l && f[0].l.source.fd >= 0);
	listener_close(&f[0].l);
	f[0].e.implicit = f[1].e.implicit = true;
	CHECK(listener_open_group(group, 2, BACKLOG, false, NULL, 0, &step, &failed) == 0);
	CHECK(f[0].l.source.fd >= 0 && f[1].l.source.fd == -1);
	return CHILD_OK;
}

Test(listener, without_ipv6)
{
	child_run(without_ipv6);
}
