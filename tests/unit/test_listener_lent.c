/* Sockets that handlers have or had: what these leave, and what they do meanwhile. */
#include <fcntl.h>
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
