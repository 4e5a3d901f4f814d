#include "supervisor/wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "exec/question.h"
#include "net/listener.h"
#include "supervisor/dispatch.h"
#include "supervisor/gate.h"
#include "supervisor/service.h"
#include "supervisor/superd.h"

#ifndef VERSION
#define VERSION "0"
#endif

#define PAUSE_FIRST (100 * USEC_PER_MSEC)
#define PAUSE_LAST (10 * USEC_PER_SEC)
#define HEALTHY (60 * USEC_PER_SEC)

enum { TURN = 16, TRIES = 2, MESSAGE = 256, TELL_AFTER = 60 /* seconds */ };

/* One connection that waits. */
struct wrap_place {
	int fd; /* -1: free */
	uint32_t id;
	usec_t due;
	unsigned tries; /* workers that were asked */
	bool sent;	/* to the one that lives */
	struct connection c;
	struct child counted; /* stands for its handler in the limits */
};

int
wrap_init(struct superd *s)
{
	struct wrap *w = &s->wrap;
	size_t i, n = 0;

	w->channel = (struct loop_source){.fd = -1, .kind = SUPERD_WRAP};
	w->start.kind = SUPERD_WRAP_START;
	w->late.kind = SUPERD_WRAP_LATE;
	w->pause = PAUSE_FIRST;
	for (i = 0; i < s->nservices; i++)
		n += s->services[i].conf->access.libwrap;
	if (n == 0)
		return 0;
	w->places = calloc(WRAP_WAITING, sizeof(*w->places));
	if (w->places == NULL)
		return -ENOMEM;
	for (i = 0; i < WRAP_WAITING; i++)
		w->places[i].fd = -1;
	loop_arm(&s->loop, &w->start, clock_now());
	return 0;
}

static void
hang_up(struct superd *s)
{
	struct wrap *w = &s->wrap;

	if (w->channel.fd < 0)
		return;
	loop_unwatch(&s->loop, &w->channel);
	fd_cleanup(&w->channel.fd);
	w->channel.fd = -1;
	w->greeted = false;
	w->owed = 0;
}

void
wrap_fini(struct superd *s)
{
	struct wrap *w = &s->wrap;
	size_t i;

	if (w->places == NULL)
		return;
	hang_up(s);
	loop_disarm(&s->loop, &w->start);
	loop_disarm(&s->loop, &w->late);
	for (i = 0; i < WRAP_WAITING; i++) {
		if (w->places[i].fd < 0)
			continue;
		gate_leave(s, &w->places[i].counted);
		(void)close(w->places[i].fd);
	}
	free(w->places);
	w->places = NULL;
	w->n = 0;
}

bool
wrap_is_full(struct superd *s)
{
	if (s->wrap.places != NULL && s->wrap.n < WRAP_WAITING)
		return false;
	s->wrap.crowded = true;
	return true;
}

/* The place is free, and whoever is next may come. */
static void
leave(struct superd *s, struct wrap_place *p)
{
	struct wrap *w = &s->wrap;
	size_t i;

	gate_leave(s, &p->counted);
	p->fd = -1;
	w->n--;
	service_unpark(p->c.port->service, &s->loop);
	if (!w->crowded)
		return;
	w->crowded = false;
	for (i = 0; i < s->nservices; i++)
		if (s->services[i].conf->access.libwrap)
			service_unpark(&s->services[i], &s->loop);
}

/* Why it is refused: each once a minute, and with its service, since a peer can have it said. */
enum why { OPTION, UNREADABLE, LATE };

static void
tell(struct superd *s, const struct wrap_place *p, enum why why)
{
	static const char *const texts[] = {
	    [OPTION] = ("the rule that matches has an option that is not executed "
			"(all but allow, deny and severity)"),
	    [UNREADABLE] = "the worker cannot read hosts.allow or hosts.deny",
	    [LATE] = "no answer in time",
	};
	uint32_t second = (uint32_t)(s->loop.now / USEC_PER_SEC);
	struct service *svc = p->c.port->service;

	if (svc->wrap_told[why] != 0 && second < svc->wrap_told[why] + TELL_AFTER)
		return;
	svc->wrap_told[why] = second;
	log_warnx("service %s: hosts_access: %s: refused", svc->conf->name, texts[why]);
}

static void
refuse(struct superd *s, struct wrap_place *p, enum verdict v)
{
	int fd = p->fd;

	leave(s, p);
	dispatch_refused(s, &p->c, v, fd);
	(void)close(fd);
}

