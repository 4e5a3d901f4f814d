#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "config/value.h"

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

/* 128 kB with the NUL is what execve(2) takes of one. */
Test(list, what_no_program_can_be_given)
{
	enum { LONGEST = 131071 };
	static const char *const rows[] = {"command", "environment"};
	char error[OPTION_ERROR], *item = malloc(LONGEST + 2);
	const struct option *o;
	struct service_conf *svc;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		svc = service_conf_new("s");
		o = option_find(&option_service, rows[i], strlen(rows[i]));
		memset(item, 'x', LONGEST + 1);
		memcpy(item, i == 0 ? "/x" : "x=", 2);
		item[LONGEST] = '\0';
		cr_expect_eq(option_set(o, svc, item, error, sizeof(error)), 0, "%s", rows[i]);
		item[LONGEST] = 'x';
		item[LONGEST + 1] = '\0';
		cr_expect_eq(
		    option_set(o, svc, item, error, sizeof(error)), -EINVAL, "%s", rows[i]);
		cr_expect_str_eq(error, "an item of 131072 bytes is longer than a program can be "
					"given (allowed: 131071)");
		service_conf_free(svc);
	}
	free(item);
}

/* What is advised for a host name is something that can be written there. */
Test(list, host_names)
{
	static const struct {
		const struct option_section *section;
		const char *name, *end;
	} rows[] = {
	    {&option_access, "allow", "write its address or prefix, or use libwrap = true"},
	    {&option_access, "deny", "write its address or prefix, or use libwrap = true"},
	    {&option_scan, "exempt", "write its address or prefix"},
	};
	char error[OPTION_ERROR];
	const struct option *o;
	struct strings list = {0};
	const char *end;
	struct text t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = option_find(rows[i].section, rows[i].name, strlen(rows[i].name));
		cr_assert_not_null(o);
		text_init(&t, error, sizeof(error));
		cr_expect_eq(o->type->parse(o, "www.example.org", &list, &t), -EINVAL);
		end = strstr(error, "write");
		cr_assert_not_null(end);
		cr_expect_str_eq(end, rows[i].end, "%s", rows[i].name);
	}
	cr_expect_eq(list.n, 0);
}
