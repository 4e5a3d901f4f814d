#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checked.h"
#include "config/check.h"
#include "config/load.h"
#include "config/report.h"
#include "config/service.h"
#include "process.h"

/* What a service of that name and options must have to be checked at all; %s is the user. */
#define SERVICE "service a { listen = unix:@superd-check command = /bin/sh user = %s "

struct row {
	const char *options;
	enum finding_severity severity;
	const char *finding; /* NULL: none */
};

static void
check_rows(const struct row *rows, size_t n)
{
	char text[1024];
	struct conf *conf;
	size_t i;

	for (i = 0; i < n; i++) {
		struct report r = {NULL, 0, 0};

		(void)snprintf(text, sizeof(text), SERVICE "%s }", checked_me(), rows[i].options);
		conf = checked_conf(text, &r);
		cr_expect_eq(r.n, (size_t)(rows[i].finding != NULL), "%s", rows[i].options);
		if (r.n > 0 && rows[i].finding != NULL) {
			cr_expect_str_eq(r.v[0].text, rows[i].finding);
			cr_expect_eq(r.v[0].severity, rows[i].severity);
			cr_expect_eq(r.v[0].line, 1);
		}
		cr_expect_eq(conf->nservices, (size_t)(r.errors == 0), "%s", rows[i].options);
		conf_free(conf);
		report_fini(&r);
	}
}

Test(check, paths)
{
	static const struct row rows[] = {
	    {"", FINDING_ERROR, NULL},
	    {"directory = /nonexistent", FINDING_WARNING,
		"service a: directory: /nonexistent: No such file or directory"},
	    {"directory = /etc/passwd", FINDING_WARNING,
		"service a: directory: /etc/passwd is no directory"},
	    {"socket { owner = no-such-user }", FINDING_ERROR,
		"service a: socket.owner no-such-user: there is no such user"},
	    {"socket { group = no-such-group }", FINDING_ERROR,
		"service a: socket.group no-such-group: there is no such group"},
	    {"group = no-such-group", FINDING_ERROR,
		"service a: group no-such-group: there is no such group"},
	    {"groups = { no-such-group }", FINDING_ERROR,
		"service a: groups no-such-group: there is no such group"},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(check, banners)
{
	static const struct row rows[] = {
	    {"banner { accept = /etc/passwd }", FINDING_ERROR, NULL},
	    {"banner { accept = /nonexistent }", FINDING_ERROR,
		"service a: banner: /nonexistent: No such file or directory"},
	    {"banner { deny = /etc }", FINDING_ERROR, "service a: banner: /etc is no regular file"},
	    {"wait = true banner { deny = /etc/passwd }", FINDING_WARNING,
		"service a: banner: nobody gets it: it is for connections with wait = false"},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

Test(check, commands)
{
	static const struct {
		const char *command, *finding;
	} rows[] = {
	    {"/bin/sh", NULL},
	    {"/nonexistent", "service a: command: /nonexistent: No such file or directory"},
	    {"'/bin/echo hello'",
		"service a: command: /bin/echo hello: No such file or directory (an argument is an "
		"item of its own: { \"/bin/ls\", \"-l\" })"},
	    {"/etc", "service a: command: /etc is no regular file"},
	    {"/etc/passwd/x", "service a: command: /etc/passwd/x: Not a directory"},
	};
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};
		struct conf *conf;

		(void)snprintf(text, sizeof(text),
		    "service a { listen = unix:@x user = %s command = %s }", checked_me(),
		    rows[i].command);
		conf = checked_conf(text, &r);
		cr_expect_eq(r.n, (size_t)(rows[i].finding != NULL), "%s", rows[i].command);
		if (r.n > 0)
			cr_expect_str_eq(r.v[0].text, rows[i].finding);
		conf_free(conf);
		report_fini(&r);
	}
}

/* Each finding is at its own line, the nearest name with it. */
Test(check, lines)
{
	static const struct {
		unsigned line;
		const char *text;
	} expected[] = {
	    {5, "service a: user rooot: there is no such user, did you mean \"root\"?"},
	    {6, "service a: groups deamon: there is no such group, did you mean \"daemon\"?"},
	    {9, "service a: socket.owner no-such-user: there is no such user"},
	    {8, "service a: command: /nonexistent: No such file or directory"},
	    {10, "service a: directory: /nonexistent: No such file or directory"},
	    {2, "service b: groups no-such-group: there is no such group"},
	    {16, "service b: directory: /etc/passwd is no directory"},
	};
	struct report r = {NULL, 0, 0};
	struct conf *conf = checked_conf("defaults {\n"
					 " user = 0 groups = no-such-group\n"
					 "}\n"
					 "service a { listen = unix:@x\n"
					 " user = rooot\n"
					 " groups = { 0, 1, deamon }\n"
					 " command = { \n"
					 "  /nonexistent, x } socket {\n"
					 "  owner = no-such-user }\n"
					 " directory = /nonexistent\n"
					 "}\n"
					 "service b {\n"
					 " listen = unix:@y\n"
					 " command = /bin/sh\n"
					 " directory = \n"
					 "  /etc/passwd }\n",
	    &r);
	size_t i;

	cr_expect_eq(r.n, sizeof(expected) / sizeof(expected[0]));
	for (i = 0; i < r.n && i < sizeof(expected) / sizeof(expected[0]); i++) {
		cr_expect_str_eq(r.v[i].text, expected[i].text);
		cr_expect_str_eq(r.v[i].file, "x");
		cr_expect_eq(r.v[i].line, expected[i].line, "%s: %u", r.v[i].text, r.v[i].line);
	}
	conf_free(conf);
	report_fini(&r);
}

Test(check, off_is_not_checked)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf =
	    checked_conf("service a { listen = \"no-such-name/tcp\" command = /nonexistent "
			 "user = no-such-user enabled = no }",
		&r);

	cr_assert_eq(r.n, 0);
	cr_assert_eq(conf->nservices, 1);
	conf_free(conf);
	report_fini(&r);
}

Test(check, unknown_user)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = checked_conf(
	    "service a { listen = unix:@x command = /bin/sh user = no-such-user }", &r);

	cr_assert_eq(r.errors, 1);
	cr_assert_str_eq(r.v[0].text, "service a: user no-such-user: there is no such user");
	conf_free(conf);
	report_fini(&r);
}

