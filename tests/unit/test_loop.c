#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/loop.h"

enum { KIND = 7, DIRECT = 1, NESTED = 2 }; /* places: the loop's numbers */

static struct loop l;

static void
source_init(struct loop_source *s, bool many)
{
	*s = (struct loop_source){
	    .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .kind = KIND, .many = many, .owner = s};
	cr_assert_geq(s->fd, 0);
}

static void
make_ready(struct loop_source *s)
{
	cr_assert_eq(eventfd_write(s->fd, 1), 0);
}

static void
make_idle(struct loop_source *s)
{
	eventfd_t value;

	(void)eventfd_read(s->fd, &value);
}

/* n of many, watched. */
static void
watch_many(struct loop_source *many, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		source_init(&many[i], true);
		cr_assert_eq(loop_watch(&l, &many[i]), 0);
	}
}

/* The next event without waiting: 0 if there is none. */
static int
next_now(struct loop_event *e)
{
	*e = (struct loop_event){0};
	return loop_next(&l, 0, e);
}

static void
expect_source(const struct loop_source *s)
{
	struct loop_event e;

	cr_assert_eq(next_now(&e), 1);
	cr_expect_eq(e.source, s);
	cr_expect_null(e.timer);
	cr_expect(e.revents & POLLIN);
}

static void
expect_timer(const struct loop_timer *t)
{
	struct loop_event e;

	cr_assert_eq(next_now(&e), 1);
	cr_expect_eq(e.timer, t);
	cr_expect_null(e.source);
	cr_expect_not(t->armed);
}

static void
expect_nothing(void)
{
	struct loop_event e;

	cr_expect_eq(next_now(&e), 0);
}

Test(loop, a_source)
{
	struct loop_source s;

	cr_assert_eq(loop_init(&l), 0);
	source_init(&s, false);
	expect_nothing();
	make_ready(&s);
	expect_nothing(); /* not watched yet */
	cr_assert_eq(loop_watch(&l, &s), 0);
	cr_assert_eq(loop_watch(&l, &s), 0);
	cr_expect_eq(l.count, 1);
	expect_source(&s);
	expect_source(&s); /* level-triggered */
	make_idle(&s);
	expect_nothing();
	make_ready(&s);
	loop_unwatch(&l, &s);
	loop_unwatch(&l, &s);
	expect_nothing();
	cr_expect_eq(l.count, 0);
	loop_fini(&l);
	(void)close(s.fd);
}

Test(loop, waits_until)
{
	struct loop_source s;
	struct loop_event e;
	usec_t before, until;

	cr_assert_eq(loop_init(&l), 0);
	source_init(&s, false);
	cr_assert_eq(loop_watch(&l, &s), 0);
	before = clock_now();
	until = before + 20 * USEC_PER_MSEC;
	cr_expect_eq(loop_next(&l, until, &e), 0);
	cr_expect_geq(clock_now(), until);
	cr_expect_geq(l.now, until);
	make_ready(&s);
	cr_expect_eq(loop_next(&l, USEC_NEVER, &e), 1);
	cr_expect_eq(e.source, &s);
	loop_fini(&l);
}

Test(loop, few_of_many_stand_in_the_poll_set_the_others_behind_epoll)
{
	enum { N = 100 };
	static struct loop_source many[N], single;
	struct loop_event e;
	size_t i, direct = 0, nested = 0;

	cr_assert_eq(loop_init(&l), 0);
	for (i = 0; i < N; i++) {
		source_init(&many[i], true);
		cr_assert_eq(loop_watch(&l, &many[i]), 0);
		cr_expect_eq(l.epoll >= 0, i >= LOOP_DIRECT, "made on demand");
	}
	source_init(&single, false);
	cr_assert_eq(loop_watch(&l, &single), 0);
	cr_expect_geq(l.epoll, FD_RESERVED);
	cr_expect_eq(fcntl(l.epoll, F_GETFD), FD_CLOEXEC);
	for (i = 0; i < N; i++) {
		direct += many[i].place == DIRECT;
		nested += many[i].place == NESTED;
	}
	cr_expect_eq(direct, LOOP_DIRECT);
	cr_expect_eq(nested, N - LOOP_DIRECT);
	cr_expect_eq(single.place, DIRECT);
	cr_expect_eq(l.count, LOOP_DIRECT + 2, "the set stays small");
	for (i = 0; i < N; i++) {
		make_ready(&many[i]);
		cr_assert_eq(next_now(&e), 1);
		cr_expect_eq(e.source, &many[i]);
		make_idle(&many[i]);
		expect_nothing();
	}
	make_ready(&single);
	expect_source(&single);
	loop_fini(&l);
	cr_expect_eq(l.epoll, -1);
}

