#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/dispatch.h"
#include "supervisor/service.h"

static const char *const cat[] = {"/bin/cat", NULL};
static const char *const nothing[] = {"/bin/true", NULL};
static const char *const missing[] = {"/nonexistent", NULL};

static unsigned wanted;

static bool
live_is_wanted(struct supervised *t)
{
	return t->s.services[0].limit.live == wanted;
}

static bool
all_ended(struct supervised *t)
{
	return t->s.serial == wanted && t->s.children.n == 0;
}

static bool
resumed(struct supervised *t)
{
	return !t->s.exhaustion.paused && t->s.services[0].limit.live == wanted;
}

static bool
has_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static bool
third_started(struct supervised *t)
{
	return t->s.serial == 3;
}

static int
the_queue_is_served_when_a_slot_frees(void)
{
	static struct supervised t;
	int fds[3], i;

	supervised_add(&t, "127.0.0.1:0/tcp", cat)->limits = (struct limits_conf){
	    .instances = 2, .per_source = 2, .backlog = 9, .load = -1, .session = -1, .idle = -1};
	CHECK(supervised_open(&t));
	for (i = 0; i < 3; i++)
		CHECK((fds[i] = supervised_connect(&t, 0)) >= 0);
	wanted = 2;
	CHECK(supervised_until(&t, live_is_wanted));
	supervised_idle(&t);
	CHECK(t.s.services[0].limit.live == 2 && t.s.serial == 2);
	CHECK(supervised_port(&t, 0)->parked);
	CHECK(shutdown(fds[0], SHUT_WR) == 0);
	CHECK(supervised_until(&t, third_started));
	CHECK(t.s.services[0].limit.live == 2);
	for (i = 0; i < 3; i++)
		(void)close(fds[i]);
	wanted = 3;
	CHECK(supervised_until(&t, all_ended));
	CHECK(t.s.services[0].limit.live == 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(dispatch, the_nth_is_served_and_the_next_when_a_slot_frees, .timeout = 30)
{
	child_run(the_queue_is_served_when_a_slot_frees);
}

/* However many clients one service has, the others have their turn after sixteen of them. */
static int
sixteen_in_a_turn(void)
{
	static const unsigned served[] = {16, 32, 40, 40};
	static struct supervised t;
	int fds[40];
	size_t i;

	supervised_add(&t, "127.0.0.1:0/tcp", nothing)->limits =
	    (struct limits_conf){.instances = 100,
		.per_source = 100,
		.backlog = 100,
		.load = -1,
		.session = -1,
		.idle = -1};
	CHECK(supervised_open(&t));
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		CHECK((fds[i] = supervised_connect(&t, 0)) >= 0);
	for (i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
		dispatch_ready(&t.s, supervised_port(&t, 0));
		CHECK(t.s.serial == served[i]);
	}
	wanted = 40;
	CHECK(supervised_until(&t, all_ended));
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		(void)close(fds[i]);
	supervised_close(&t);
	return CHILD_OK;
}

Test(dispatch, sixteen_in_a_turn, .timeout = 30)
{
	child_run(sixteen_in_a_turn);
}

static int
none_is_served(void)
{
	static struct supervised t;
	int fd;

	supervised_add(&t, "127.0.0.1:0/tcp", cat)->limits.instances = 0;
	CHECK(supervised_open(&t));
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	supervised_idle(&t);
	CHECK(t.s.serial == 0 && supervised_port(&t, 0)->parked);
	CHECK(!has_ended(fd));
	supervised_close(&t);
	return CHILD_OK;
}

Test(dispatch, no_instances_serve_none, .timeout = 30)
{
	child_run(none_is_served);
}

static int
nothing_leaks(void)
{
	enum { ROUNDS = 100 };
	static struct supervised t;
	int before, fd, i;

	supervised_add(&t, "127.0.0.1:0/tcp", nothing);
	supervised_add(&t, "127.0.0.1:0/tcp", missing);
	CHECK(supervised_open(&t));
	before = fcntl(0, F_DUPFD_CLOEXEC, FD_RESERVED);
	(void)close(before);
	for (i = 0; i < ROUNDS; i++) {
		CHECK((fd = supervised_connect(&t, (size_t)i % 2)) >= 0);
		wanted = (unsigned)i + 1;
		CHECK(supervised_until(&t, all_ended));
		(void)close(fd);
	}
	CHECK(t.s.services[0].limit.live == 0 && t.s.services[1].limit.live == 0);
	fd = fcntl(0, F_DUPFD_CLOEXEC, FD_RESERVED);
	CHECK(fd == before);
	for (i = FD_CONNECTION; i < FD_RESERVED; i++)
		CHECK(fcntl(i, F_GETFD) < 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(dispatch, no_slot_and_no_descriptor_leaks, .timeout = 60)
{
	child_run(nothing_leaks);
}

/* Processes run out after the accept: the connection waits, and is served when there is room. */
static int
a_held_connection_is_served(void)
{
	static struct supervised t;
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 4096};
	const struct rlimit room = {.rlim_cur = 4096, .rlim_max = 4096};
	int fd;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	if (geteuid() == 0)
		CHECK(setresuid(65533, 65533, 65533) == 0);
	CHECK(supervised_open(&t));
	CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	supervised_idle(&t);
	CHECK(t.s.exhaustion.paused && t.s.exhaustion.held && t.s.services[0].limit.live == 0);
	CHECK(!has_ended(fd));
	CHECK(setrlimit(RLIMIT_NPROC, &room) == 0);
	wanted = 1;
	CHECK(supervised_until(&t, resumed));
	CHECK(!t.s.exhaustion.held && fcntl(FD_HELD, F_GETFD) < 0);
	(void)close(fd);
	CHECK(supervised_until(&t, all_ended));
	/* The next want soon after this one is not a new line in the log. */
	CHECK(t.s.exhaustion.reported && t.s.exhaustion.timer.armed);
	t.s.loop.now = t.s.exhaustion.timer.due;
	loop_disarm(&t.s.loop, &t.s.exhaustion.timer);
	dispatch_resume(&t.s);
	CHECK(!t.s.exhaustion.reported && !t.s.exhaustion.timer.armed);
	supervised_close(&t);
	return CHILD_OK;
}

Test(dispatch, what_cannot_be_started_waits, .timeout = 30)
{
	child_run(a_held_connection_is_served);
}
