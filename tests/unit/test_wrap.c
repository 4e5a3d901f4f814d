/* The supervisor's end of the channel, with a worker that may say anything. */
#include "supervisor/wrap.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "exec/question.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

#define S USEC_PER_SEC

static const char *const cat[] = {"/bin/cat", NULL};
static struct supervised t;

/* A service that asks, and in place of the worker the end of the channel that is returned. */
static int
open_wrapped(void)
{
	int ends[2];

	supervised_add(&t, "127.0.0.1:0/tcp", cat)->access.libwrap = true;
	if (!supervised_open(&t) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	loop_disarm(&t.s.loop, &t.s.wrap.start);
	t.s.wrap.channel.fd = fd_raise(ends[0]);
	if (loop_watch(&t.s.loop, &t.s.wrap.channel) < 0)
		return -1;
	return fd_raise(ends[1]);
}

static bool
greeted(struct supervised *s)
{
	return s->s.wrap.greeted;
}

static bool
hung_up(struct supervised *s)
{
	return s->s.wrap.channel.fd < 0;
}

static bool
waits(struct supervised *s)
{
	return s->s.wrap.n == 1;
}

static bool
is_free(struct supervised *s)
{
	return s->s.wrap.n == 0;
}

static bool
started(struct supervised *s)
{
	return s->s.children.n == 1;
}

static bool
refused(struct supervised *s)
{
	return s->s.services[0].told != 0;
}

static bool
greet(int fd)
{
	return send(fd, VERSION, sizeof(VERSION), 0) == sizeof(VERSION) &&
	       supervised_until(&t, greeted);
}

static bool
answer(int fd, uint32_t id, enum answer_kind kind)
{
	const struct answer a = {.id = id, .kind = kind};

	return send(fd, &a, sizeof(a), 0) == sizeof(a);
}

/* The next question's id, 0: there is none. */
static uint32_t
asked(int fd)
{
	char message[1024];
	struct question q;
	ssize_t n = recv(fd, message, sizeof(message), 0);

	return n > 0 && question_decode(&q, message, (size_t)n) ? q.id : 0;
}

/* The late timer, as often as it is due by then. */
static void
at(usec_t now)
{
	struct loop_timer *late = &t.s.wrap.late;

	while (late->armed && late->due <= now) {
		t.s.loop.now = late->due;
		loop_disarm(&t.s.loop, late);
		wrap_late(&t.s);
	}
	t.s.loop.now = now;
}

static int
answers_count_for_what_was_asked(void)
{
	int worker = open_wrapped(), client;
	uint32_t id;

	CHECK(worker >= 0 && greet(worker));
	client = supervised_connect(&t, 0);
	CHECK(client >= 0 && supervised_until(&t, waits));
	CHECK(t.s.services[0].limit.live == 1);
	id = asked(worker);
	CHECK(id != 0);
	CHECK(answer(worker, id + 1, ANSWER_ALLOW) && answer(worker, 0, ANSWER_DENY));
	supervised_idle(&t);
	CHECK(t.s.children.n == 0 && t.s.wrap.n == 1 && t.s.wrap.channel.fd >= 0);
	CHECK(answer(worker, id, ANSWER_ALLOW));
	CHECK(answer(worker, id, ANSWER_DENY)); /* the second of one question means nothing */
	CHECK(supervised_until(&t, started));
	supervised_idle(&t);
	CHECK(t.s.wrap.n == 0 && t.s.services[0].limit.live == 1);
	CHECK(t.s.services[0].told == 0);
	(void)close(client);
	client = supervised_connect(&t, 0);
	CHECK(client >= 0 && supervised_until(&t, waits));
	CHECK(answer(worker, asked(worker), ANSWER_DENY) && supervised_until(&t, refused));
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, answers_count_for_what_was_asked)
{
	child_run(answers_count_for_what_was_asked);
}

/* What earns a ban is a rule against the peer, not that there is no answer. */
static int
only_a_rule_makes_an_offence(void)
{
	static const enum answer_kind faults[] = {ANSWER_OPTION, ANSWER_UNREADABLE};
	int worker = open_wrapped(), client[4];
	size_t i;

	CHECK(worker >= 0 && greet(worker));
	t.s.gate.scan.threshold = 100;
	t.s.gate.scan.weights[OFFENCE_REFUSED] = 100;
	t.s.gate.scan.exempt = NULL;
	for (i = 0; i < 2; i++) {
		client[i] = supervised_connect(&t, 0);
		CHECK(client[i] >= 0 && supervised_until(&t, waits));
		CHECK(answer(worker, asked(worker), faults[i]) && supervised_until(&t, is_free));
	}
	client[2] = supervised_connect(&t, 0);
	CHECK(client[2] >= 0 && supervised_until(&t, waits) && asked(worker) != 0);
	at(t.s.loop.now + WRAP_PATIENCE);
	CHECK(is_free(&t) && t.s.gate.proven.bans.n == 0);
	client[3] = supervised_connect(&t, 0);
	CHECK(client[3] >= 0 && supervised_until(&t, waits));
	CHECK(answer(worker, asked(worker), ANSWER_DENY) && supervised_until(&t, is_free));
	CHECK(t.s.gate.proven.bans.n == 1);
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, only_a_rule_makes_an_offence)
{
	child_run(only_a_rule_makes_an_offence);
}

static int
nonsense_ends_the_channel(void)
{
	static const char junk[600] = "nonsense";
	int worker = open_wrapped();

	CHECK(worker >= 0 && greet(worker));
	CHECK(send(worker, junk, sizeof(junk), 0) == sizeof(junk));
	CHECK(supervised_until(&t, hung_up));
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, nonsense_ends_the_channel)
{
	child_run(nonsense_ends_the_channel);
}

static int
another_build_is_not_heard(void)
{
	int worker = open_wrapped();

	CHECK(worker >= 0 && answer(worker, 1, ANSWER_ALLOW));
	CHECK(supervised_until(&t, hung_up));
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, another_build_is_not_heard)
{
	child_run(another_build_is_not_heard);
}

/* A process in the worker's place, which only waits to be killed. */
static pid_t
sit(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)pause();
		_exit(0);
	}
	t.s.wrap.worker.pid = pid;
	return pid;
}