Test(loop, a_later_source_takes_the_place_of_one_that_left)
{
	static struct loop_source many[LOOP_DIRECT + 2];

	cr_assert_eq(loop_init(&l), 0);
	watch_many(many, LOOP_DIRECT + 1);
	cr_expect_eq(many[LOOP_DIRECT].place, NESTED);
	loop_unwatch(&l, &many[3]);
	source_init(&many[LOOP_DIRECT + 1], true);
	cr_assert_eq(loop_watch(&l, &many[LOOP_DIRECT + 1]), 0);
	cr_expect_eq(many[LOOP_DIRECT + 1].place, DIRECT);
	cr_assert_eq(loop_watch(&l, &many[3]), 0);
	cr_expect_eq(many[3].place, NESTED);
	make_ready(&many[3]);
	expect_source(&many[3]);
	loop_fini(&l);
}

/* More are ready at once than a turn takes: each has its turn. */
Test(loop, none_of_many_starves)
{
	enum { N = 500 };
	static struct loop_source many[N];
	static bool seen[N];
	struct loop_event e;
	size_t i, found = 0;

	cr_assert_eq(loop_init(&l), 0);
	watch_many(many, N);
	for (i = 0; i < N; i++)
		make_ready(&many[i]);
	for (i = 0; i < 20 * N && found < N; i++) {
		cr_assert_eq(next_now(&e), 1);
		found += !seen[e.source - many];
		seen[e.source - many] = true;
	}
	cr_expect_eq(found, N);
	loop_fini(&l);
}

/* What is taken out while its turn has begun does not come. */
Test(loop, unwatched_within_a_turn)
{
	enum { N = LOOP_DIRECT + 8 };
	static struct loop_source many[N];
	struct loop_event e;
	size_t i, n = 0;

	cr_assert_eq(loop_init(&l), 0);
	watch_many(many, N);
	for (i = 0; i < N; i++)
		make_ready(&many[i]);
	cr_assert_eq(next_now(&e), 1);
	for (i = 0; i < N; i++) {
		if (&many[i] == e.source || i % 2 == 0)
			continue;
		loop_unwatch(&l, &many[i]);
		(void)close(many[i].fd);
		memset(&many[i], 0xff, sizeof(many[i])); /* as if freed */
		n++;
	}
	for (i = 0; i + 1 + n < N; i++) {
		cr_assert_eq(next_now(&e), 1);
		cr_expect_eq((e.source - many) % 2, 0);
		make_idle(e.source);
	}
	loop_fini(&l);
}

/* Out and in again within one turn: the old readiness is forgotten. */
Test(loop, watched_again_within_a_turn)
{
	struct loop_source a, b;

	cr_assert_eq(loop_init(&l), 0);
	source_init(&a, false);
	source_init(&b, false);
	cr_assert_eq(loop_watch(&l, &a), 0);
	cr_assert_eq(loop_watch(&l, &b), 0);
	make_ready(&a);
	make_ready(&b);
	expect_source(&b);
	make_idle(&b);
	loop_unwatch(&l, &a);
	make_idle(&a);
	cr_assert_eq(loop_watch(&l, &a), 0);
	expect_nothing();
	make_ready(&a);
	expect_source(&a);
	loop_fini(&l);
}

/* The first one watched has the last word: the signals, among connections. */
Test(loop, the_first_watched_comes_last)
{
	struct loop_source a, b, c;

	cr_assert_eq(loop_init(&l), 0);
	source_init(&a, false);
	source_init(&b, true);
	source_init(&c, true);
	cr_assert_eq(loop_watch(&l, &a), 0);
	cr_assert_eq(loop_watch(&l, &b), 0);
	cr_assert_eq(loop_watch(&l, &c), 0);
	make_ready(&a);
	make_ready(&b);
	make_ready(&c);
	expect_source(&c);
	expect_source(&b);
	expect_source(&a);
	loop_fini(&l);
}

Test(loop, timers_come_when_due_in_order)
{
	struct loop_timer t[6] = {0};
	struct loop_event e;
	usec_t now;
	size_t i;

	cr_assert_eq(loop_init(&l), 0);
	now = clock_now();
	loop_arm(&l, &t[0], now + 10 * USEC_PER_MSEC);
	loop_arm(&l, &t[1], now);
	loop_arm(&l, &t[2], now - 5);
	loop_arm(&l, &t[3], now);
	loop_arm(&l, &t[4], now);
	loop_arm(&l, &t[5], now + 3600 * USEC_PER_SEC);
	loop_disarm(&l, &t[4]);
	loop_disarm(&l, &t[4]);
	for (i = 0; i < 6; i++)
		cr_expect_eq(t[i].armed, i != 4);
	expect_timer(&t[2]);
	expect_timer(&t[1]);
	expect_timer(&t[3]);
	cr_expect_eq(loop_next(&l, USEC_NEVER, &e), 1);
	cr_expect_eq(e.timer, &t[0]);
	cr_expect_geq(clock_now(), now + 10 * USEC_PER_MSEC);
	expect_nothing();
	cr_expect(t[5].armed);
	loop_arm(&l, &t[5], now); /* armed again: the old deadline is gone */
	expect_timer(&t[5]);
	expect_nothing();
	loop_fini(&l);
}

