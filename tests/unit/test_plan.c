#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/plan.h"
#include "supervisor/service.h"

static const char *const cat[] = {"/bin/cat", "-u", NULL};

/* Listens once for each way to give handlers their sockets. */
static const struct {
	enum service_wait wait;
	enum service_stderr to;
	int in, err;
	size_t sockets;
} rows[] = {
    {WAIT_NO, STDERR_SOCKET, FD_CONNECTION, FD_CONNECTION, 0},
    {WAIT_NO, STDERR_NULL, FD_CONNECTION, 0, 0},
    {WAIT_NO, STDERR_LOG, FD_CONNECTION, 0, 0},
    {WAIT_YES, STDERR_SOCKET, FD_CONNECTION, FD_CONNECTION, 0},
    {WAIT_ALL, STDERR_SOCKET, 0, 0, 3},
};

static bool
has_variable(const struct start_plan *p, const char *start)
{
	size_t i;

	for (i = 0; p->environment.v[i] != NULL; i++)
		if (strncmp(p->environment.v[i], start, strlen(start)) == 0)
			return true;
	return false;
}

static int
descriptors(void)
{
	static struct supervised t[5];
	struct connection c;
	struct start_plan *p;
	struct service_conf *conf;
	char row[24];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(row, sizeof(row), "row %zu", i);
		conf = supervised_add(&t[i], "127.0.0.1:0/tcp", cat);
		if (rows[i].sockets > 0) {
			char error[64];

			CHECK(
			    endpoint_parse(&conf->endpoints, "127.0.0.1:0/udp", 0, error, 64) == 0);
			CHECK(
			    endpoint_parse(&conf->endpoints, "127.0.0.2:0/udp", 0, error, 64) == 0);
		}
		conf->wait = rows[i].wait;
		conf->stderr_to = rows[i].to;
		CHECK(supervised_open(&t[i]));
		c = (struct connection){.port = supervised_port(&t[i], 0), .serial = 5};
		CHECK(address_parse(&c.peer, "192.0.2.1", 1) == 0);
		p = start_take(&t[i].s.starter);
		CHECK_ROW(row, plan_fill(p, &t[i].s, &c) == 0);
		CHECK_ROW(row, p->stdio[0] == rows[i].in && p->stdio[1] == rows[i].in);
		CHECK_ROW(row, p->stdio[2] == rows[i].err);
		CHECK_ROW(row, p->nsockets == rows[i].sockets);
		CHECK_ROW(row, has_variable(p, "LISTEN_FDS=3") == (rows[i].sockets > 0));
		CHECK_ROW(row, has_variable(p, "LISTEN_FDNAMES=s:s:s") == (rows[i].sockets > 0));
		CHECK_ROW(row, has_variable(p, "REMOTE_HOST=") == (rows[i].wait == WAIT_NO));
		CHECK_ROW(row, p->argv[1] != NULL && strcmp(p->argv[1], "-u") == 0);
		plan_release(&t[i].s.services[0]);
		start_give(&t[i].s.starter, p);
		supervised_close(&t[i]);
	}
	return CHILD_OK;
}

Test(plan, descriptors_and_variables_by_the_way_of_waiting)
{
	child_run(descriptors);
}

static int
identity(void)
{
	static struct supervised t;
	struct connection c;
	struct start_plan *p;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	t.services[0].oom_score_adj = -5;
	t.services[0].oom_score_adj_set = true;
	CHECK(supervised_open(&t));
	c = (struct connection){.port = supervised_port(&t, 0)};
	p = start_take(&t.s.starter);
	CHECK(plan_fill(p, &t.s, &c) == 0);
	CHECK(p->who == NULL && strcmp(p->oom_score_adj, "-5") == 0);
	t.s.starter.privileged = true;
	CHECK(plan_fill(p, &t.s, &c) == 0 && p->who == &t.who);
	supervised_close(&t);
	return CHILD_OK;
}

Test(plan, ids_change_only_with_the_privilege)
{
	child_run(identity);
}
