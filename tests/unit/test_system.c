#include <criterion/criterion.h>
#include <string.h>

#include "config/system.h"

Test(system, reserved_ports)
{
	static const struct {
		const char *list;
		unsigned yes[3], no[3];
	} rows[] = {
	    {"", {0}, {1, 80, 65535}},
	    {"\n", {0}, {1, 80, 65535}},
	    {"80\n", {80}, {79, 81, 8}},
	    {"8080,9148-9150\n", {8080, 9148, 9150}, {8079, 9147, 9151}},
	    {"1-65535", {1, 30000, 65535}, {0}},
	    {"5-4,7", {7}, {4, 5, 6}},
	    {"70000,9", {9}, {8, 4464, 10}},
	    {"x", {0}, {1, 2, 3}},
	};
	struct system sys;
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&sys, 0, sizeof(sys));
		system_parse_reserved(&sys, rows[i].list);
		for (j = 0; j < 3; j++) {
			cr_expect(rows[i].yes[j] == 0 || system_reserved(&sys, rows[i].yes[j]),
			    "%s: %u", rows[i].list, rows[i].yes[j]);
			cr_expect_not(system_reserved(&sys, rows[i].no[j]), "%s: %u", rows[i].list,
			    rows[i].no[j]);
		}
	}
}

Test(system, has_numbers)
{
	struct system sys;

	system_read(&sys);
	cr_assert(sys.ephemeral_first < sys.ephemeral_last);
	cr_assert(sys.ephemeral_last <= 65535);
	cr_assert(sys.unprivileged <= 65536);
}
