#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "net/port_range.h"

Test(port_range, good)
{
	static const struct {
		const char *s;
		unsigned first, last;
		const char *text; /* NULL: as written */
	} rows[] = {
	    {"0-1023", 0, 1023, NULL},
	    {"20", 20, 20, NULL},
	    {"0", 0, 0, NULL},
	    {"0-65535", 0, 65535, NULL},
	    {"65535", 65535, 65535, NULL},
	    {"512-512", 512, 512, "512"},
	    {"00512-1023", 512, 1023, "512-1023"},
	};
	char storage[256], text[PORT_RANGE_TEXT];
	struct port_range p;
	struct text error;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&error, storage, sizeof(storage));
		cr_assert_eq(port_range_parse(&p, rows[i].s, &error), 0, "%s", storage);
		cr_expect_eq(p.first, rows[i].first, "%s", rows[i].s);
		cr_expect_eq(p.last, rows[i].last, "%s", rows[i].s);
		cr_expect_str_eq(port_range_text(&p, text, sizeof(text)),
		    rows[i].text != NULL ? rows[i].text : rows[i].s);
		cr_expect(port_range_covers(&p, p.first) && port_range_covers(&p, p.last));
		cr_expect(p.first == 0 || !port_range_covers(&p, (uint16_t)(p.first - 1)));
		cr_expect(p.last == 65535 || !port_range_covers(&p, (uint16_t)(p.last + 1)));
	}
}

Test(port_range, bad)
{
	static const struct {
		const char *s, *part;
	} rows[] = {
	    {"", "is not a port or a range of ports (numbers from 0 to 65535"},
	    {"-", "is not a port"},
	    {"-1", "is not a port"},
	    {"1-", "is not a port"},
	    {"1--2", "is not a port"},
	    {"1-2-3", "is not a port"},
	    {"65536", "is not a port"},
	    {"0-65536", "is not a port"},
	    {"000000", "is not a port"},
	    {"login", "is not a port"},
	    {"0 - 1023", "is not a port"},
	    {"1,2", "is not a port"},
	    {"0x10", "is not a port"},
	    {"1023-0", "is reversed: the lower port comes first"},
	};
	struct port_range p = {7, 8};
	char storage[256];
	struct text error;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&error, storage, sizeof(storage));
		cr_expect_eq(port_range_parse(&p, rows[i].s, &error), -EINVAL, "%s", rows[i].s);
		cr_expect_not_null(strstr(storage, rows[i].part), "%s: %s", rows[i].s, storage);
		cr_expect(p.first == 7 && p.last == 8);
	}
}
