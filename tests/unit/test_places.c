#include <criterion/criterion.h>
#include <string.h>

#include "config/load.h"
#include "config/places.h"
#include "config/report.h"
#include "config/service.h"

static const char text[] = "service a {\n"
			   " listen = { 1/tcp,\n"
			   "  2/tcp }\n"
			   " command = /x\n"
			   " listen += {\n"
			   "  3/tcp,\n"
			   " }\n"
			   " environment +=\n"
			   "  'C=3' groups = {}\n"
			   " socket {\n"
			   "  group = x } }\n"
			   "defaults {\n"
			   " environment = { 'A=1',\n"
			   "  'B=2' }\n"
			   " groups = y\n"
			   " user = z\n"
			   "}\n"
			   "service b { listen = 9/tcp\n"
			   " environment = 'D=4' command = /x\n"
			   "}\n";

Test(places, of_items)
{
	static const struct {
		size_t service;
		const char *option;
		size_t item;
		unsigned line;
	} rows[] = {
	    {0, "listen", 0, 2},
	    {0, "listen", 1, 3},
	    {0, "listen", 2, 6},
	    {0, "listen", 3, 2},
	    {0, "command", 0, 4},
	    {0, "socket.group", 0, 11},
	    {0, "group", 0, 1},
	    {0, "umask", 0, 1},
	    /* += comes after what defaults have. */
	    {0, "environment", 0, 13},
	    {0, "environment", 1, 14},
	    {0, "environment", 2, 9},
	    {1, "environment", 0, 19},
	    /* An empty list is where its name is. */
	    {0, "groups", 0, 9},
	    {1, "groups", 0, 15},
	    {0, "user", 0, 16},
	    {1, "no such option", 0, 18},
	};
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_text("x", text, strlen(text), true, &r);
	struct position at;
	size_t i;

	cr_assert_not_null(conf);
	cr_assert_eq(r.n, 0, "%s", r.n > 0 ? r.v[0].text : "");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		at = places_find(conf, rows[i].service, rows[i].option, rows[i].item);
		cr_expect_str_eq(at.file, "x");
		cr_expect_eq(at.line, rows[i].line, "row %zu: %u", i, at.line);
	}
	/* Without them what is known is the service. */
	places_free(conf->places);
	conf->places = NULL;
	cr_expect_eq(places_find(conf, 1, "listen", 0).line, 18);
	conf_free(conf);
	report_fini(&r);
}
