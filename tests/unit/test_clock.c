#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

Test(clock, is_monotonic_time)
{
	struct timespec a, b;
	usec_t now;

	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &a), 0);
	now = clock_now();
	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &b), 0);
	cr_expect(now >= (usec_t)a.tv_sec * USEC_PER_SEC + (usec_t)a.tv_nsec / 1000);
	cr_expect(now <= (usec_t)b.tv_sec * USEC_PER_SEC + (usec_t)b.tv_nsec / 1000);
}

/* The stamp's microseconds since the epoch. */
static long long
parse(const char *stamp)
{
	struct tm tm = {0};
	long usec;
	const char *rest;
	char *end;

	rest = strptime(stamp, "%Y-%m-%dT%H:%M:%S.", &tm);
	cr_assert_not_null(rest, "%s", stamp);
	usec = strtol(rest, &end, 10);
	cr_assert(end == rest + 6 && strcmp(end, "Z") == 0, "%s", stamp);
	return (long long)timegm(&tm) * 1000000 + usec;
}

static long long
real(void)
{
	struct timespec now;

	cr_assert_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
	return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Through the end of a second, where the text that is kept changes. */
Test(clock, stamps_are_utc_to_the_microsecond)
{
	char stamp[64];
	long long before, after, end = 0;

	cr_assert_eq(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	do {
		before = real();
		clock_stamp(stamp, sizeof(stamp));
		after = real();
		cr_assert_eq(strlen(stamp), 27, "%s", stamp);
		cr_assert(parse(stamp) >= before && parse(stamp) <= after, "%s", stamp);
		if (end == 0)
			end = (before / 1000000 + 1) * 1000000 + 1000;
	} while (after < end);
}

Test(clock, a_stamp_is_cut)
{
	char stamp[12] = "###########";

	clock_stamp(stamp, 5);
	cr_expect_eq(strlen(stamp), 4);
	cr_expect(isdigit((unsigned char)stamp[3]));
	cr_expect_eq(stamp[5], '#');
}
