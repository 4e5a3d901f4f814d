#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"
#include "config/account.h"
#include "process.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "www-data:x:33:33::/:/bin/sh\n"
			     "proftpd:x:34:34::/:/bin/sh\n"
			     "ftpd:x:35:35::/:/bin/sh\n";
static const char groups[] = "root:x:0:\n"
			     "ssl-cert:x:101:\n";

static int
nearest(void)
{
	static const struct {
		const char *name, *user, *group;
	} rows[] = {
	    {"rot", ", did you mean \"root\"?", ", did you mean \"root\"?"},
	    {"wwwdata", ", did you mean \"www-data\"?", ""},
	    {"ftp", ", did you mean \"ftpd\"?", ""},
	    {"profptd", ", did you mean \"proftpd\"?", ""},
	    {"sslcert", "", ", did you mean \"ssl-cert\"?"},
	    {"nobody-like-that", "", ""},
	    {"", "", ""},
	};
	char text[128];
	struct text t;
	size_t i;

	if (geteuid() != 0 || !isolate() || !replace_file("/etc/passwd", passwd) ||
	    !replace_file("/etc/group", groups) ||
	    !replace_file("/etc/nsswitch.conf", "passwd: files\ngroup: files\n"))
		SKIP("needs root and namespaces of its own");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&t, text, sizeof(text));
		account_hint_user(&t, rows[i].name);
		CHECK_ROW(rows[i].name, strcmp(text, rows[i].user) == 0);
		text_init(&t, text, sizeof(text));
		account_hint_group(&t, rows[i].name);
		CHECK_ROW(rows[i].name, strcmp(text, rows[i].group) == 0);
	}
	return CHILD_OK;
}

Test(account, nearest)
{
	child_run(nearest);
}
