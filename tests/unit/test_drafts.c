/* All errors of a file at once, those of single files and those of all together. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/load.h"
#include "config/report.h"
#include "config/service.h"
#include "process.h"

enum { PATH = 256, LINES = 8192 };

static char root[] = "/tmp/superd-drafts-XXXXXX";

static const char *
in(const char *name, char *path)
{
	(void)snprintf(path, PATH, "%s/%s", root, name);
	return path;
}

static void
setup(void)
{
	char path[PATH];

	(void)umask(022);
	cr_assert_not_null(mkdtemp(root));
	cr_assert_eq(mkdir(in("d", path), 0755), 0);
}

static void
teardown(void)
{
	char command[PATH];

	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(drafts, .init = setup, .fini = teardown);

static void
put(const char *name, const char *text)
{
	char path[PATH];

	cr_assert(write_file(in(name, path), text), "%s", name);
}

/* Loads superd.conf; its findings, paths without the folder, warnings marked. */
static struct conf *
load(char *findings)
{
	char path[PATH], *at;
	struct load_options options = {.path = in("superd.conf", path)};
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_conf(&options, &r);
	struct text t;
	size_t i, n = strlen(root) + 1;

	text_init(&t, findings, LINES);
	for (i = 0; i < r.n; i++) {
		text_add(&t, r.v[i].severity == FINDING_WARNING ? "warning: " : "");
		(void)finding_text(&r.v[i], &t);
		text_add(&t, "\n");
	}
	while ((at = strstr(findings, root)) != NULL)
		memmove(at, at + n, strlen(at + n) + 1);
	report_fini(&r);
	return conf;
}

/* superd.conf whose defaults name the user that runs the test. */
static void
put_main(const char *more)
{
	char text[LINES];

	(void)snprintf(text, sizeof(text), "services = d defaults { user = %u }\n%s",
	    (unsigned)geteuid(), more);
	put("superd.conf", text);
}

static const char broken[] = "service a {\n"
			     " listen = unix:@superd-a\n"
			     " command = /nonexistent\n"
			     " socket { owner = no-such-user } }\n"
			     "service b {\n"
			     " listen = unix:@superd-b command = /bin/sh\n"
			     " user = no-such-user }\n"
			     "service b {\n"
			     " listen = { unix:@superd-c,\n"
			     "  unix:@superd-a,\n"
			     "  unix:@superd-good }\n"
			     " comand = 1 }\n";
static const char good[] = "service a { listen = unix:@superd-b command = /bin/sh }\n"
			   "service good { listen = unix:@superd-good command = /bin/sh }\n";

/* A broken file takes neither a name nor an endpoint from another, whichever is read first. */
Test(drafts, errors_of_every_kind)
{
	char findings[LINES];
	struct conf *conf;

	put_main("");
	put("d/m.conf", broken);
	put("d/z.conf", good);
	conf = load(findings);
	cr_expect_str_eq(findings,
	    "d/m.conf:1: service a: the name is taken (d/z.conf:1)\n"
	    "d/m.conf:3: service a: command: /nonexistent: No such file or directory\n"
	    "d/m.conf:4: service a: socket.owner no-such-user: there is no such user\n"
	    "d/m.conf:6: service b: listen: unix:@superd-b is unix:@superd-b of service a already "
	    "(d/z.conf:1)\n"
	    "d/m.conf:7: service b: user no-such-user: there is no such user\n"
	    "d/m.conf:8: service b: the name is taken (d/m.conf:5)\n"
	    "d/m.conf:10: service b: listen: unix:@superd-a is unix:@superd-a of service a already "
	    "(d/m.conf:2)\n"
	    "d/m.conf:11: service b: listen: unix:@superd-good is unix:@superd-good of service "
	    "good already (d/z.conf:2)\n"
	    "d/m.conf:12: unknown option \"comand\", did you mean \"command\"?\n",
	    "%s", findings);
	cr_assert_not_null(conf);
	cr_expect_eq(conf->nservices, 2);
	cr_expect_str_eq(conf->services[0]->name, "a");
	cr_expect_str_eq(conf->services[1]->name, "good");
	cr_expect_null(conf->places);
	conf_free(conf);
}

