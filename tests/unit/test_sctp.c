#include <netinet/in.h>
#include <poll.h>

#include "fixture.h"
#include "net/sctp.h"
#include "net/transport.h"
#include "process.h"

/* Skipped where the kernel has no SCTP; any other failure is one. */
#define OPEN(f, text, wait)                                                                        \
	do {                                                                                       \
		int open_r = fixture_open(f, text, wait);                                          \
		if (open_r < 0 && transport_is_missing((f)->e.transport, -open_r))                 \
			SKIP("the kernel has no SCTP");                                            \
		CHECK(open_r == 0);                                                                \
	} while (0)

static int
client(const char *host, uint16_t port)
{
	struct address a;
	int fd;

	if (address_parse(&a, host, port) < 0)
		return -1;
	fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
	return fd >= 0 && connect(fd, &a.sa, a.length) == 0 ? fd : -1;
}

static bool
ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1;
}

static int
drops(void)
{
	struct fixture f;
	char text[16];
	int one, other;

	OPEN(&f, "127.0.0.1:0/sctp-seqpacket", true);
	CHECK(sctp_drop(f.l.source.fd) == -EAGAIN);
	CHECK((one = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(send(one, "first", 5, 0) == 5 && send(one, "second", 6, 0) == 6);
	CHECK(fixture_wait(&f.l));
	CHECK((other = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(send(other, "third", 5, 0) == 5);
	CHECK(listener_drop(&f.l) == 0);
	/* Its association is aborted, the other one is served. */
	CHECK(ready(one) && recv(one, text, sizeof(text), 0) <= 0);
	CHECK(fixture_wait(&f.l));
	CHECK(recv(f.l.source.fd, text, sizeof(text), 0) == 5 && memcmp(text, "third", 5) == 0);
	CHECK(listener_drop(&f.l) == -EAGAIN);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	return CHILD_OK;
}

Test(sctp, drops_an_association)
{
	child_run(drops);
}

static int
several(void)
{
	struct address peer;
	struct fixture f;
	int fd;

	OPEN(&f, "127.0.0.1+127.0.0.2:0/sctp", false);
	CHECK((fd = client("127.0.0.2", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	CHECK(peer.sa.sa_family == AF_INET && close(fd) == 0);
	CHECK(client("127.0.0.3", f.l.port) < 0);
	return CHILD_OK;
}

Test(sctp, several_addresses)
{
	child_run(several);
}

static int
mixed(void)
{
	struct address peer;
	struct fixture f;
	int fd;

	OPEN(&f, "127.0.0.1+[::1]:0/sctp", false);
	CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	/* Not as ::ffff:127.0.0.1. */
	CHECK(peer.sa.sa_family == AF_INET && close(fd) == 0);
	CHECK((fd = client("::1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	CHECK(peer.sa.sa_family == AF_INET6);
	return CHILD_OK;
}

Test(sctp, both_families)
{
	child_run(mixed);
}
