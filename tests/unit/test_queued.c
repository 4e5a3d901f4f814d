#include <sched.h>
#include <stdlib.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/queued.h"
#include "net/transport.h"
#include "process.h"

/* Others, with queues of their own, that are not to be taken for it. */
enum { CLIENTS = 3 };

static int
counts(const char *text, const char *beside, int (*queued)(int fd))
{
	struct fixture f, other;
	int fd[CLIENTS], i;

	CHECK_ROW(
	    text, fixture_open(&f, text, true) == 0 && fixture_open(&other, beside, true) == 0);
	if (f.l.untold) {
		listener_close(&f.l);
		listener_close(&other.l);
		SKIP("the kernel does not tell");
	}
	CHECK_ROW(text, fixture_client(&other.l) >= 0);
	for (i = 0; i < CLIENTS; i++) {
		CHECK_ROW(text, queued(f.l.source.fd) == i);
		CHECK_ROW(text, (fd[i] = fixture_client(&f.l)) >= 0);
	}
	CHECK_ROW(text, queued(f.l.source.fd) == CLIENTS);
	CHECK_ROW(text, queued(other.l.source.fd) == 1);
	/* One that is closed already still waits. */
	CHECK_ROW(text, close(fd[1]) == 0);
	for (i = CLIENTS; i-- > 0;) {
		CHECK_ROW(text, close(accept(f.l.source.fd, NULL, NULL)) == 0);
		CHECK_ROW(text, queued(f.l.source.fd) == i);
	}
	/* A client, not a listener. */
	CHECK_ROW(text, queued(fd[0]) < 0 && queued(-1) == -EBADF);
	listener_close(&f.l);
	listener_close(&other.l);
	return CHILD_OK;
}

static int
counts_tcp(void)
{
	CHECK(counts("127.0.0.1:0/tcp", "127.0.0.1:0/tcp", queued_tcp) == CHILD_OK);
	return counts("[::1]:0/tcp6", "[::1]:0/tcp6", queued_tcp);
}

static int
counts_unix(void)
{
	char folder[] = "/tmp/superd-queued-XXXXXX", text[64], beside[64];
	static const char *const kinds[] = {"unix", "unix-seqpacket"};
	int r = CHILD_OK;
	size_t i;

	CHECK(mkdtemp(folder) != NULL);
	for (i = 0; i < 2 && r == CHILD_OK; i++) {
		(void)snprintf(text, sizeof(text), "%s:%s/a", kinds[i], folder);
		(void)snprintf(beside, sizeof(beside), "%s:%s/b", kinds[i], folder);
		r = counts(text, beside, queued_unix);
	}
	(void)rmdir(folder);
	return r;
}

static int
counts_mptcp(void)
{
	if (!transport_is_known(transport_find("mptcp", 5), AF_INET))
		SKIP("the kernel has no mptcp");
	return counts("127.0.0.1:0/mptcp", "127.0.0.1:0/mptcp", queued_tcp);
}

Test(queued, tcp)
{
	child_run(counts_tcp);
}

Test(queued, mptcp)
{
	child_run(counts_mptcp);
}

Test(queued, unix_sockets)
{
	child_run(counts_unix);
}

/* The kernel tells of the sockets of the asking process's namespace only. */
static int
is_untold_elsewhere(void)
{
	struct fixture f;
	char text[64];

	(void)snprintf(text, sizeof(text), "unix:@superd-queued-%d", (int)getpid());
	CHECK(fixture_open(&f, text, true) == 0);
	if (f.l.untold)
		SKIP("the kernel has no unix_diag");
	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) < 0)
		SKIP("no network namespace");
	CHECK(queued_unix(f.l.source.fd) == -ENOENT);
	/* Not asked again. */
	CHECK(listener_adopt(&f.l, dup(f.l.source.fd), BACKLOG, true) == 0 && f.l.untold);
	CHECK(listener_queued(&f.l) == -EOPNOTSUPP);
	listener_close(&f.l);
	CHECK(listener_open(&f.l, BACKLOG, true, NULL, 0, &f.step) == 0);
	CHECK(queued_unix(f.l.source.fd) == 0 && listener_queued(&f.l) == -EOPNOTSUPP);
	return CHILD_OK;
}

Test(queued, is_untold_elsewhere)
{
	child_run(is_untold_elsewhere);
}
