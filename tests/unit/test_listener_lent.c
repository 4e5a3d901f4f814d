/* Sockets that handlers have or had: what these leave, and what they do meanwhile. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "fixture.h"
#include "net/transport.h"
#include "process.h"

#define TRIAL (2 * USEC_PER_SEC)

enum { HOSTILE = 3 };

/* Keeps clearing O_NONBLOCK, as whoever has the socket may. */
static pid_t
start_clearing(int fd)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)fcntl(fd, F_SETFL, 0);
}

static int
never_waits(void)
{
	pid_t pids[HOSTILE];
	struct fixture f;
	usec_t before;
	int i;

	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", true) == 0);
	for (i = 0; i < HOSTILE; i++)
		CHECK((pids[i] = start_clearing(f.l.source.fd)) > 0);
	(void)alarm(30);
	before = clock_now();
	while (clock_now() < before + TRIAL)
		CHECK(listener_drop(&f.l) == -EAGAIN);
	for (i = 0; i < HOSTILE; i++)
		CHECK(kill(pids[i], SIGKILL) == 0 && waitpid(pids[i], NULL, 0) == pids[i]);
	listener_close(&f.l);
	return CHILD_OK;
}

Test(listener_lent, a_drop_never_waits_for_whoever_has_the_socket, .timeout = 90)
{
	child_run(never_waits);
}

static int
shut_for_writing(void)
{
	static const char *const texts[] = {"127.0.0.1:0/udp", "0/udp4", "0/udp6", "[::1]:0/udp",
	    "127.0.0.1:0/udplite", "unix-dgram:@superd-test-shut-%d"};
	struct fixture f;
	struct datagram d;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		(void)snprintf(text, sizeof(text), texts[i], (int)getpid());
		if (fixture_open(&f, text, true) < 0 &&
		    (f.l.error == EPROTONOSUPPORT || f.l.error == EAFNOSUPPORT ||
			f.l.error == EADDRNOTAVAIL))
			continue;
		CHECK_ROW(text, f.l.source.fd >= 0);
		CHECK_ROW(text, listener_restore(&f.l, BACKLOG) == 0);
		CHECK_ROW(text, listener_peek(&f.l, &d) == -EAGAIN);
		(void)shutdown(f.l.source.fd, SHUT_WR);
		CHECK_ROW(text, listener_restore(&f.l, BACKLOG) == -EPIPE);
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(listener_lent, shut_down_for_writing_is_seen, .timeout = 30)
{
	child_run(shut_for_writing);
}

/* What one handler has begun is not sent by the next. */
static int
corked(void)
{
	struct fixture f;
	struct address self;
	char text[8];
	int on = 1, fd;

	CHECK(fixture_open(&f, "127.0.0.1:0/udp", true) == 0);
	fd = f.l.source.fd;
	CHECK(listener_local(&f.l, &self) == 0);
	CHECK(setsockopt(fd, IPPROTO_UDP, UDP_CORK, &on, sizeof(on)) == 0);
	CHECK(sendto(fd, "old", 3, 0, &self.sa, self.length) == 3);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	CHECK(!listener_readable(&f.l));
	CHECK(sendto(fd, "new", 3, 0, &self.sa, self.length) == 3);
	CHECK(fixture_wait(&f.l) && recv(fd, text, sizeof(text), MSG_DONTWAIT) == 3);
	CHECK(memcmp(text, "new", 3) == 0);
	listener_close(&f.l);
	return CHILD_OK;
}

Test(listener_lent, what_is_corked_is_discarded, .timeout = 30)
{
	child_run(corked);
}

static int
backlog_is_restored(void)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);
	struct fixture f;

	CHECK(fixture_open(&f, "127.0.0.1:0/tcp", true) == 0);
	CHECK(listen(f.l.source.fd, 0) == 0);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	CHECK(getsockopt(f.l.source.fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
	/* Of a listening socket that is the length of its queue. */
	CHECK(info.tcpi_sacked == BACKLOG);
	listener_close(&f.l);
	return CHILD_OK;
}

Test(listener_lent, backlog_is_set_again, .timeout = 30)
{
	child_run(backlog_is_restored);
}
