#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

enum { OUTSIDE, DIRECT, NESTED };

enum { TURN = 64 }; /* events of the epoll descriptor in one turn */

static int
compare(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

RB_GENERATE_INTERNAL(loop_timers, loop_timer, entry, compare, __attribute__((unused)) static)

int
loop_init(struct loop *l)
{
	memset(l, 0, sizeof(*l));
	l->epoll = -1;
	RB_INIT(&l->timers);
	l->now = clock_now();
	return 0;
}

void
loop_fini(struct loop *l)
{
	free(l->set);
	free(l->sources);
	free(l->ready);
	free(l->revents);
	fd_cleanup(&l->epoll);
	(void)loop_init(l);
}

/* Room for one more entry of the poll set, and for all of them and a turn of the others in the
 * ready list. */
static int
reserve(struct loop *l)
{
	size_t size = l->size > 0 ? 2 * l->size : 32;
	void *p;

	if (l->count < l->size)
		return 0;
	if ((p = realloc(l->set, size * sizeof(*l->set))) == NULL)
		return -ENOMEM;
	l->set = p;
	if ((p = realloc(l->sources, size * sizeof(struct loop_source *))) == NULL)
		return -ENOMEM;
	l->sources = p;
	if ((p = realloc(l->ready, (size + TURN) * sizeof(struct loop_source *))) == NULL)
		return -ENOMEM;
	l->ready = p;
	if ((p = realloc(l->revents, (size + TURN) * sizeof(*l->revents))) == NULL)
		return -ENOMEM;
	l->revents = p;
	l->size = size;
	return 0;
}

/* s: NULL for the epoll descriptor. */
static int
add_entry(struct loop *l, int fd, struct loop_source *s)
{
	int r = reserve(l);

	if (r < 0)
		return r;
	l->set[l->count] = (struct pollfd){.fd = fd, .events = POLLIN};
	l->sources[l->count] = s;
	if (s != NULL)
		s->position = (uint32_t)l->count;
	l->count++;
	return 0;
}

static int
watch_direct(struct loop *l, struct loop_source *s)
{
	int r = add_entry(l, s->fd, s);

	if (r < 0)
		return r;
	s->place = DIRECT;
	l->direct += s->many;
	return 0;
}

static int
watch_nested(struct loop *l, struct loop_source *s)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
	int r;

	if (l->epoll < 0) {
		l->epoll = fd_raise(epoll_create1(EPOLL_CLOEXEC));
		if (l->epoll < 0) {
			r = l->epoll;
			l->epoll = -1;
			return r;
		}
		r = add_entry(l, l->epoll, NULL);
		if (r < 0) {
			fd_cleanup(&l->epoll);
			return r;
		}
	}
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &e) < 0)
		return -errno;
	s->place = NESTED;
	l->nested++;
	return 0;
}

int
loop_watch(struct loop *l, struct loop_source *s)
{
	if (s->place != OUTSIDE)
		return 0;
	if (s->many && l->direct >= LOOP_DIRECT)
		return watch_nested(l, s);
	return watch_direct(l, s);
}

static void
remove_entry(struct loop *l, size_t position)
{
	size_t last = --l->count;

	if (position == last)
		return;
	l->set[position] = l->set[last];
	l->sources[position] = l->sources[last];
	if (l->sources[position] != NULL)
		l->sources[position]->position = (uint32_t)position;
}

void
loop_unwatch(struct loop *l, struct loop_source *s)
{
	if (s->place == DIRECT) {
		remove_entry(l, s->position);
		l->direct -= s->many;
	} else if (s->place == NESTED) {
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
		l->nested--;
	}
	s->place = OUTSIDE;
	if (s->ready > 0)
		l->ready[s->ready - 1] = NULL;
	s->ready = 0;
}

void
loop_arm(struct loop *l, struct loop_timer *t, usec_t due)
{
	loop_disarm(l, t);
	t->due = due;
	t->serial = ++l->serial;
	t->armed = true;
	RB_INSERT(loop_timers, &l->timers, t);
}

void
loop_disarm(struct loop *l, struct loop_timer *t)
{
	if (t->armed)
		RB_REMOVE(loop_timers, &l->timers, t);
	t->armed = false;
}

static void
add_ready(struct loop *l, struct loop_source *s, short revents)
{
	l->ready[l->nready] = s;
	l->revents[l->nready] = revents;
	s->ready = (uint32_t)++l->nready;
}

static void
collect_nested(struct loop *l)
{
	struct epoll_event events[TURN];
	int i, n;

	n = epoll_wait(l->epoll, events, TURN, 0);
	/* EPOLLIN, EPOLLERR and EPOLLHUP have poll's values on Linux. */
	for (i = 0; i < n; i++)
		add_ready(l, events[i].data.ptr, (short)events[i].events);
}

/* The last entries come first: the signals, which are watched before all others, wait for the
 * connections, whose clients wait. */
static void
collect(struct loop *l, int n)
{
	size_t i;

	l->nready = l->next = 0;
	for (i = l->count; i-- > 0 && n > 0;) {
		if (l->set[i].revents == 0)
			continue;
		n--;
		if (l->sources[i] == NULL)
			collect_nested(l);
		else
			add_ready(l, l->sources[i], l->set[i].revents);
	}
}

static bool
next_source(struct loop *l, struct loop_event *e)
{
	struct loop_source *s;

	while (l->next < l->nready) {
		s = l->ready[l->next++];
		if (s == NULL)
			continue;
		s->ready = 0;
		*e = (struct loop_event){.source = s, .revents = l->revents[l->next - 1]};
		return true;
	}
	return false;
}

static bool
next_timer(struct loop *l, struct loop_event *e)
{
	struct loop_timer *t = RB_MIN(loop_timers, &l->timers);

	/* One that was armed in this turn waits for the next, so that sources come in between. */
	if (t == NULL || t->due > l->now || t->serial > l->turn)
		return false;
	loop_disarm(l, t);
	*e = (struct loop_event){.timer = t};
	return true;
}

static int
wait_ready(struct loop *l, usec_t until)
{
	struct timespec left;
	int n;

	l->now = clock_now();
	until = until > l->now ? until - l->now : 0;
	left.tv_sec = (time_t)(until / USEC_PER_SEC);
	left.tv_nsec = (long)(until % USEC_PER_SEC) * 1000;
	l->turn = l->serial;
	n = ppoll(l->set, l->count, until >= USEC_NEVER - l->now ? NULL : &left, NULL);
	l->now = clock_now();
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	collect(l, n);
	return 0;
}

int
loop_next(struct loop *l, usec_t until, struct loop_event *e)
{
	const struct loop_timer *t;
	usec_t due;
	bool waited = false;
	int r;

	for (;;) {
		if (next_source(l, e))
			return 1;
		/* After each wait timers that are due have their turn, so that sources cannot
		 * starve them. */
		if (next_timer(l, e))
			return 1;
		if (waited && until <= l->now)
			return 0;
		t = RB_MIN(loop_timers, &l->timers);
		due = t != NULL && t->due < until ? t->due : until;
		r = wait_ready(l, due);
		if (r < 0)
			return r;
		waited = true;
	}
}