Test(check, names_and_order)
{
	char text[1024];
	struct report r = {NULL, 0, 0};
	struct conf *conf;

	(void)snprintf(text, sizeof(text),
	    "defaults { user = %s }\n"
	    "service b { listen = unix:@1 command = /bin/sh }\n"
	    "service a { listen = unix:@2 command = /bin/sh }\n"
	    "service b { listen = unix:@3 command = /bin/sh }\n"
	    "service b { listen = unix:@4 command = /bin/sh }\n"
	    "service c { listen = unix:@3 command = /bin/sh }\n",
	    checked_me());
	conf = checked_conf(text, &r);
	cr_assert_eq(r.n, 3);
	cr_assert_str_eq(r.v[0].text, "service b: the name is taken (x:2)");
	cr_assert_eq(r.v[0].line, 4);
	cr_assert_str_eq(r.v[1].text, "service b: the name is taken (x:2)");
	cr_assert_eq(r.v[1].line, 5);
	/* The second b is not served: c has the endpoint. */
	cr_assert_str_eq(
	    r.v[2].text, "service b: listen: unix:@3 is unix:@3 of service c already (x:6)");
	cr_assert_eq(r.v[2].line, 4);
	cr_assert_eq(conf->nservices, 3);
	cr_assert_str_eq(conf->services[0]->name, "a");
	cr_assert_str_eq(conf->services[1]->name, "b");
	cr_assert_eq(conf->services[1]->line, 2);
	cr_assert_str_eq(conf->services[2]->name, "c");
	cr_assert_not_null(conf->services[0]->credentials);
	cr_assert_eq(conf->services[0]->credentials, conf->services[2]->credentials);
	conf_free(conf);
	report_fini(&r);
}

