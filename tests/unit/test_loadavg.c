#include <criterion/criterion.h>
#include <errno.h>

#include "policy/loadavg.h"

Test(loadavg, table)
{
	static const struct {
		const char *text;
		int r;
		uint32_t load;
	} rows[] = {
	    {"0.00 0.01 0.05 1/99 7\n", 0, 0},
	    {"0.25 0.10 0.05 1/99 7\n", 0, 25},
	    {"12.08 0.10 0.05 1/99 7\n", 0, 1208},
	    {"999999.99 0.10", 0, 99999999},
	    {"1.50\n", 0, 150},
	    {"1.50", 0, 150},
	    {"1000000.00 0.10", -ERANGE, 7},
	    {"99999999999999999999.00", -ERANGE, 7},
	    {"", -EINVAL, 7},
	    {" 1.00", -EINVAL, 7},
	    {"-1.00", -EINVAL, 7},
	    {".50", -EINVAL, 7},
	    {"1", -EINVAL, 7},
	    {"1.", -EINVAL, 7},
	    {"1.5", -EINVAL, 7},
	    {"1.5 0", -EINVAL, 7},
	    {"1.555", -EINVAL, 7},
	    {"1,50", -EINVAL, 7},
	    {"x", -EINVAL, 7},
	};
	uint32_t load;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		load = 7;
		cr_expect_eq(loadavg_parse(rows[i].text, &load), rows[i].r, "%s", rows[i].text);
		cr_expect_eq(load, rows[i].load, "%s", rows[i].text);
	}
}
