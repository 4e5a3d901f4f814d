#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/hours.h"
#include "base/text.h"

enum { ERROR = 512, SUN = 1, MON = 2, TUE = 4, WED = 8, THU = 16, FRI = 32, SAT = 64, ALL = 127 };

static struct hours
hours(const char *s)
{
	char storage[ERROR];
	struct text error;
	struct hours h;

	text_init(&error, storage, sizeof(storage));
	cr_assert_eq(hours_parse(&h, s, &error), 0, "%s: %s", s, storage);
	cr_assert_eq(error.length, 0);
	return h;
}

Test(hours, good)
{
	static const struct {
		const char *s;
		unsigned days, from, to;
		const char *text; /* NULL: as written */
	} rows[] = {
	    {"mon-fri 08:00-18:00", ALL & ~SAT & ~SUN, 480, 1080, NULL},
	    {"sat,sun 10:00-14:00", SAT | SUN, 600, 840, NULL},
	    {"22:00-06:00", ALL, 1320, 360, NULL},
	    {"08:00-24:00", ALL, 480, 1440, NULL},
	    {"00:00-24:00", ALL, 0, 1440, NULL},
	    {"18:00-00:00", ALL, 1080, 0, NULL},
	    {"8:00-9:30", ALL, 480, 570, "08:00-09:30"},
	    {"00:00-00:01", ALL, 0, 1, NULL},
	    {"23:59-24:00", ALL, 1439, 1440, NULL},
	    {"MON  08:00-18:00", MON, 480, 1080, "mon 08:00-18:00"},
	    {"wed", WED, 0, 1440, "wed 00:00-24:00"},
	    {"wed ", WED, 0, 1440, "wed 00:00-24:00"},
	    {"fri-mon 08:00-18:00", FRI | SAT | SUN | MON, 480, 1080, "mon,fri-sun 08:00-18:00"},
	    {"mon,wed-fri,sun 08:00-18:00", MON | WED | THU | FRI | SUN, 480, 1080, NULL},
	    {"tue-wed 08:00-18:00", TUE | WED, 480, 1080, "tue,wed 08:00-18:00"},
	    {"mon,wed,fri,sun 08:00-18:00", MON | WED | FRI | SUN, 480, 1080, NULL},
	    {"sat-sun,sat 08:00-18:00", SAT | SUN, 480, 1080, "sat,sun 08:00-18:00"},
	    {"tue-mon 08:00-18:00", ALL, 480, 1080, "08:00-18:00"},
	    {"sun-sun", SUN, 0, 1440, "sun 00:00-24:00"},
	    {"mon,tue,thu,fri,sun 08:00-18:00", MON | TUE | THU | FRI | SUN, 480, 1080, NULL},
	};
	char text[HOURS_TEXT];
	struct hours h;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = hours(rows[i].s);
		cr_expect_eq(h.days, rows[i].days, "%s", rows[i].s);
		cr_expect_eq(h.from, rows[i].from, "%s", rows[i].s);
		cr_expect_eq(h.to, rows[i].to, "%s", rows[i].s);
		cr_expect_str_eq(hours_text(&h, text, sizeof(text)),
		    rows[i].text != NULL ? rows[i].text : rows[i].s);
		h = hours(text);
		cr_expect(h.days == rows[i].days && h.from == rows[i].from && h.to == rows[i].to);
	}
}