Test(check, limits)
{
	static const struct {
		const char *options, *finding;
		rlim_t nofile, nproc;
	} rows[] = {
	    /* In this order: a limit that was lowered cannot be raised again. */
	    {"stderr = log", NULL, 53, 64},
	    {"stderr = log",
		"21 descriptors of services and 32 of superd's own do not fit RLIMIT_NOFILE (52): "
		"raise it (LimitNOFILE of the unit)",
		52, 64},
	    {"", NULL, 52, 64},
	    {"limits { instances = 200 }", NULL, 52, 200},
	    {"limits { instances = 201 }",
		"the sum of instances (201) does not fit RLIMIT_NPROC (200)", 52, 200},
	    {"limits { instances = 201 } enabled = no", NULL, 52, 200},
	    {"",
		"20 descriptors of services and 32 of superd's own do not fit RLIMIT_NOFILE (51): "
		"raise it (LimitNOFILE of the unit)",
		51, 64},
	};
	char text[256];
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rlimit files = {rows[i].nofile, rows[i].nofile}, processes;
		const char *finding = NULL;
		struct report r = {NULL, 0, 0};
		struct conf *conf;

		cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
		cr_assert_eq(getrlimit(RLIMIT_NPROC, &processes), 0);
		processes.rlim_cur = rows[i].nproc;
		cr_assert_eq(setrlimit(RLIMIT_NPROC, &processes), 0);
		(void)snprintf(text, sizeof(text),
		    "service a { listen = 2000-2019/tcp4 command = /bin/sh user = %s %s }",
		    checked_me(), rows[i].options);
		conf = checked_conf(text, &r);
		/* Others tell of the journal. */
		for (j = 0; j < r.n; j++)
			if (r.v[j].file == NULL)
				finding = r.v[j].text;
		cr_expect_eq(finding != NULL, rows[i].finding != NULL, "row %zu: %s", i, finding);
		if (finding != NULL && rows[i].finding != NULL)
			cr_expect_str_eq(finding, rows[i].finding);
		cr_expect_eq(r.errors, 0);
		conf_free(conf);
		report_fini(&r);
	}
}

/* In a network namespace of the test's own, with its own numbers. */
static int
ports(void)
{
	static const struct {
		const char *listen, *options, *finding;
		bool error;
	} rows[] = {
	    {"2000/tcp", "", NULL, false},
	    {"40010/tcp", "",
		"service a: listen: port 40010 is one that the system takes for outgoing "
		"connections; reserve it: sysctl net.ipv4.ip_local_reserved_ports=40010-40010",
		false},
	    {"40005/tcp", "", NULL, false},
	    {"40004-40007/udp", "", NULL, false},
	    {"40007-40008/udp", "",
		"service a: listen: port 40008 is one that the system takes for outgoing "
		"connections; reserve it: sysctl net.ipv4.ip_local_reserved_ports=40007-40008",
		false},
	    {"40000-40020/tcp", "",
		"service a: listen: 40000-40020 covers net.ipv4.ip_local_port_range (40000-40020): "
		"the system could make no connection; reserved_ports = ok allows it",
		true},
	    {"40000-40020/tcp", "reserved_ports = ok", NULL, false},
	    {"40021/tcp", "", NULL, false},
	    {"39999/tcp", "", NULL, false},
	};
	char text[512];
	size_t i;

	if (!isolate())
		SKIP("no namespaces of its own");
	if (!write_file("/proc/sys/net/ipv4/ip_local_port_range", "40000 40020\n") ||
	    !write_file("/proc/sys/net/ipv4/ip_local_reserved_ports", "40000,40004-40007\n"))
		SKIP("the numbers of this network namespace cannot be set");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};
		struct conf *conf;

		(void)snprintf(text, sizeof(text),
		    "service a { listen = %s command = /bin/sh user = %s %s }", rows[i].listen,
		    checked_me(), rows[i].options);
		conf = load_text("x", text, strlen(text), true, &r);
		CHECK_ROW(rows[i].listen, conf != NULL && r.n == 0);
		CHECK_ROW(rows[i].listen, check_conf(conf, &r) == 0);
		if (r.n > 0)
			fprintf(stderr, "%s\n", r.v[0].text);
		CHECK_ROW(rows[i].listen, r.n == (size_t)(rows[i].finding != NULL));
		CHECK_ROW(rows[i].listen, r.n == 0 || strcmp(r.v[0].text, rows[i].finding) == 0);
		CHECK_ROW(rows[i].listen, (r.errors > 0) == rows[i].error);
		conf_free(conf);
		report_fini(&r);
	}
	return CHILD_OK;
}

