#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "config/option.h"
#include "config/service.h"

static int
add(struct service_conf *svc, const char *name, const char *item)
{
	const struct option *o = option_find(&option_service, name, strlen(name));
	char error[OPTION_ERROR];

	cr_assert_not_null(o);
	return option_set(o, svc, item, error, sizeof(error));
}

Test(list, items_keep_their_order)
{
	struct service_conf *svc = service_conf_new("s");

	cr_assert_eq(add(svc, "command", "/bin/echo"), 0);
	cr_assert_eq(add(svc, "command", ""), 0);
	cr_assert_eq(add(svc, "command", "-n"), 0);
	cr_assert_eq(svc->command.n, 3);
	cr_assert_str_eq(svc->command.v[0], "/bin/echo");
	cr_assert_str_eq(svc->command.v[1], "");
	cr_assert_str_eq(svc->command.v[2], "-n");
	cr_assert_null(svc->command.v[3]);
	service_conf_free(svc);
}

Test(list, bad_items_are_not_taken)
{
	static const struct {
		const char *name, *item;
	} rows[] = {
	    {"command", "cat"},
	    {"environment", "K"},
	    {"environment", "=V"},
	    {"pass_environment", "K=V"},
	    {"listen", ""},
	};
	struct service_conf *svc = service_conf_new("s");
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(add(svc, rows[i].name, rows[i].item), -EINVAL, "%s", rows[i].item);
	cr_assert_eq(
	    svc->command.n + svc->environment.n + svc->pass_environment.n + svc->listen.n, 0);
	service_conf_free(svc);
}
