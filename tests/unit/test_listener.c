#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/transport.h"
#include "process.h"

static int
accepts(void)
{
	static const char *const texts[] = {"127.0.0.1:0/tcp", "0/tcp4", "[::1]:0/tcp",
	    "unix:@superd-test-%d", "unix-seqpacket:@superd-test-%d"};
	struct fixture f;
	struct address peer, own;
	char text[64];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)snprintf(text, sizeof(text), texts[i], (int)getpid());
		CHECK_ROW(text, fixture_open(&f, text, false) == 0);
		CHECK(f.l.source.fd >= FD_RESERVED && f.l.error == 0);
		CHECK((fcntl(f.l.source.fd, F_GETFD) & FD_CLOEXEC) != 0);
		CHECK((fcntl(f.l.source.fd, F_GETFL) & O_NONBLOCK) != 0);
		CHECK((f.e.transport->services == NULL) == (f.l.port == 0));
		CHECK(!listener_readable(&f.l));
		CHECK(listener_accept(&f.l, &peer) == -EAGAIN);
		fd = fixture_client(&f.l);
		CHECK(fd >= 0 && fixture_wait(&f.l) && listener_readable(&f.l));
		CHECK(listener_accept(&f.l, &peer) == FD_CONNECTION);
		CHECK(fcntl(FD_CONNECTION, F_GETFD) == FD_CLOEXEC);
		CHECK((fcntl(FD_CONNECTION, F_GETFL) & O_NONBLOCK) == 0);
		own = (struct address){.length = sizeof(own.un)};
		CHECK(getsockname(fd, &own.sa, &own.length) == 0);
		CHECK_ROW(text, address_equal(&own, &peer));
		CHECK(write(FD_CONNECTION, "x", 1) == 1 && read(fd, text, 1) == 1);
		CHECK(close(FD_CONNECTION) == 0 && close(fd) == 0);
		listener_close(&f.l);
		CHECK(f.l.source.fd == -1);
		listener_close(&f.l);
	}
	listener_close(NULL);
	return CHILD_OK;
}

Test(listener, accepts)
{
	child_run(accepts);
}

/* Descriptors below the reserved one that are closed do not change where the connection stands. */
static int
accepts_without_stdin(void)
{
	struct fixture f;
	struct address peer;
	int fd;

	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", false) == 0);
	fd = fixture_client(&f.l);
	CHECK(fd >= 0 && fixture_wait(&f.l));
	(void)close(0);
	CHECK(listener_accept(&f.l, &peer) == FD_CONNECTION);
	CHECK(fcntl(FD_CONNECTION, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(0, F_GETFD) < 0 && errno == EBADF);
	return CHILD_OK;
}

Test(listener, accepts_without_stdin)
{
	child_run(accepts_without_stdin);
}

/* A client that resets before it is accepted ends nothing. */
static int
accepts_the_gone(void)
{
	struct linger off = {.l_onoff = 1, .l_linger = 0};
	struct fixture f;
	struct address peer;
	int fd, r;

	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", false) == 0);
	fd = fixture_client(&f.l);
	CHECK(fd >= 0 && fixture_wait(&f.l));
	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off)) == 0 && close(fd) == 0);
	r = listener_accept(&f.l, &peer);
	CHECK(r == FD_CONNECTION || r == -EAGAIN);
	CHECK(r < 0 || peer.sa.sa_family == AF_INET);
	return CHILD_OK;
}

Test(listener, accepts_the_gone)
{
	child_run(accepts_the_gone);
}

Test(listener, blocking_as_served)
{
	static const struct {
		const char *text;
		bool wait, blocking;
	} rows[] = {
	    {"127.0.0.1:0/tcp", false, false},
	    {"127.0.0.1:0/tcp", true, true},
	    {"127.0.0.1:0/udp", true, true},
	    {"127.0.0.1:0/udp", false, true},
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(fixture_open(&f, rows[i].text, rows[i].wait), 0);
		cr_expect_eq(
		    (fcntl(f.l.source.fd, F_GETFL) & O_NONBLOCK) == 0, rows[i].blocking, "%zu", i);
		listener_close(&f.l);
	}
}