static bool
all_wait(struct supervised *s)
{
	return s->s.wrap.n == 3;
}

static bool
ended_by(pid_t pid, int signo)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == signo;
}

static int
one_that_hangs_is_killed(void)
{
	int worker = open_wrapped();
	pid_t pid = sit();
	usec_t start;

	CHECK(worker >= 0 && pid > 0 && greet(worker));
	at(t.s.loop.now + 100 * S); /* who owes nothing may be silent */
	CHECK(!hung_up(&t));
	CHECK(supervised_connect(&t, 0) >= 0 && supervised_until(&t, waits));
	CHECK(asked(worker) != 0);
	start = t.s.loop.now;
	at(start + WRAP_PATIENCE);
	CHECK(t.s.wrap.n == 0 && !hung_up(&t));
	at(start + WRAP_SILENCE - S);
	CHECK(!hung_up(&t) && waitpid(pid, NULL, WNOHANG) == 0);
	at(start + WRAP_SILENCE);
	CHECK(hung_up(&t) && ended_by(pid, SIGKILL));
	/* Once: it may take its time to end. */
	CHECK(!t.s.wrap.late.armed && t.s.wrap.owed == 0);
	t.s.wrap.worker.pid = 0;
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, one_that_hangs_is_killed)
{
	child_run(one_that_hangs_is_killed);
}

/* Three questions of 15 seconds each: the last answer comes after 45. */
static int
one_that_is_slow_is_not(void)
{
	int worker = open_wrapped(), i;
	pid_t pid = sit();
	uint32_t ids[3];
	usec_t start;

	CHECK(worker >= 0 && pid > 0 && greet(worker));
	for (i = 0; i < 3; i++)
		CHECK(supervised_connect(&t, 0) >= 0);
	CHECK(supervised_until(&t, all_wait));
	start = t.s.loop.now;
	for (i = 0; i < 3; i++) {
		ids[i] = asked(worker);
		CHECK(ids[i] != 0);
	}
	for (i = 0; i < 3; i++) {
		at(start + (usec_t)(i + 1) * 15 * S);
		CHECK(answer(worker, ids[i], ANSWER_ALLOW));
		wrap_ready(&t.s);
	}
	at(start + 200 * S);
	CHECK(!hung_up(&t) && waitpid(pid, NULL, WNOHANG) == 0);
	(void)kill(pid, SIGKILL);
	CHECK(ended_by(pid, SIGKILL));
	t.s.wrap.worker.pid = 0;
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, one_that_is_slow_is_not)
{
	child_run(one_that_is_slow_is_not);
}

/* What it has said meanwhile is read afterwards. */
static int
exhaustion_is_no_silence(void)
{
	int worker = open_wrapped();
	uint32_t id;
	usec_t start;

	CHECK(worker >= 0 && greet(worker));
	CHECK(supervised_connect(&t, 0) >= 0 && supervised_until(&t, waits));
	id = asked(worker);
	start = t.s.loop.now;
	t.s.exhaustion.paused = true;
	wrap_ready(&t.s);
	CHECK(answer(worker, id, ANSWER_ALLOW));
	at(start + 100 * S);
	CHECK(!hung_up(&t));
	t.s.exhaustion.paused = false;
	wrap_resume(&t.s);
	at(start + 101 * S);
	CHECK(!hung_up(&t));
	wrap_ready(&t.s);
	at(start + 200 * S);
	CHECK(!hung_up(&t));
	/* And the silence that begins then is one. */
	CHECK(supervised_connect(&t, 0) >= 0 && supervised_until(&t, waits));
	at(t.s.loop.now + WRAP_SILENCE);
	CHECK(hung_up(&t));
	supervised_close(&t);
	return CHILD_OK;
}

Test(wrap, exhaustion_is_no_silence)
{
	child_run(exhaustion_is_no_silence);
}