/* The same of superd.conf, which is then of no use. */
Test(drafts, errors_of_the_main_file)
{
	char findings[LINES];

	put_main("service a { listen = unix:@superd-a command = /nonexistent }\n"
		 "service a { listen = unix:@superd-b comand = /bin/sh }\n");
	put("d/z.conf", good);
	cr_expect_null(load(findings));
	cr_expect_str_eq(findings,
	    "superd.conf:2: service a: command: /nonexistent: No such file or directory\n"
	    "superd.conf:3: unknown option \"comand\", did you mean \"command\"?\n"
	    "superd.conf:3: service a: the name is taken (superd.conf:2)\n",
	    "%s", findings);
}

#define COMMAND " command = /bin/sh"

/* What a service lacks because it could not be read is not an error of its own. */
Test(drafts, no_error_follows_from_another)
{
	static const struct {
		const char *text, *findings;
	} rows[] = {
	    {"service a {\n lisen = 1/tcp comand = /x usr = x }",
		"d/x.conf:2: unknown option \"lisen\", did you mean \"listen\"?\n"
		"d/x.conf:2: unknown option \"comand\", did you mean \"command\"?\n"
		"d/x.conf:2: unknown option \"usr\", did you mean \"user\"?\n"},
	    {"service a {\n listen = unix:@superd-x command = { cat, -v } }",
		"d/x.conf:2: command: \"cat\" is not the absolute path of a program (an argument "
		"is an item of its own: { \"/bin/ls\", \"-l\" })\n"},
	    {"service a {\n listen = \"\"" COMMAND " }", "d/x.conf:2: listen: \"\" is empty\n"},
	    {"service a {\n listen = unix:@superd-x" COMMAND " directory = x umask = 9 }",
		"d/x.conf:2: directory: \"x\" is not an absolute path\n"
		"d/x.conf:2: umask: \"9\" is not an octal mode (allowed: 0000 to 0777)\n"},
	    {"service a { listen = { unix:@superd-x, unix-dgram:@superd-x }" COMMAND
	     "\n wait = x }",
		"d/x.conf:2: wait: \"x\" is not known (allowed: false true all no yes off on)\n"},
	    {"service a { listen = { unix:@superd-x, unix-dgram:@superd-x }" COMMAND
	     "\n wiat = all }",
		"d/x.conf:2: unknown option \"wiat\", did you mean \"wait\"?\n"},
	    /* But what it lacks beside them is. */
	    {"service a {\n nice = 20 }\nservice b {\n umsk = 1 }\nservice c {\n}\n",
		"d/x.conf:1: service a has no listen: write listen = \"PORT/TRANSPORT\"\n"
		"d/x.conf:1: service a has no command: write command = { \"/PROGRAM\" }\n"
		"d/x.conf:2: nice: \"20\" is out of range (allowed: -20 to 19)\n"
		"d/x.conf:4: unknown option \"umsk\", did you mean \"umask\"?\n"
		"d/x.conf:5: service c has no listen: write listen = \"PORT/TRANSPORT\"\n"
		"d/x.conf:5: service c has no command: write command = { \"/PROGRAM\" }\n"},
	};
	char findings[LINES];
	struct conf *conf;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_main("");
		put("d/x.conf", rows[i].text);
		conf = load(findings);
		cr_expect_str_eq(findings, rows[i].findings, "%s\n%s", rows[i].text, findings);
		cr_assert_not_null(conf);
		cr_expect_eq(conf->nservices, 0);
		conf_free(conf);
	}
}

/* Without a default for it, the user that was misspelt is not missed. */
Test(drafts, no_user_where_it_is_misspelt)
{
	char findings[LINES];

	put("superd.conf", "services = d\n");
	put("d/x.conf", "service a { listen = unix:@superd-x" COMMAND "\n usr = x }");
	conf_free(load(findings));
	cr_expect_str_eq(findings, "d/x.conf:2: unknown option \"usr\", did you mean \"user\"?\n");
}
