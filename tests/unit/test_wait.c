#include <fcntl.h>

#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

static const char *const nothing[] = {"/bin/true", NULL};
static const char *const consume[] = {"/usr/bin/perl", "-e", "recv(STDIN, $b, 99, 0)", NULL};
static const char *const spoil[] = {
    "/usr/bin/perl", "-e", "recv(STDIN, $b, 99, 0); shutdown(STDIN, 2)", NULL};

static const char *const hide[] = {"/usr/bin/perl", "-e",
    "recv(STDIN, $b, 99, 0); setsockopt(STDIN, 1, 42, pack('i', 1 << 20))", NULL};

static const char *const take_one[] = {
    "/usr/bin/perl", "-e", "accept(C, STDIN); syswrite(C, 'x')", NULL};

static unsigned wanted;

/* That many handlers have started, and none runs. */
static bool
all_ended(struct supervised *t)
{
	return t->s.serial >= wanted && t->s.children.n == 0;
}

static int
datagrams_left(int fd)
{
	int n = 0;

	while (recv(fd, NULL, 0, MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

static int
one_datagram_is_lost(void)
{
	static struct supervised t;
	struct waiter *w;
	int fd, i;

	supervised_add(&t, "127.0.0.1:0/udp", nothing)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	for (i = 0; i < 3; i++)
		CHECK(send(fd, "abc", 3, 0) == 3);
	wanted = 1;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->guard.failures == 1 && w->timer.armed);
	CHECK(datagrams_left(w->ports[0].listener.source.fd) == 2);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, a_datagram_that_is_not_read_costs_itself, .timeout = 30)
{
	child_run(one_datagram_is_lost);
}

static int
pauses_and_heals(void)
{
	static struct supervised t;
	struct service_conf *conf;
	struct waiter *w;
	int fd;

	conf = supervised_add(&t, "127.0.0.1:0/udp", nothing);
	conf->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	CHECK(send(fd, "abc", 3, 0) == 3 && send(fd, "abc", 3, 0) == 3);
	wanted = 2;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->guard.failures == 2);
	t.s.services[0].argv = (char **)consume;
	conf->command.v = (char **)consume;
	CHECK(send(fd, "abc", 3, 0) == 3);
	wanted = 3;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->guard.failures == 0 && !w->timer.armed);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, pauses_end_and_a_good_handler_heals, .timeout = 30)
{
	child_run(pauses_and_heals);
}

static int
opened_again(void)
{
	static struct supervised t;
	struct waiter *w;
	int fd;

	supervised_add(&t, "127.0.0.1:0/udp", spoil)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	CHECK(send(fd, "abc", 3, 0) == 3);
	wanted = 1;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->ports[0].listener.source.fd >= 0 && w->ports[0].listener.source.place != 0);
	CHECK(send(fd, "abc", 3, 0) == 3);
	wanted = 2;
	CHECK(supervised_until(&t, all_ended));
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, a_useless_socket_is_opened_again_at_its_port, .timeout = 30)
{
	child_run(opened_again);
}

static int
one_connection_is_dropped(void)
{
	static struct supervised t;
	struct waiter *w;
	char byte;
	int fds[2], i;

	supervised_add(&t, "127.0.0.1:0/tcp", nothing)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	for (i = 0; i < 2; i++)
		CHECK((fds[i] = supervised_connect(&t, 0)) >= 0);
	wanted = GUARD_QUICK;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->guard.failures == GUARD_QUICK);
	CHECK(recv(fds[0], &byte, 1, MSG_DONTWAIT) == 0);
	CHECK(recv(fds[1], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, five_quick_exits_cost_one_connection, .timeout = 30)
{
	child_run(one_connection_is_dropped);
}

enum { CLIENTS = GUARD_QUICK + 1 };

static bool
connect_all(struct supervised *t, int fds[CLIENTS])
{
	int i;

	for (i = 0; i < CLIENTS; i++)
		if ((fds[i] = supervised_connect(t, 0)) < 0)
			return false;
	return true;
}

/* How many have got an answer. */
static int
answered(const int fds[CLIENTS])
{
	char byte;
	int i, n = 0;

	for (i = 0; i < CLIENTS; i++)
		n += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 1;
	return n;
}

/* Each handler takes one and ends at once, with the others in the queue. */
static int
one_each(const char *kind, bool untold)
{
	static struct supervised t;
	struct waiter *w;
	char listen[64];
	int fds[CLIENTS];

	(void)snprintf(listen, sizeof(listen), "%s:@superd-test-wait-%d", kind, (int)getpid());
	supervised_add(&t, listen, take_one)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	if (w->ports[0].listener.untold)
		SKIP("the kernel has no unix_diag");
	w->ports[0].listener.untold = untold;
	CHECK(connect_all(&t, fds));
	for (wanted = 1; wanted < CLIENTS; wanted++) {
		CHECK(supervised_until(&t, all_ended));
		CHECK(w->guard.failures == (untold ? wanted : 0));
	}
	CHECK(supervised_until(&t, all_ended));
	CHECK(answered(fds) == CLIENTS);
	CHECK(w->guard.failures == 0 && !w->timer.armed);
	supervised_close(&t);
	return CHILD_OK;
}

static int
one_each_of_a_stream(void)
{
	return one_each("unix", false);
}

static int
one_each_of_records(void)
{
	return one_each("unix-seqpacket", false);
}

Test(wait, one_connection_each_is_progress, .timeout = 30)
{
	child_run(one_each_of_a_stream);
	child_run(one_each_of_records);
}

static int
one_each_untold(void)
{
	return one_each("unix", true);
}

/* The kernel does not say how long the queue is: pauses, but no connection is lost. */
Test(wait, a_queue_that_is_not_counted_is_served, .timeout = 30)
{
	child_run(one_each_untold);
}

static int
none_is_dropped(void)
{
	static struct supervised t;
	struct waiter *w;
	char listen[64], byte;
	int fds[CLIENTS], i;

	(void)snprintf(listen, sizeof(listen), "unix:@superd-test-wait-%d", (int)getpid());
	supervised_add(&t, listen, nothing)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	w->ports[0].listener.untold = true;
	CHECK(connect_all(&t, fds));
	wanted = GUARD_QUICK + 1;
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->guard.failures == GUARD_QUICK + 1 && w->timer.armed);
	for (i = 0; i < CLIENTS; i++)
		CHECK(recv(fds[i], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, a_queue_that_is_not_counted_loses_none, .timeout = 30)
{
	child_run(none_is_dropped);
}

/* SO_PEEK_OFF beyond the datagram: poll(2) has it, no peek finds it. */
static int
hidden_datagrams(void)
{
	static struct supervised t;
	struct waiter *w;
	int fd, offset = 1 << 20;

	supervised_add(&t, "127.0.0.1:0/udp", hide)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	w = &t.s.services[0].waiters[0];
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	for (wanted = 1; wanted <= 2; wanted++) {
		CHECK(send(fd, "abc", 3, 0) == 3);
		CHECK(supervised_until(&t, all_ended));
	}
	/* By one who still has the socket. */
	CHECK(setsockopt(w->ports[0].listener.source.fd, SOL_SOCKET, SO_PEEK_OFF, &offset,
		  sizeof(offset)) == 0);
	CHECK(send(fd, "abc", 3, 0) == 3);
	CHECK(supervised_until(&t, all_ended));
	CHECK(w->empty == 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wait, a_datagram_cannot_be_hidden, .timeout = 30)
{
	child_run(hidden_datagrams);
}
