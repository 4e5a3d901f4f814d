#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/rate.h"

#define DAY (86400 * USEC_PER_SEC)

Test(rate, good)
{
	static const struct {
		const char *text;
		uint32_t count;
		usec_t per;
		const char *printed;
	} rows[] = {
	    {"50/s", 50, USEC_PER_SEC, "50/s"},
	    {"10/m", 10, 60 * USEC_PER_SEC, "10/m"},
	    {"3/h", 3, 3600 * USEC_PER_SEC, "3/h"},
	    {"100/d", 100, DAY, "100/d"},
	    {"5/30s", 5, 30 * USEC_PER_SEC, "5/30s"},
	    {"5/30", 5, 30 * USEC_PER_SEC, "5/30s"},
	    {"007/60s", 7, 60 * USEC_PER_SEC, "7/m"},
	    {"7/90m", 7, 5400 * USEC_PER_SEC, "7/90m"},
	    {"1/ms", 1, USEC_PER_MSEC, "1/ms"},
	    {"1/1500ms", 1, 1500 * USEC_PER_MSEC, "1/1500ms"},
	    {"1/3000MS", 1, 3 * USEC_PER_SEC, "1/3s"},
	    {"1000/1ms", 1000, USEC_PER_MSEC, "1000/ms"},
	    {"1000000/s", 1000000, USEC_PER_SEC, "1000000/s"},
	    {"1/30d", 1, 30 * DAY, "1/30d"},
	};
	char text[RATE_TEXT];
	struct rate r, again;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&r, 0xff, sizeof(r));
		cr_assert_eq(rate_parse(rows[i].text, &r), 0, "%s", rows[i].text);
		cr_expect_eq(r.count, rows[i].count, "%s", rows[i].text);
		cr_expect_eq(r.per, rows[i].per, "%s", rows[i].text);
		cr_expect_eq(r.burst, 0, "%s", rows[i].text);
		cr_expect_eq(rate_burst(&r), rows[i].count, "%s", rows[i].text);
		cr_expect_str_eq(rate_text(&r, text, sizeof(text)), rows[i].printed);
		cr_assert_eq(rate_parse(text, &again), 0, "%s", text);
		cr_expect(again.count == r.count && again.per == r.per, "%s", text);
	}
}

Test(rate, bad)
{
	static const struct {
		const char *text;
		int r;
	} rows[] = {
	    {"", -EINVAL},
	    {"/", -EINVAL},
	    {"50", -EINVAL},
	    {"50/", -EINVAL},
	    {"/s", -EINVAL},
	    {"50/x", -EINVAL},
	    {"50/s ", -EINVAL},
	    {" 50/s", -EINVAL},
	    {"+5/s", -EINVAL},
	    {"-5/s", -EINVAL},
	    {"5x/s", -EINVAL},
	    {"5/s/s", -EINVAL},
	    {"5/-1s", -EINVAL},
	    {"5/ssssssssssssssssssssssssssssssss", -EINVAL},
	    {"0/s", -ERANGE},
	    {"5/0s", -ERANGE},
	    {"1000001/s", -ERANGE},
	    {"1001/ms", -ERANGE},
	    {"1/31d", -ERANGE},
	    {"99999999999999999999/s", -ERANGE},
	    {"00000000000000000000000000000001/s", -ERANGE},
	    {"1/99999999999999999999s", -ERANGE},
	};
	struct rate r, before;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = before;
		cr_expect_eq(rate_parse(rows[i].text, &r), rows[i].r, "%s", rows[i].text);
		cr_expect_eq(memcmp(&r, &before, sizeof(r)), 0, "%s", rows[i].text);
	}
}

Test(rate, burst_and_none)
{
	const struct rate none = {0}, burst = {.count = 5, .burst = 9, .per = USEC_PER_SEC};
	char text[RATE_TEXT] = "x";

	cr_expect_str_eq(rate_text(&none, text, sizeof(text)), "");
	cr_expect_eq(rate_burst(&none), 0);
	cr_expect_eq(rate_burst(&burst), 9);
}
