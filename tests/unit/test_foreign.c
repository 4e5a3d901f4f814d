#include <criterion/criterion.h>
#include <string.h>

#include "config/foreign.h"
#include "config/option.h"

/* xinetd's names that are none of ours. */
static const char *const names[] = {"access_times", "banner_fail", "banner_success", "bind", "cps",
    "deny_time", "disable", "env", "flags", "id", "includedir", "interface", "log_on_failure",
    "log_on_success", "log_type", "max_load", "no_access", "only_from", "passenv", "port",
    "protocol", "server", "server_args", "socket_type", "type"};

Test(foreign, what_xinetd_has)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_expect_not_null(foreign_here(names[i], strlen(names[i])), "%s", names[i]);
		cr_expect_null(
		    option_find(&option_service, names[i], strlen(names[i])), "%s", names[i]);
	}
}

/* The first word of what stands here instead is an option or a section of a service or of the file.
 */
Test(foreign, what_stands_here_is_there)
{
	const char *here;
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		here = foreign_here(names[i], strlen(names[i]));
		cr_assert_not_null(here, "%s", names[i]);
		n = strcspn(here, " ");
		if (strncmp(here, "the ", 4) == 0 || strncmp(here, "nothing", 7) == 0)
			continue;
		cr_expect(option_find(&option_service, here, n) != NULL ||
			      option_find(&option_file, here, n) != NULL ||
			      option_find_section(&option_service, here, n) != NULL ||
			      option_find_section(&option_file, here, n) != NULL,
		    "%s", here);
	}
}

Test(foreign, others)
{
	cr_expect_null(foreign_here("command", 7));
	cr_expect_null(foreign_here("serve", 5));
	cr_expect_null(foreign_here("", 0));
}
