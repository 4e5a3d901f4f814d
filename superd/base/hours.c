#include "base/hours.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { DAYS = 7, ALL_DAYS = (1 << DAYS) - 1, DAY_LENGTH = 24 * 60, NAME = 3 };

static const char *const names[DAYS] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static int
complain(struct text *error, const char *s, const char *what, const char *part, size_t n)
{
	text_add(error, "\"");
	text_add_vis(error, s, strlen(s));
	text_add(error, "\" has ");
	text_add(error, what);
	text_add(error, " \"");
	text_add_vis(error, part, n);
	text_add(error, "\"");
	return -EINVAL;
}

static int
no_window(struct text *error, const char *s)
{
	text_add(error, "\"");
	text_add_vis(error, s, strlen(s));
	text_add(error, "\" is not a window of time (as in \"mon-fri 08:00-18:00\", "
			"\"sat,sun 10:00-14:00\", \"22:00-06:00\"; several are a list of strings)");
	return -EINVAL;
}

/* The day that a word of letters is: -1 for none. */
static int
day_of(const char *s, size_t n)
{
	int day;

	for (day = 0; day < DAYS; day++)
		if (n == NAME && strncasecmp(names[day], s, NAME) == 0)
			return day;
	return -1;
}

static size_t
letters(const char *s)
{
	size_t n = 0;

	while (isalpha((unsigned char)s[n]))
		n++;
	return n;
}

/* A day at *s, which goes on behind it. */
static int
day_parse(const char **s, const char *text, struct text *error)
{
	size_t n = letters(*s);
	int day = day_of(*s, n);

	if (n == 0)
		return no_window(error, text);
	if (day < 0) {
		(void)complain(error, text, "the unknown day", *s, n);
		text_add(error, " (allowed: mon tue wed thu fri sat sun)");
		return -EINVAL;
	}
	*s += n;
	return day;
}

static int
days_parse(struct hours *h, const char **s, const char *text, struct text *error)
{
	int first, last;

	for (;;) {
		first = last = day_parse(s, text, error);
		if (first >= 0 && **s == '-') {
			++*s;
			last = day_parse(s, text, error);
		}
		if (first < 0 || last < 0)
			return -EINVAL;
		h->days |= (uint8_t)(1U << last);
		for (; first != last; first = (first + 1) % DAYS)
			h->days |= (uint8_t)(1U << first);
		if (**s != ',')
			return 0;
		++*s;
	}
}

/* "8:00", "08:00": n characters. -1 if it is no time of the day. */
static int
time_of(const char *s, size_t n)
{
	size_t colon = n > 3 ? n - 3 : 0, i;
	int hour = 0, minute;

	if (n < 4 || n > 5 || s[colon] != ':')
		return -1;
	for (i = 0; i < n; i++)
		if (i != colon && !isdigit((unsigned char)s[i]))
			return -1;
	for (i = 0; i < colon; i++)
		hour = 10 * hour + (s[i] - '0');
	minute = 10 * (s[n - 2] - '0') + (s[n - 1] - '0');
	return minute < 60 && 60 * hour + minute <= DAY_LENGTH ? 60 * hour + minute : -1;
}

static int
times_parse(struct hours *h, const char *s, const char *text, struct text *error)
{
	size_t n = strcspn(s, "-"), m;
	const char *end = s + n + (s[n] == '-');
	int from = time_of(s, n), to;

	m = strlen(end);
	to = time_of(end, m);
	if (s[n] != '-')
		return no_window(error, text);
	if (from < 0 || from == DAY_LENGTH || to < 0) {
		(void)complain(error, text, "the bad time", from < 0 || to >= 0 ? s : end,
		    from < 0 || to >= 0 ? n : m);
		text_add(error, " (allowed: 00:00 to 24:00, which is an end only)");
		return -EINVAL;
	}
	if (from == to) {
		(void)complain(error, text, "the empty window", s, strlen(s));
		text_add(error, ": the whole day is 00:00-24:00");
		return -EINVAL;
	}
	h->from = (uint16_t)from;
	h->to = (uint16_t)to;
	return 0;
}

int
hours_parse(struct hours *h, const char *text, struct text *error)
{
	struct hours found = {.to = DAY_LENGTH};
	const char *s = text;
	int r = 0;

	if (isdigit((unsigned char)*s)) {
		found.days = ALL_DAYS;
	} else {
		r = days_parse(&found, &s, text, error);
		if (r < 0)
			return r;
		if (*s != ' ' && *s != '\0')
			return no_window(error, text);
		s += strspn(s, " ");
	}
	if (*s != '\0')
		r = times_parse(&found, s, text, error);
	if (r == 0)
		*h = found;
	return r;
}

/* Days from Monday on, as ranges where there are three in a row. */
static void
add_days(struct text *t, const struct hours *h)
{
	int i, last;
	const char *comma = "";

	for (i = 1; i <= DAYS; i++) {
		if ((h->days & 1U << i % DAYS) == 0)
			continue;
		for (last = i; last < DAYS && (h->days & 1U << (last + 1) % DAYS) != 0;)
			last++;
		if (last - i < 2)
			last = i;
		text_addf(t, "%s%s", comma, names[i % DAYS]);
		if (last > i)
			text_addf(t, "-%s", names[last % DAYS]);
		comma = ",";
		i = last;
	}
}

const char *
hours_text(const struct hours *h, char *text, size_t size)
{
	struct text t;

	text_init(&t, text, size);
	if (h->days != ALL_DAYS) {
		add_days(&t, h);
		text_add(&t, " ");
	}
	text_addf(
	    &t, "%02u:%02u-%02u:%02u", h->from / 60U, h->from % 60U, h->to / 60U, h->to % 60U);
	return text;
}

bool
hours_cover(const struct hours *h, int day, int minute)
{
	bool today = (h->days & 1U << day) != 0;
	bool yesterday = (h->days & 1U << (day + DAYS - 1) % DAYS) != 0;

	if (h->from < h->to)
		return today && minute >= h->from && minute < h->to;
	return (today && minute >= h->from) || (yesterday && minute < h->to);
}