Test(hours, bad)
{
	static const struct {
		const char *s, *part; /* of the sentence */
	} rows[] = {
	    {"", "is not a window of time (as in \"mon-fri 08:00-18:00\""},
	    {" 08:00-18:00", "is not a window"},
	    {"-", "is not a window"},
	    {"08:00", "is not a window"},
	    {"mon 08:00", "is not a window"},
	    {"mon, tue 08:00-18:00", "is not a window"},
	    {"mon-", "is not a window"},
	    {"mon,", "is not a window"},
	    {"mon;tue", "is not a window"},
	    {"mon08:00-18:00", "is not a window"},
	    {"monday 08:00-18:00", "has the unknown day \"monday\" (allowed: mon tue wed"},
	    {"mon-fry 08:00-18:00", "has the unknown day \"fry\""},
	    {"mo-fr 08:00-18:00", "has the unknown day \"mo\""},
	    {"daily 08:00-18:00", "has the unknown day \"daily\""},
	    {"08:00-18", "has the bad time \"18\" (allowed: 00:00 to 24:00"},
	    {"8-18", "has the bad time \"8\""},
	    {"08:00-18:60", "has the bad time \"18:60\""},
	    {"08:00-24:01", "has the bad time \"24:01\""},
	    {"24:00-08:00", "has the bad time \"24:00\""},
	    {"24:00-24:00", "has the bad time \"24:00\""},
	    {"08:00-25:00", "has the bad time \"25:00\""},
	    {"08:00-99:99", "has the bad time \"99:99\""},
	    {"08:0-18:00", "has the bad time \"08:0\""},
	    {"008:00-18:00", "has the bad time \"008:00\""},
	    {"08.00-18.00", "has the bad time \"08.00\""},
	    {"08:00-", "has the bad time \"\""},
	    {"08:00-18:00pm", "has the bad time \"18:00pm\""},
	    {"08:00 -18:00", "has the bad time \"08:00 \""},
	    {"08:00-12:00 13:00-17:00", "has the bad time \"12:00 13:00-17:00\""},
	    {"08:00-12:00,13:00-17:00", "has the bad time \"12:00,13:00-17:00\""},
	    {"0x:00-18:00", "has the bad time \"0x:00\""},
	    {"mon 08:00-08:00", "has the empty window \"08:00-08:00\": the whole day is 00:00-24"},
	    {"00:00-00:00", "the whole day is 00:00-24:00"},
	    {"m\xc3\xb6n 08:00-18:00", "has the unknown day \"m\""},
	};
	struct hours h, before;
	char storage[ERROR];
	struct text error;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = before;
		text_init(&error, storage, sizeof(storage));
		cr_expect_eq(hours_parse(&h, rows[i].s, &error), -EINVAL, "%s", rows[i].s);
		cr_expect_not_null(strstr(storage, rows[i].part), "%s: %s", rows[i].s, storage);
		cr_expect_arr_eq(&h, &before, sizeof(h), "%s", rows[i].s);
	}
}

Test(hours, cover)
{
	static const struct {
		const char *s;
		int day, minute;  /* the first within; the minute before is not */
		int end_day, end; /* the first that is not; the minute before is */
	} rows[] = {
	    {"mon-fri 08:00-18:00", 1, 480, 1, 1080},
	    {"mon-fri 08:00-18:00", 5, 480, 5, 1080},
	    {"fri 22:00-06:00", 5, 1320, 6, 360},
	    {"sat 22:00-06:00", 6, 1320, 0, 360},
	    {"22:00-06:00", 0, 1320, 1, 360},
	    {"sat,sun", 6, 0, 1, 0},
	    {"sun 08:00-24:00", 0, 480, 1, 0},
	    {"sun 18:00-00:00", 0, 1080, 1, 0},
	    {"wed 00:00-00:01", 3, 0, 3, 1},
	};
	struct hours h;
	size_t i;
	int day, minute;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		h = hours(rows[i].s);
		cr_expect(hours_cover(&h, rows[i].day, rows[i].minute), "%s", rows[i].s);
		cr_expect_not(hours_cover(&h, rows[i].end_day, rows[i].end), "%s", rows[i].s);
		day = (rows[i].day + 7 - (rows[i].minute == 0)) % 7;
		cr_expect_not(
		    hours_cover(&h, day, (rows[i].minute + 1439) % 1440), "%s", rows[i].s);
		day = (rows[i].end_day + 7 - (rows[i].end == 0)) % 7;
		cr_expect(hours_cover(&h, day, (rows[i].end + 1439) % 1440), "%s", rows[i].s);
	}
	h = hours("00:00-24:00");
	for (day = 0; day < 7; day++)
		for (minute = 0; minute < 1440; minute++)
			cr_assert(hours_cover(&h, day, minute));
	h = hours("mon-fri 08:00-18:00");
	cr_expect_not(hours_cover(&h, 6, 600));
	cr_expect_not(hours_cover(&h, 0, 600));
}
