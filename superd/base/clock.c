#include "base/clock.h"

#include <bsd/string.h>
#include <stdio.h>
#include <time.h>

usec_t
clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (usec_t)now.tv_sec * USEC_PER_SEC + (usec_t)now.tv_nsec / 1000;
}

void
clock_stamp(char *text, size_t size)
{
	/* The text of a second is kept: making it costs more than the rest of a log line. */
	static char stamp[64];
	static time_t second;
	static const size_t whole = sizeof("2026-01-31T12:00:00") - 1;
	struct timespec now;
	struct tm tm;
	long usec;
	int i;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (stamp[0] == '\0' || now.tv_sec != second) {
		(void)gmtime_r(&now.tv_sec, &tm);
		(void)snprintf(stamp, sizeof(stamp), "%04d-%02d-%02dT%02d:%02d:%02d.000000Z",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		second = now.tv_sec;
	}
	usec = now.tv_nsec / 1000;
	for (i = 6; i > 0; i--) {
		stamp[whole + (size_t)i] = (char)('0' + usec % 10);
		usec /= 10;
	}
	(void)strlcpy(text, stamp, size);
}
