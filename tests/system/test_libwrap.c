/* The worker that asks libwrap: what it answers, who it is, and that it executes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "hosts.h"
#include "peer.h"
#include "procfs.h"

SUITE(libwrap);

enum { PORT = 7650 };

static char text[4096];

Test(libwrap, allows_and_denies)
{
	struct daemon *d;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "one: 127.0.0.5\nALL: 127.0.0.6\nALL: 127.0.0.9: deny\n", "ALL: ALL\n");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	hosts_service(d, "two", PORT + 1, "name", "access { libwrap = true deny = 127.0.0.8 }");
	hosts_service(d, "three", PORT + 2, "name", "");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	cr_expect(hosts_served("127.0.0.6", PORT, "one"));
	cr_expect(hosts_refused(tcp_from("127.0.0.7", "127.0.0.1", PORT), LONG));
	LOG_EXPECT(d, text, "@refused", "service=one", "reason=libwrap");
	cr_expect(hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT + 1), LONG), "other name");
	cr_expect(hosts_served("127.0.0.6", PORT + 1, "two"));
	cr_expect(hosts_served("127.0.0.7", PORT + 2, "three"), "a service that does not ask");
	/* The files are read for each connection. */
	hosts_tables(d, "", "ALL: 127.0.0.5\n");
	cr_expect(hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT), LONG));
	cr_expect(hosts_served("127.0.0.7", PORT, "one"));
	cr_expect(hosts_refused(tcp_from("127.0.0.8", "127.0.0.1", PORT + 1), LONG), "access.deny");
	hosts_tables(d, "ALL: 127.0.0.5: severity auth.info: allow\n", "ALL: ALL: deny\n");
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	daemon_stop(d);
}

/* Neither of these programs runs, whatever the rule would say afterwards. */
Test(libwrap, options_execute_nothing)
{
	static const char *const options[] = {"spawn (touch %s/out/made)",
	    "twist /usr/bin/touch %s/out/made", "aclexec /usr/bin/touch %s/out/made",
	    "banners %s/out", "nosuch"};
	char rule[256], option[160];
	struct daemon *d;
	size_t i;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "", "");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	daemon_start(d);
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		snprintf(option, sizeof(option), options[i], d->dir);
		snprintf(rule, sizeof(rule), "ALL: 127.0.0.5: %s\n", option);
		hosts_tables(d, rule, "ALL: ALL\n");
		cr_expect(
		    hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT), LONG), "%s", rule);
		hosts_tables(d, "", rule);
		cr_expect(
		    hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT), LONG), "%s", rule);
	}
	LOG_EXPECT(d, text, "is not executed");
	cr_expect(hosts_served("127.0.0.6", PORT, "one"), "the worker goes on");
	cr_expect_not(file_exists(daemon_path(d, "out/made")));
	/* A file that is there and cannot be read lets nobody in. */
	cr_assert_eq(chmod(daemon_path(d, "deny"), 0600), 0);
	cr_expect(hosts_refused(tcp_from("127.0.0.6", "127.0.0.1", PORT), LONG));
	LOG_EXPECT(d, text, "cannot read");
	daemon_stop(d);
}

/* Whatever the reason, not a line for each of them. */
Test(libwrap, refusals_are_counted)
{
	struct daemon *d;
	int i;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5: spawn (true)\n", "");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	hosts_service(d, "two", PORT + 1, "name", "access { libwrap = true }");
	daemon_start(d);
	for (i = 0; i < 10; i++)
		cr_expect(
		    hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT + i % 2), LONG), "%d", i);
	LOG_EXPECT(d, text, "service two", "is not executed");
	cr_expect(hosts_served("127.0.0.6", PORT, "one"));
	LOG_EXPECT(d, text, "@start", "service=one");
	cr_expect_eq(log_count(d, "is not executed", NULL), 2);
	cr_expect_eq(log_count(d, "@refused", NULL), 2);
	daemon_stop(d);
}

/* As a refusal by any other list. */
Test(libwrap, a_denial_is_an_offence)
{
	struct daemon *d;
	int i;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "", "one: 127.0.0.5\n");
	daemon_conf(d, "scan { threshold = 4 refused = 2 ban = 60 }");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	hosts_service(d, "two", PORT + 1, "name", "");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT + 1, "two"));
	for (i = 0; i < 2; i++)
		cr_expect(hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT), LONG), "%d", i);
	LOG_EXPECT(d, text, "@banned", "prefix=127.0.0.5/32");
	cr_expect(hosts_refused(tcp_from("127.0.0.5", "127.0.0.1", PORT + 1), LONG));
	cr_expect(hosts_served("127.0.0.6", PORT, "one"));
	daemon_stop(d);
}

Test(libwrap, who_the_worker_is)
{
	struct daemon *d;
	char path[64], *status;
	pid_t pid;

	NEED_TABLES();
	d = daemon_new();
	hosts_tables(d, "ALL: 127.0.0.5\n", "ALL: ALL\n");
	daemon_conf(d, "worker_users = \"58950-58959\"");
	hosts_service(d, "one", PORT, "name", "access { libwrap = true }");
	daemon_start(d);
	cr_expect(hosts_served("127.0.0.5", PORT, "one"));
	pid = hosts_worker(d);
	cr_assert(pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = file_read(path);
	cr_assert_not_null(status);
	cr_expect(strstr(status, "\nUid:\t58950\t58950\t58950\t58950\n") != NULL, "%s", status);
	cr_expect(strstr(status, "\nGid:\t58950\t58950\t58950\t58950\n") != NULL);
	cr_expect(strstr(status, "\nGroups:\t \n") != NULL);
	cr_expect(strstr(status, "\nCapEff:\t0000000000000000\n") != NULL);
	cr_expect(strstr(status, "\nNoNewPrivs:\t1\n") != NULL);
	free(status);
	cr_expect_eq(proc_descriptors(pid), 4, "0 to 2 and the channel");
	daemon_stop(d);
	cr_expect(WAIT(LONG, proc_gone(pid)), "it ends with the daemon");
}
