#include "config/check_main.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/credentials.h"
#include "config/places.h"
#include "config/report.h"
#include "config/service.h"

enum { SENTENCE = 512 };

struct check {
	struct conf *conf;
	struct report *report;
};

static void __attribute__((format(printf, 3, 4)))
complain(const struct check *c, const char *option, const char *format, ...)
{
	const struct position at = places_find_main(c->conf, option, 0);
	char text[SENTENCE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_add(c->report, FINDING_ERROR, at.file, at.line, "scan: %s", text);
}

static void
add_fault(void *arg, const char *option, size_t item, const char *text)
{
	const struct check *c = arg;

	(void)option;
	(void)item;
	complain(c, c->conf->scan.user != NULL ? "scan.user" : "scan.command", "%s", text);
}

static bool
may_run(const char *path, const struct credentials *who)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && credentials_may_execute(who, &st);
}

/* One that cannot run is not run. */
static int
check_command(struct check *c)
{
	const struct credentials_faults faults = {.add = add_fault, .arg = c};
	struct scan_section_conf *scan = &c->conf->scan;
	struct credentials_cache users = {NULL};
	struct service_conf who = {.user = scan->user};
	int r;

	if (scan->command.n == 0)
		return 0;
	if (who.user == NULL && geteuid() == 0)
		who.user = (char *)"nobody";
	r = credentials_resolve(c->conf, &users, &who, &faults);
	credentials_cache_fini(&users);
	scan->credentials = who.credentials;
	if (r == 0 && !may_run(scan->command.v[0], who.credentials)) {
		complain(c, "scan.command", "command: %s is no file that user %s may execute",
		    scan->command.v[0], who.credentials->name);
		r = -EINVAL;
	}
	if (r == -EINVAL)
		strings_fini(&scan->command);
	return r == -ENOMEM ? r : 0;
}

int
check_main(struct conf *conf, struct report *report)
{
	struct check c = {.conf = conf, .report = report};

	if (conf->scan.source_prefix.n == 1)
		complain(&c, "scan.source_prefix",
		    "source_prefix: it needs two, as in { \"32\", \"64\" }");
	return check_command(&c);
}
