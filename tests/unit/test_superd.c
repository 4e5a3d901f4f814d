#include <signal.h>

#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

static const char *const cat[] = {"/bin/cat", NULL};

static bool
one_lives(struct supervised *t)
{
	return t->s.children.n == 1;
}

static bool
is_done(struct supervised *t)
{
	return t->s.done;
}

static int
nothing(void)
{
	static struct supervised t;

	CHECK(supervised_open(&t));
	CHECK(t.s.nservices == 0 && t.s.sockets.open == 0);
	superd_signal(&t.s, SIGHUP);
	superd_signal(&t.s, SIGUSR1);
	superd_signal(&t.s, SIGUSR2);
	CHECK(!t.s.done);
	superd_signal(&t.s, SIGQUIT);
	CHECK(t.s.done);
	supervised_close(&t);
	return CHILD_OK;
}

Test(superd, no_services_are_fine)
{
	child_run(nothing);
}

static int
disabled(void)
{
	static struct supervised t;

	supervised_add(&t, "127.0.0.1:0/tcp", cat)->enabled = false;
	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	CHECK(supervised_open(&t));
	CHECK(t.s.nservices == 1 && t.s.services[0].conf == &t.services[1]);
	supervised_close(&t);
	return CHILD_OK;
}

Test(superd, what_is_disabled_is_not_served)
{
	child_run(disabled);
}

static int
term(void)
{
	static struct supervised t;
	pid_t pid;
	int fd;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	CHECK(supervised_open(&t));
	CHECK((fd = supervised_connect(&t, 0)) >= 0);
	CHECK(supervised_until(&t, one_lives));
	pid = RB_ROOT(&t.s.children.tree)->pid;
	superd_signal(&t.s, SIGTERM);
	CHECK(t.s.done && t.s.sockets.open == 0);
	CHECK(kill(pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0);
	(void)close(fd);
	CHECK(waitpid(pid, NULL, 0) == pid);
	supervised_close(&t);
	return CHILD_OK;
}

Test(superd, term_leaves_handlers_alone, .timeout = 30)
{
	child_run(term);
}

static int
quit(void)
{
	static struct supervised t;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	CHECK(supervised_open(&t));
	CHECK(supervised_connect(&t, 0) >= 0);
	CHECK(supervised_until(&t, one_lives));
	superd_signal(&t.s, SIGQUIT);
	CHECK(!t.s.done && t.s.stopping && t.s.sockets.open == 0 && t.s.kill.armed);
	CHECK(supervised_until(&t, is_done));
	CHECK(t.s.children.n == 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(superd, quit_ends_them, .timeout = 30)
{
	child_run(quit);
}

static int
unkillable(void)
{
	static struct supervised t;

	CHECK(supervised_open(&t));
	/* A child of nobody's, which no signal reaches. */
	CHECK(child_reserve(&t.s.children) == 0);
	(void)child_add(&t.s.children, 0x7ffffff0);
	superd_signal(&t.s, SIGQUIT);
	CHECK(!t.s.done);
	superd_kill(&t.s);
	CHECK(!t.s.done && t.s.kill.armed);
	superd_kill(&t.s);
	CHECK(t.s.done);
	t.s.done = false;
	superd_signal(&t.s, SIGTERM);
	CHECK(t.s.done);
	supervised_close(&t);
	return CHILD_OK;
}

Test(superd, quit_does_not_wait_for_ever)
{
	child_run(unkillable);
}
