#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/rule.h"
#include "config/service.h"
#include "samples.h"

static const struct {
	const struct option_section *section;
	const char *option, *text;
	const char *expected; /* as it is printed; NULL: refused */
	const char *error;    /* part of it */
} rows[] = {
    {&option_limits, "rate", "50/s", "\"50/s\"", NULL},
    {&option_limits, "rate", "5/30s", "\"5/30s\"", NULL},
    {&option_limits, "rate", "50", NULL, "\"50\" is not a rate (as in 50/s, 10/m, 5/30s"},
    {&option_limits, "rate", "0/s", NULL, "is not a rate"},
    {&option_limits, "load", "2.5", "2.50", NULL},
    {&option_limits, "load", "2.05", "2.05", NULL},
    {&option_limits, "load", "8", "8.00", NULL},
    {&option_limits, "load", "0.25", "0.25", NULL},
    {&option_limits, "load", "2.", NULL, "is not a load average"},
    {&option_limits, "load", ".5", NULL, "is not a load average"},
    {&option_limits, "load", "2.555", NULL, "is not a load average"},
    {&option_limits, "load", "-1", NULL, "is not a load average"},
    {&option_limits, "load", "2.5x", NULL, "is not a load average"},
    {&option_limits, "load", "99999999", NULL, "is not a load average"},
    {&option_access, "source_ports", "0-1023", "\"0-1023\"", NULL},
    {&option_access, "source_ports", "1023-0", NULL, ""},
    {&option_access, "allow", "192.0.2.0/24", "{ \"192.0.2.0/24\" }", NULL},
    {&option_access, "allow", "www.example.org", NULL, "www.example.org"},
    {&option_access, "allow", "192.0.2.1/24", NULL, "192.0.2.0/24"},
    {&option_access, "hours", "mon-fri 08:00-18:00", "{ \"mon-fri 08:00-18:00\" }", NULL},
    {&option_access, "hours", "mon-fry 08:00-18:00", NULL, "fry"},
    {&option_limits, "source_prefix", "33", NULL, "(allowed: 0 to 32)"},
    {&option_limits, "source_prefix", "24", "{ \"24\" }", NULL},
};

Test(rule, values)
{
	struct service_conf *svc;
	const struct option *o;
	char error[OPTION_ERROR], *text;
	size_t i;
	int r;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		svc = service_conf_new("x");
		o = option_find(rows[i].section, rows[i].option, strlen(rows[i].option));
		cr_assert_not_null(o, "%s", rows[i].option);
		error[0] = '\0';
		r = option_set(o, svc, rows[i].text, error, sizeof(error));
		cr_expect_eq(r, rows[i].expected != NULL ? 0 : -EINVAL, "%s", rows[i].text);
		text = printed(o, svc);
		if (rows[i].expected != NULL)
			cr_expect_str_eq(text, rows[i].expected);
		else
			cr_expect_not_null(
			    strstr(error, rows[i].error), "%s: %s", rows[i].text, error);
		free(text);
		service_conf_free(svc);
	}
}

enum { SENTENCE = 256 };

static int
parse(const struct value_type *type, const char *text, void *field)
{
	char sentence[SENTENCE];
	struct text error;
	int r;

	text_init(&error, sentence, sizeof(sentence));
	r = type->parse(NULL, text, field, &error);
	cr_expect(r == 0 || sentence[0] != '\0', "%s: no word about why", text);
	return r;
}

Test(rule, ranges_of_users)
{
	static const struct {
		const char *text;
		uid_t first, last;
	} good[] = {{"58900-58999", 58900, 58999}, {"1-1", 1, 1}, {"1-4294967294", 1, 4294967294U}};
	static const char *const bad[] = {"", "5", "-", "5-", "-5", "0-5", "9-8", "1-4294967295",
	    "a-b", "1-2-3", "1 - 2", "11111111111111111111-2"};
	struct worker_users_conf users;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(parse(&rule_users, good[i].text, &users), 0, "%s", good[i].text);
		cr_expect_eq(users.first, good[i].first);
		cr_expect_eq(users.last, good[i].last);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_lt(parse(&rule_users, bad[i], &users), 0, "%s", bad[i]);
}