Test(loop, the_nearest_of_timer_and_until_ends_the_wait)
{
	struct loop_timer t = {0};
	struct loop_event e;
	usec_t now;

	cr_assert_eq(loop_init(&l), 0);
	now = clock_now();
	loop_arm(&l, &t, now + 3600 * USEC_PER_SEC);
	cr_expect_eq(loop_next(&l, now + USEC_PER_MSEC, &e), 0);
	cr_expect_lt(clock_now(), now + 60 * USEC_PER_SEC);
	loop_arm(&l, &t, now + 2 * USEC_PER_MSEC);
	cr_expect_eq(loop_next(&l, now + 3600 * USEC_PER_SEC, &e), 1);
	cr_expect_eq(e.timer, &t);
	loop_fini(&l);
}

/* Neither a source that is always ready nor a timer that is always armed again keeps the other
 * from its turn. */
Test(loop, sources_and_timers_take_turns)
{
	struct loop_source s;
	struct loop_timer t = {0};
	struct loop_event e;
	int i, sources = 0, timers = 0;

	cr_assert_eq(loop_init(&l), 0);
	source_init(&s, false);
	make_ready(&s);
	cr_assert_eq(loop_watch(&l, &s), 0);
	loop_arm(&l, &t, 1);
	for (i = 0; i < 100; i++) {
		cr_assert_eq(next_now(&e), 1);
		if (e.timer != NULL) {
			loop_arm(&l, &t, 1);
			timers++;
		} else {
			sources++;
		}
	}
	cr_expect_eq(sources, 50);
	cr_expect_eq(timers, 50);
	loop_fini(&l);
}

Test(loop, sources_of_a_turn_come_before_its_timers)
{
	struct loop_source a, b;
	struct loop_timer t = {0};

	cr_assert_eq(loop_init(&l), 0);
	source_init(&a, false);
	source_init(&b, true);
	cr_assert_eq(loop_watch(&l, &a), 0);
	cr_assert_eq(loop_watch(&l, &b), 0);
	make_ready(&a);
	make_ready(&b);
	loop_arm(&l, &t, 1);
	cr_assert_eq(loop_next(&l, 0, &(struct loop_event){0}), 1);
	cr_assert_eq(loop_next(&l, 0, &(struct loop_event){0}), 1);
	cr_expect(t.armed);
	expect_timer(&t);
	loop_fini(&l);
}

Test(loop, hangup_of_a_direct_and_of_a_nested_source)
{
	static struct loop_source many[LOOP_DIRECT];
	struct loop_source s[2] = {{.many = false}, {.many = true}};
	struct loop_event e;
	int p[2], i;

	cr_assert_eq(loop_init(&l), 0);
	watch_many(many, LOOP_DIRECT);
	for (i = 0; i < 2; i++) {
		cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
		s[i].fd = p[0];
		cr_assert_eq(loop_watch(&l, &s[i]), 0);
		cr_expect_eq(s[i].place, i == 0 ? DIRECT : NESTED);
		(void)close(p[1]);
		cr_assert_eq(next_now(&e), 1);
		cr_expect_eq(e.source, &s[i]);
		cr_expect_eq(e.revents, POLLHUP);
		loop_unwatch(&l, &s[i]);
	}
	expect_nothing();
	loop_fini(&l);
}

/* A source that cannot be watched leaves no trace. */
Test(loop, an_error_of_epoll)
{
	static struct loop_source many[LOOP_DIRECT];
	struct loop_source file = {.fd = -1, .many = true}, good;
	const struct rlimit none = {0};
	struct rlimit before;

	cr_assert_eq(loop_init(&l), 0);
	watch_many(many, LOOP_DIRECT);
	source_init(&good, true);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){none.rlim_cur, before.rlim_max}), 0);
	cr_expect_eq(loop_watch(&l, &good), -EMFILE);
	cr_expect_eq(l.epoll, -1);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_expect_eq(loop_watch(&l, &good), 0);
	file.fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(file.fd, 0);
	cr_expect_eq(loop_watch(&l, &file), -EPERM, "epoll takes no files");
	loop_unwatch(&l, &file);
	cr_expect_eq(l.count, LOOP_DIRECT + 1);
	cr_expect_eq(l.nested, 1);
	make_ready(&good);
	expect_source(&good);
	loop_unwatch(&l, &good);
	cr_expect_eq(l.nested, 0);
	loop_fini(&l);
}
