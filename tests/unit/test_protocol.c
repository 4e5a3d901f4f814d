#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "config/option.h"
#include "config/service.h"

static const struct option *
find(const char *name)
{
	const struct option *o = option_find(&option_socket, name, strlen(name));

	cr_assert_not_null(o, "%s", name);
	return o;
}

static const struct {
	const char *option, *text;
	long long value;   /* -1: refused */
	const char *error; /* part of it */
} rows[] = {
    {"service_code", "5", 5, NULL},
    {"service_code", "SC:disc", 0x64697363, NULL},
    {"service_code", "SC=x10", 16, NULL},
    {"service_code", "4294967295", -1, "from 0 to 4294967294"},
    {"service_code", "disc", -1, "\"disc\" is not a service code"},
    {"send_coverage", "0", 0, NULL},
    {"send_coverage", "8", 8, NULL},
    {"send_coverage", "65535", 65535, NULL},
    {"send_coverage", "7", -1, "or 8 to 65535 bytes"},
    {"send_coverage", "65536", -1, "\"65536\" is not a coverage"},
    {"send_coverage", "all", -1, "\"all\" is not a coverage"},
    {"receive_coverage", "20", 20, NULL},
    {"receive_coverage", "-1", -1, "is not a coverage"},
};

Test(protocol, values)
{
	struct service_conf *svc = service_conf_new("x");
	char error[OPTION_ERROR];
	long long value;
	size_t i;
	int r;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		option_unset(find(rows[i].option), svc);
		error[0] = '\0';
		r = option_set(find(rows[i].option), svc, rows[i].text, error, sizeof(error));
		cr_expect_eq(r, rows[i].value < 0 ? -EINVAL : 0, "%s", rows[i].text);
		value = strcmp(rows[i].option, "service_code") == 0 ? svc->socket.service_code
			: strcmp(rows[i].option, "send_coverage") == 0
			    ? svc->socket.send_coverage
			    : svc->socket.receive_coverage;
		cr_expect_eq(value, rows[i].value, "%s", rows[i].text);
		if (rows[i].error != NULL)
			cr_expect_not_null(strstr(error, rows[i].error), "%s", error);
	}
	service_conf_free(svc);
}
