#include "checked.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "config/load.h"
#include "config/report.h"

const char *
checked_me(void)
{
	static char number[16];

	(void)snprintf(number, sizeof(number), "%u", (unsigned)geteuid());
	return number;
}

struct conf *
checked_conf(const char *text, struct report *r)
{
	struct conf *conf = load_text("x", text, strlen(text), true, r);

	cr_assert(conf != NULL, "%s", text);
	cr_assert_eq(r->n, 0, "%s: %s", text, r->n > 0 ? r->v[0].text : "");
	cr_assert_eq(check_conf(conf, r), 0);
	return conf;
}
