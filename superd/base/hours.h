/*
 * Windows of the week, "mon-fri 08:00-18:00": plain data, by the clock on the wall. The caller says
 * what time it is.
 */
#ifndef BASE_HOURS_H
#define BASE_HOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* On each of the days from `from` until before `to`, in minutes after midnight; where `to` is not
 * after `from`, until then on the day after. */
struct hours {
	uint8_t days;	   /* 1 << tm_wday, Sunday is 1 << 0; never 0 */
	uint16_t from, to; /* 0..1439, 0..1440; never the same */
};

/* Longest text of a window, with the terminator. */
enum { HOURS_TEXT = 48 };

/*
 * "mon-fri 08:00-18:00", "sat,sun 10:00-14:00", "22:00-06:00" (every day), "fri-mon" (all day).
 * Days are sun mon tue wed thu fri sat, also ranges, which may go over the end of the week, in a
 * list with commas; times 00:00..24:00. A window over midnight belongs to the day on which it
 * begins. 0, or -EINVAL with a sentence in error.
 */
int hours_parse(struct hours *h, const char *text, struct text *error);

/* As hours_parse takes it, the days from Monday on. Returns text. */
const char *hours_text(const struct hours *h, char *text, size_t size);

/* Is the minute of the day (0..1439) on that day of the week (tm_wday) within the window? */
bool hours_cover(const struct hours *h, int day, int minute);

#endif
