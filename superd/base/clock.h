/* Time: monotonic microseconds for everything that is measured or awaited, wall-clock text for log
 * lines only. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_NEVER UINT64_MAX

/* CLOCK_MONOTONIC now, clock_gettime(2); does not fail. */
usec_t clock_now(void);

/* CLOCK_REALTIME now as RFC 3339 text in UTC with microseconds, "2026-01-31T12:00:00.000001Z" (27
 * characters). */
void clock_stamp(char *text, size_t size);

#endif