static void
allow(struct superd *s, struct wrap_place *p)
{
	struct connection c = p->c;
	int fd = p->fd;

	if (dup3(fd, FD_CONNECTION, O_CLOEXEC) < 0) {
		refuse(s, p, VERDICT_NO_LIBWRAP);
		return;
	}
	leave(s, p);
	(void)close(fd);
	dispatch_accepted(s, &c);
	(void)close(FD_CONNECTION);
}

static void
look_at(struct superd *s, usec_t due)
{
	struct loop_timer *late = &s->wrap.late;

	if (due != USEC_NEVER && (!late->armed || due < late->due))
		loop_arm(&s->loop, late, due);
}

/* When the worker will have been silent for too long. Nobody listens to it during exhaustion. */
static usec_t
silent_at(const struct superd *s)
{
	if (s->wrap.owed == 0 || s->exhaustion.paused)
		return USEC_NEVER;
	return s->wrap.heard + WRAP_SILENCE;
}

/* It counts from its last answer on, not from the question: one who is slow has a long queue. */
static void
owes(struct superd *s)
{
	if (s->wrap.owed++ == 0)
		s->wrap.heard = s->loop.now;
	look_at(s, silent_at(s));
}

static void
heard(struct superd *s)
{
	s->wrap.heard = s->loop.now;
	if (s->wrap.owed > 0)
		s->wrap.owed--;
}