Test(check, ports_of_outgoing_connections)
{
	child_run(ports);
}

static int
privileged(void)
{
	static const char text[] = "service a { listen = 80/tcp command = /bin/sh }\n"
				   "service b { listen = 1024/tcp command = /bin/sh }\n"
				   "service c { listen = 0/tcp command = /bin/sh }\n";
	struct report r = {NULL, 0, 0};
	struct conf *conf;

	if (geteuid() == 0)
		CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	conf = load_text("x", text, strlen(text), true, &r);
	CHECK(conf != NULL && r.n == 0);
	CHECK(check_conf(conf, &r) == 0);
	CHECK(r.n == 1);
	CHECK(strcmp(r.v[0].text, "service a: listen: port 80 is below 1024: it needs root or "
				  "CAP_NET_BIND_SERVICE, or try --port-offset") == 0);
	CHECK(conf->nservices == 2);
	CHECK(conf->services[0]->credentials->uid == geteuid());
	conf_free(conf);
	report_fini(&r);
	return CHILD_OK;
}

Test(check, ports_that_need_privilege)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	unsigned start = 0;

	cr_assert(f != NULL && fscanf(f, "%u", &start) == 1);
	(void)fclose(f);
	if (start != 1024)
		cr_skip_test("ip_unprivileged_port_start is not 1024 here");
	child_run(privileged);
}

static int
other_user(void)
{
	static const char text[] =
	    "service a { listen = unix:@x command = /bin/sh user = root }\n"
	    "service b { listen = unix:@y command = /bin/sh groups = { 1 } }\n";
	struct report r = {NULL, 0, 0};
	struct conf *conf;

	if (geteuid() == 0)
		CHECK(setgid(65534) == 0 && setuid(65534) == 0);
	conf = load_text("x", text, strlen(text), true, &r);
	CHECK(conf != NULL && r.n == 0);
	CHECK(check_conf(conf, &r) == 0);
	CHECK(r.n == 2 && conf->nservices == 0);
	CHECK(strcmp(r.v[0].text,
		  "service a: user root: only root can start handlers as another user") == 0);
	CHECK(strcmp(r.v[1].text,
		  "service b: group, groups: only root can change the groups of handlers") == 0);
	conf_free(conf);
	report_fini(&r);
	return CHILD_OK;
}

Test(check, another_user_needs_root)
{
	child_run(other_user);
}

Test(check, root_must_name_the_user)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf;

	if (geteuid() != 0)
		cr_skip_test("only of root is a user asked");
	conf = checked_conf("service a { listen = unix:@x command = /bin/sh }", &r);
	cr_assert_eq(r.errors, 1);
	cr_assert_str_eq(r.v[0].text, "service a: there is no user: write user = NAME, or user = "
				      "root if it must be root");
	conf_free(conf);
	report_fini(&r);
}

Test(check, what_a_user_may_not_do)
{
	char folder[] = "/tmp/superd-check-XXXXXX", text[512], expected[256];
	struct report r = {NULL, 0, 0};
	struct conf *conf;

	if (geteuid() != 0)
		cr_skip_test("only root has other users");
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(text, sizeof(text),
	    "service a { listen = unix:@x command = /bin/sh user = 65534 directory = %s }\n"
	    "service b { listen = unix:@y command = /etc/passwd user = 65534 }",
	    folder);
	conf = checked_conf(text, &r);
	cr_expect_eq(r.n, 2);
	(void)snprintf(expected, sizeof(expected), "service a: directory: user %s may not enter %s",
	    conf->services[0]->credentials->name, folder);
	cr_expect_str_eq(r.v[0].text, expected);
	(void)snprintf(expected, sizeof(expected),
	    "service b: command: user %s may not execute /etc/passwd",
	    conf->services[0]->credentials->name);
	cr_expect_str_eq(r.v[1].text, expected);
	cr_expect_eq(conf->nservices, 1);
	cr_assert_eq(rmdir(folder), 0);
	conf_free(conf);
	report_fini(&r);
}