Test(listener, always_set)
{
	struct fixture f;

	cr_assert_eq(fixture_open(&f, "[::1]:0/tcp", false), 0);
	cr_expect_eq(option_of(f.l.source.fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	cr_expect_eq(option_of(f.l.source.fd, SOL_SOCKET, SO_REUSEADDR), 1);
	cr_expect_eq(option_of(f.l.source.fd, SOL_SOCKET, SO_REUSEPORT), 0);
	listener_close(&f.l);
	cr_assert_eq(fixture_open(&f, "[::1]:0/udp", true), 0);
	cr_expect_eq(option_of(f.l.source.fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	cr_expect_eq(option_of(f.l.source.fd, SOL_SOCKET, SO_REUSEADDR), 0);
	cr_expect_eq(option_of(f.l.source.fd, SOL_SOCKET, SO_REUSEPORT), 0);
	listener_close(&f.l);
}

Test(listener, size)
{
	cr_assert_leq(sizeof(struct listener), 100);
}

Test(listener, failure)
{
	struct fixture f, g;

	cr_assert_eq(fixture_open(&f, "127.0.0.1:0/tcp", false), 0);
	cr_assert(fixture_prepare(&g, "127.0.0.1:0/tcp", false));
	g.l.port = f.l.port;
	cr_expect_eq(listener_open(&g.l, BACKLOG, false, NULL, 0, &g.step), -EADDRINUSE);
	cr_expect_str_eq(g.step, "bind");
	cr_expect_eq(g.l.source.fd, -1);
	cr_expect_eq(g.l.error, EADDRINUSE);
	cr_expect_eq(g.l.port, f.l.port);
	listener_close(&f.l);
	cr_expect_eq(listener_open(&g.l, BACKLOG, false, NULL, 0, &g.step), 0);
	cr_expect_eq(g.l.error, 0);
	listener_close(&g.l);
	cr_expect_eq(fixture_open(&f, "192.0.2.77:0/tcp", false), -EADDRNOTAVAIL);
	cr_expect_str_eq(f.step, "bind");
}

static int
low_port(void)
{
	struct fixture f;

	if (!isolate())
		SKIP("no namespaces of its own");
	CHECK(fixture_open(&f, "1/tcp4", false) == 0 && f.l.port == 1);
	listener_close(&f.l);
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0)
		SKIP("no other user in a namespace of its own");
	CHECK(fixture_open(&f, "1/tcp4", false) == -EACCES);
	CHECK(strcmp(f.step, "bind") == 0 && f.l.source.fd == -1);
	return CHILD_OK;
}

Test(listener, low_port)
{
	child_run(low_port);
}

static int
unix_files(void)
{
	static const char *const transports[] = {"unix", "unix-dgram", "unix-seqpacket"};
	char folder[] = "/tmp/superd-test-XXXXXX", path[64], text[96];
	struct fixture f;
	struct datagram d;
	struct stat st;
	size_t i;
	int fd;

	CHECK(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/s", folder);
	for (i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof(text), "%s:%s", transports[i], path);
		CHECK_ROW(text, fixture_open(&f, text, false) == 0);
		CHECK(lstat(path, &st) == 0 && st.st_mode == (S_IFSOCK | 0666));
		CHECK(st.st_ino == f.l.inode && st.st_dev == f.l.device);
		fd = fixture_client(&f.l);
		CHECK(fd >= 0);
		if (!f.e.transport->accepts) {
			CHECK(send(fd, "abc", 3, 0) == 3 && listener_peek(&f.l, &d) == 0);
			CHECK(d.length == 3 && d.arrival == 0 && listener_drop(&f.l) == 0);
			CHECK(listener_peek(&f.l, &d) == -EAGAIN);
			CHECK(listener_restore(&f.l, BACKLOG) == 0);
		}
		CHECK(close(fd) == 0);
		listener_close(&f.l);
		CHECK(lstat(path, &st) < 0 && f.l.inode == 0);
	}
	CHECK(rmdir(folder) == 0);
	/* Abstract names are nobody's twice. */
	(void)snprintf(text, sizeof(text), "unix:@%s", folder);
	CHECK(fixture_open(&f, text, false) == 0 && f.l.inode == 0);
	CHECK(fixture_open(&f, text, false) == -EADDRINUSE);
	return CHILD_OK;
}

Test(listener, unix_files)
{
	child_run(unix_files);
}

static int
adopts(void)
{
	static const struct {
		const char *text;
		bool wait, blocking;
	} rows[] = {
	    {"127.0.0.1:0/tcp", false, false},
	    {"127.0.0.1:0/tcp", true, true},
	    {"127.0.0.1:0/udp", true, true},
	};
	struct socket_options o = fixture_options;
	struct fixture f, g;
	size_t i;
	int on = 1, fd;

	o.tos = 0x20;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(fixture_open(&f, rows[i].text, !rows[i].wait) == 0);
		fd = f.l.source.fd;
		CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
		CHECK(fixture_prepare(&g, rows[i].text, false));
		g.l.options = &o;
		CHECK(listener_adopt(&g.l, fd, BACKLOG, rows[i].wait) == 0);
		CHECK(g.l.source.fd == fd && g.l.port == f.l.port && g.l.error == 0);
		CHECK(((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) == rows[i].blocking);
		CHECK(option_of(fd, IPPROTO_IP, IP_TOS) == 0x20);
		CHECK(f.e.transport->accepts || option_of(fd, SOL_SOCKET, SO_REUSEADDR) == 0);
		listener_close(&g.l);
	}
	CHECK(fixture_prepare(&g, "127.0.0.1:0/tcp", false));
	fd = fd_raise(open("/dev/null", O_RDONLY | O_CLOEXEC));
	CHECK(listener_adopt(&g.l, fd, BACKLOG, false) == -ENOTSOCK);
	CHECK(fcntl(fd, F_GETFD) < 0 && g.l.source.fd == -1 && g.l.error == ENOTSOCK);
	return CHILD_OK;
}

Test(listener, adopts)
{
	child_run(adopts);
}

/* A listener that was closed with connections behind it can be opened again at once. */
static int
reopens(void)
{
	struct fixture f;
	struct address peer;
	int fd;

	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", false) == 0);
	fd = fixture_client(&f.l);
	CHECK(fd >= 0 && fixture_wait(&f.l));
	CHECK(listener_accept(&f.l, &peer) == FD_CONNECTION);
	CHECK(shutdown(FD_CONNECTION, SHUT_RDWR) == 0 && close(FD_CONNECTION) == 0);
	CHECK(read(fd, &peer, 1) == 0 && close(fd) == 0);
	listener_close(&f.l);
	CHECK(listener_open(&f.l, BACKLOG, false, NULL, 0, &f.step) == 0);
	return CHILD_OK;
}

Test(listener, reopens)
{
	child_run(reopens);
}

/* What a handler that takes no connection leaves is counted, and dropped one by one. */
static int
drop_all(const char *text)
{
	struct fixture f;
	char byte;
	int fd[2];

	CHECK_ROW(text, fixture_open(&f, text, true) == 0);
	CHECK_ROW(text, listener_drop(&f.l) == -EAGAIN);
	CHECK_ROW(text, listener_queued(&f.l) == 0 || f.l.untold);
	fd[0] = fixture_client(&f.l);
	fd[1] = fixture_client(&f.l);
	CHECK_ROW(text, fd[0] >= 0 && fd[1] >= 0 && fixture_wait(&f.l));
	CHECK_ROW(text, listener_queued(&f.l) == 2 || f.l.untold);
	CHECK_ROW(text, listener_drop(&f.l) == 0 && read(fd[0], &byte, 1) == 0);
	CHECK_ROW(text, (listener_queued(&f.l) == 1 || f.l.untold) && listener_readable(&f.l));
	CHECK_ROW(text, listener_drop(&f.l) == 0 && !listener_readable(&f.l));
	CHECK_ROW(text, (fcntl(f.l.source.fd, F_GETFL) & O_NONBLOCK) == 0);
	CHECK_ROW(text, fcntl(FD_CONNECTION, F_GETFD) < 0);
	CHECK_ROW(text, close(fd[0]) == 0 && close(fd[1]) == 0);
	listener_close(&f.l);
	return CHILD_OK;
}

static int
drops_connections(void)
{
	static const char *const texts[] = {
	    "127.0.0.1:0/tcp", "unix:@superd-test-drop-%d", "unix-seqpacket:@superd-test-drop-%d"};
	struct fixture f;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)snprintf(text, sizeof(text), texts[i], (int)getpid());
		CHECK(drop_all(text) == CHILD_OK);
	}
	CHECK(fixture_open(&f, "127.0.0.1:0/udp", true) == 0 && listener_queued(&f.l) < 0);
	return CHILD_OK;
}

Test(listener, drops_connections)
{
	child_run(drops_connections);
}
