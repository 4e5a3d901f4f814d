/* The supervisor's end of the channel, with a worker that may say anything. */
#include "supervisor/wrap.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "exec/question.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

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