/* What does not fit the channel is sent when answers have come. */
static void
put(struct superd *s, struct wrap_place *p)
{
	struct wrap *w = &s->wrap;
	struct question q;

	question_fill(&q, p->id, p->c.port->service->conf->name, &p->c.peer, &p->c.local);
	if (send(w->channel.fd, &q, sizeof(q), MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof(q))
		return;
	p->sent = true;
	p->tries++;
	owes(s);
}

static void
put_all(struct superd *s)
{
	struct wrap *w = &s->wrap;
	size_t i;

	for (i = 0; i < WRAP_WAITING && w->greeted; i++)
		if (w->places[i].fd >= 0 && !w->places[i].sent)
			put(s, &w->places[i]);
}

int
wrap_ask(struct superd *s, const struct connection *c)
{
	struct wrap *w = &s->wrap;
	struct wrap_place *p = w->places;
	int fd = fcntl(FD_CONNECTION, F_DUPFD_CLOEXEC, FD_RESERVED);

	if (fd < 0)
		return -errno;
	while (p->fd >= 0)
		p++;
	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->id = ++w->id;
	p->due = s->loop.now + WRAP_PATIENCE;
	p->c = *c;
	listener_connection_local(&c->port->listener, &p->c.local);
	p->counted.owner = c->port;
	gate_enter(s, c, &p->counted);
	w->n++;
	look_at(s, p->due);
	if (w->greeted)
		put(s, p);
	return 0;
}

/* It is gone, or is of no use: its exit starts the next one. */
static void
broken(struct superd *s, const char *why)
{
	struct wrap *w = &s->wrap;

	log_warnx("worker libwrap: %s", why);
	if (w->worker.pid > 0)
		(void)kill(w->worker.pid, SIGKILL);
	hang_up(s);
}

static struct wrap_place *
find(struct wrap *w, uint32_t id)
{
	size_t i;

	for (i = 0; i < WRAP_WAITING; i++)
		if (w->places[i].fd >= 0 && w->places[i].sent && w->places[i].id == id)
			return &w->places[i];
	return NULL;
}

static void
answered(struct superd *s, const struct answer *a)
{
	struct wrap_place *p = find(&s->wrap, a->id);

	if (p == NULL)
		return;
	if (a->kind == ANSWER_OPTION)
		tell(s, p, OPTION);
	if (a->kind == ANSWER_UNREADABLE)
		tell(s, p, UNREADABLE);
	if (a->kind == ANSWER_ALLOW)
		allow(s, p);
	else
		refuse(s, p, a->kind == ANSWER_DENY ? VERDICT_LIBWRAP : VERDICT_NO_LIBWRAP);
}

/* One message of n bytes; false: it is none. */
static bool
understand(struct superd *s, const char *message, size_t n)
{
	struct wrap *w = &s->wrap;
	struct answer a;

	if (!w->greeted) {
		w->greeted = n == sizeof(VERSION) && memcmp(message, VERSION, n) == 0;
		heard(s);
		return w->greeted;
	}
	if (!answer_decode(&a, message, n))
		return false;
	heard(s);
	answered(s, &a);
	return true;
}

void
wrap_ready(struct superd *s)
{
	struct wrap *w = &s->wrap;
	char message[MESSAGE];
	ssize_t n;
	int i;

	for (i = 0; i < TURN && w->channel.fd >= 0; i++) {
		if (s->exhaustion.paused) {
			loop_unwatch(&s->loop, &w->channel);
			return;
		}
		n = recv(w->channel.fd, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			broken(s, "its channel has ended");
			return;
		}
		if ((size_t)n > sizeof(message) || !understand(s, message, (size_t)n)) {
			broken(s, "a message that is none of its language");
			return;
		}
	}
	put_all(s);
}

void
wrap_resume(struct superd *s)
{
	if (s->wrap.channel.fd < 0)
		return;
	(void)loop_watch(&s->loop, &s->wrap.channel);
	s->wrap.heard = s->loop.now;
	look_at(s, silent_at(s));
}

static void
again(struct superd *s)
{
	struct wrap *w = &s->wrap;

	if (s->loop.now >= w->started + HEALTHY)
		w->pause = PAUSE_FIRST;
	loop_arm(&s->loop, &w->start, s->loop.now + w->pause);
	w->pause = w->pause * 2 < PAUSE_LAST ? w->pause * 2 : PAUSE_LAST;
}

/* The channel and the worker at its other end. 0 or -errno. */
static int
begin(struct superd *s)
{
	static char *argv[] = {(char *)"superd", (char *)"worker", (char *)"libwrap", NULL};
	static struct credentials who = {
	    .name = (char *)"superd", .home = (char *)"/", .shell = (char *)"/bin/false"};
	struct helper_conf conf = {
	    .name = "libwrap", .path = "/proc/self/exe", .argv = argv, .who = &who};
	struct wrap *w = &s->wrap;
	autoclose int other = -1;
	int ends[2], r;

	who.uid = who.gid = s->conf->worker_users.first;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	other = fd_raise(ends[1]);
	w->channel.fd = fd_raise(ends[0]);
	if (other < 0 || w->channel.fd < 0)
		return -EMFILE;
	if (send(w->channel.fd, VERSION, sizeof(VERSION), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	conf.channel = other;
	r = loop_watch(&s->loop, &w->channel);
	return r < 0 ? r : helper_start(s, &w->worker, &conf);
}

void
wrap_start(struct superd *s)
{
	struct wrap *w = &s->wrap;
	int r;

	if (w->worker.pid > 0 || w->places == NULL)
		return;
	w->started = s->loop.now;
	r = begin(s);
	if (r == 0) {
		owes(s);
		return;
	}
	log_warnx("worker libwrap: start: %s", strerror(-r));
	hang_up(s);
	again(s);
}

/* A question that two workers have died of is not asked a third time. */
bool
wrap_reap(struct superd *s, const struct child_exit *x)
{
	struct wrap *w = &s->wrap;
	char text[HELPER_TEXT];
	size_t i;

	if (!helper_reap(s, &w->worker, x, text))
		return false;
	hang_up(s);
	if (w->places == NULL)
		return true;
	log_warnx("worker libwrap: it has ended (%s) and is started again", text);
	for (i = 0; i < WRAP_WAITING; i++) {
		w->places[i].sent = false;
		if (w->places[i].fd >= 0 && w->places[i].tries >= TRIES)
			refuse(s, &w->places[i], VERDICT_NO_LIBWRAP);
	}
	again(s);
	return true;
}

/* The worker, if it hangs. One that the kernel does not let go even then ends when it does, and no
 * other is started to hang beside it. */
static void
end_silence(struct superd *s)
{
	char why[64];

	if (silent_at(s) > s->loop.now)
		return;
	(void)snprintf(why, sizeof(why), "no answer for %d seconds: it is killed",
	    (int)(WRAP_SILENCE / USEC_PER_SEC));
	broken(s, why);
}

void
wrap_late(struct superd *s)
{
	struct wrap *w = &s->wrap;
	size_t i;

	for (i = 0; i < WRAP_WAITING; i++) {
		if (w->places[i].fd < 0)
			continue;
		if (w->places[i].due <= s->loop.now) {
			tell(s, &w->places[i], LATE);
			refuse(s, &w->places[i], VERDICT_NO_LIBWRAP);
		} else {
			look_at(s, w->places[i].due);
		}
	}
	end_silence(s);
	look_at(s, silent_at(s));
}
