#include <stdlib.h>

#include "base/fd.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

static const char *const nothing[] = {"/bin/true", NULL};

static int
both_families_have_one_port(void)
{
	static struct supervised t;
	struct service *svc;

	supervised_add(&t, "0/tcp", nothing);
	supervised_add(&t, "0/udp", nothing)->wait = WAIT_YES;
	CHECK(supervised_open(&t));
	svc = &t.s.services[0];
	CHECK(svc->nports == 2 && svc->ports[0].listener.port != 0);
	if (!svc->ports[1].absent)
		CHECK(svc->ports[0].listener.port == svc->ports[1].listener.port);
	svc = &t.s.services[1];
	if (!svc->ports[1].absent)
		CHECK(svc->ports[0].listener.port == svc->ports[1].listener.port);
	CHECK(t.s.sockets.open + 2 * svc->ports[1].absent == 4 && t.s.sockets.npending == 0);
	supervised_close(&t);
	CHECK(t.s.sockets.open == 0);
	return CHILD_OK;
}

Test(sockets, one_port_for_both_families)
{
	child_run(both_families_have_one_port);
}

static int taken;

static bool
none_pending(struct supervised *t)
{
	return t->s.sockets.npending == 0;
}

static int
pending_until_free(void)
{
	static struct supervised t;
	struct address a;
	char listen_text[32];
	int client;

	CHECK(address_parse(&a, "127.0.0.1", 0) == 0);
	taken = fd_raise(socket(AF_INET, SOCK_STREAM, 0));
	CHECK(taken >= 0 && bind(taken, &a.sa, a.length) == 0 && listen(taken, 1) == 0);
	CHECK(getsockname(taken, &a.sa, &a.length) == 0);
	(void)snprintf(listen_text, sizeof(listen_text), "127.0.0.1:%u/tcp", address_port(&a));
	supervised_add(&t, listen_text, nothing);
	supervised_add(&t, "127.0.0.1:0/tcp", nothing);
	CHECK(supervised_open(&t));
	CHECK(t.s.sockets.npending == 1 && t.s.sockets.open == 1);
	CHECK(supervised_port(&t, 0)->listener.error == EADDRINUSE);
	(void)close(taken);
	CHECK(supervised_until(&t, none_pending));
	CHECK(t.s.sockets.open == 2);
	CHECK((client = supervised_connect(&t, 0)) >= 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(sockets, what_cannot_be_bound_is_tried_again, .timeout = 30)
{
	child_run(pending_until_free);
}

static usec_t broken;

static bool
found_broken(struct supervised *t)
{
	return supervised_port(t, 0)->broken != broken;
}

static bool
other_served(struct supervised *t)
{
	return t->s.serial > 0 && t->s.children.n == 0;
}

/* accept(2) says EINVAL then. */
static int
broken_is_opened_again(void)
{
	static struct supervised t;
	struct listener *l;
	uint16_t port;

	supervised_add(&t, "127.0.0.1:0/tcp", nothing);
	supervised_add(&t, "127.0.0.1:0/tcp", nothing);
	CHECK(supervised_open(&t));
	l = &supervised_port(&t, 0)->listener;
	port = l->port;
	broken = 0;
	CHECK(shutdown(l->source.fd, SHUT_RDWR) == 0);
	CHECK(supervised_until(&t, found_broken));
	CHECK(l->source.fd >= 0 && l->port == port && t.s.sockets.npending == 0);
	/* The second time is too soon. */
	broken = supervised_port(&t, 0)->broken;
	CHECK(shutdown(l->source.fd, SHUT_RDWR) == 0);
	CHECK(supervised_until(&t, found_broken));
	CHECK(l->source.fd < 0 && l->error == EINVAL && t.s.sockets.npending == 1);
	CHECK(!t.s.exhaustion.paused);
	CHECK(supervised_connect(&t, 1) >= 0);
	CHECK(supervised_until(&t, other_served));
	CHECK(t.s.sockets.npending == 1);
	CHECK(supervised_until(&t, none_pending));
	CHECK(l->source.fd >= 0 && l->port == port && supervised_connect(&t, 0) >= 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(sockets, one_that_fails_for_good_is_opened_again_and_stops_no_other, .timeout = 30)
{
	child_run(broken_is_opened_again);
}
