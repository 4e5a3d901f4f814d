#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config/service.h"
#include "net/transport.h"
#include "supervisor/service.h"

static const struct service_kinds kinds = {.connections = 1, .sockets = 2, .guard = 3};

/* A configuration of one endpoint, 6000-6000+n-1/tcp4 or unix. */
static void
conf_init(struct service_conf *conf, struct endpoint *e, unsigned n, enum service_wait wait)
{
	memset(conf, 0, sizeof(*conf));
	memset(e, 0, sizeof(*e));
	e->transport = transport_find("tcp4", 4);
	e->first = 6000;
	e->last = (uint16_t)(6000 + n - 1);
	conf->endpoints = (struct endpoints){.v = e, .n = 1};
	conf->limits.instances = 2;
	conf->sensor = -1;
	conf->wait = wait;
}

/* Ports that are open as far as the loop is concerned: one end of a pipe each, ready if written to.
 */
static void
open_ports(struct service *svc)
{
	size_t i;
	int ends[2];

	for (i = 0; i < svc->nports; i++) {
		cr_assert_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
		cr_assert_eq(write(ends[1], "x", 1), 1);
		svc->ports[i].listener.source.fd = ends[0];
	}
}

static unsigned
count_ready(struct loop *loop)
{
	struct loop_event e;
	unsigned n = 0;

	while (loop_next(loop, clock_now(), &e) == 1 && n < 1000)
		n++;
	return n;
}

static unsigned
ready_once(struct loop *loop, struct port **port)
{
	struct loop_event e;

	if (loop_next(loop, clock_now(), &e) != 1)
		return 0;
	*port = e.source->owner;
	return 1;
}

Test(supervisor_service, a_range_has_a_port_for_each_number)
{
	struct service_conf conf;
	struct endpoint e;
	struct service svc;

	conf_init(&conf, &e, 11, WAIT_NO);
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	cr_assert_eq(svc.nports, 11);
	cr_assert_eq(svc.nwaiters, 0);
	cr_assert_eq(svc.ports[0].listener.port, 6000);
	cr_assert_eq(svc.ports[10].listener.port, 6010);
	cr_assert_eq(svc.ports[10].listener.source.kind, kinds.connections);
	service_fini(&svc);
}

Test(supervisor_service, all_65535_ports_fit)
{
	struct service_conf conf;
	struct endpoint e;
	struct service svc;

	conf_init(&conf, &e, 1, WAIT_NO);
	e.first = 1;
	e.last = 65535;
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	cr_assert_eq(svc.nports, 65535);
	cr_assert_eq(svc.ports[65534].listener.port, 65535);
	service_fini(&svc);
}

Test(supervisor_service, waiters_hold_one_socket_or_all)
{
	struct service_conf conf;
	struct endpoint e;
	struct service svc;

	conf_init(&conf, &e, 3, WAIT_YES);
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	cr_assert_eq(svc.nwaiters, 3);
	cr_assert_eq(svc.ports[2].waiter, &svc.waiters[2]);
	cr_assert_eq(svc.ports[2].listener.source.kind, kinds.sockets);
	service_fini(&svc);
	conf_init(&conf, &e, 3, WAIT_ALL);
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	cr_assert_eq(svc.nwaiters, 1);
	cr_assert_eq(svc.waiters[0].nports, 3);
	cr_assert_eq(svc.ports[2].waiter, &svc.waiters[0]);
	service_fini(&svc);
}

Test(supervisor_service, argv0_replaces_the_first_word_only)
{
	static const char *const command[] = {"/bin/cat", "-u", NULL};
	struct service_conf conf;
	struct endpoint e;
	struct service svc;

	conf_init(&conf, &e, 1, WAIT_NO);
	conf.command = (struct strings){.v = (char **)command, .n = 2};
	conf.argv0 = (char *)"tac";
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	cr_assert_str_eq(svc.argv[0], "tac");
	cr_assert_str_eq(svc.argv[1], "-u");
	cr_assert_null(svc.argv[2]);
	cr_assert_str_eq(conf.command.v[0], "/bin/cat");
	service_fini(&svc);
}

Test(supervisor_service, a_parked_port_is_not_polled)
{
	struct service_conf conf;
	struct endpoint e;
	struct service svc;
	struct port *port = NULL;
	struct loop loop;

	cr_assert_eq(loop_init(&loop), 0);
	conf_init(&conf, &e, 1, WAIT_NO);
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	open_ports(&svc);
	service_watch(&svc.ports[0], &loop);
	cr_assert_eq(ready_once(&loop, &port), 1);
	cr_assert_eq(port, &svc.ports[0]);
	service_park(port, &loop);
	service_park(port, &loop);
	cr_assert_eq(count_ready(&loop), 0);
	service_watch(port, &loop);
	cr_assert_eq(count_ready(&loop), 0, "parked means parked");
	service_unpark(&svc, &loop);
	cr_assert_eq(ready_once(&loop, &port), 1);
	service_fini(&svc);
	loop_fini(&loop);
}

Test(supervisor_service, a_held_waiter_comes_back_when_released)
{
	struct service_conf conf;
	struct endpoint e;
	struct service svc;
	struct port *port = NULL;
	struct loop loop;

	cr_assert_eq(loop_init(&loop), 0);
	conf_init(&conf, &e, 2, WAIT_ALL);
	cr_assert_eq(service_init(&svc, &conf, &kinds), 0);
	open_ports(&svc);
	service_watch(&svc.ports[0], &loop);
	service_watch(&svc.ports[1], &loop);
	svc.waiters[0].pid = 42;
	waiter_hold(&svc.waiters[0], &loop);
	waiter_release(&svc.waiters[0], &loop);
	cr_assert_eq(count_ready(&loop), 0, "its handler lives");
	svc.waiters[0].pid = 0;
	waiter_release(&svc.waiters[0], &loop);
	cr_assert_eq(ready_once(&loop, &port), 1);
	cr_assert_eq(ready_once(&loop, &port), 1);
	service_fini(&svc);
	loop_fini(&loop);
}
