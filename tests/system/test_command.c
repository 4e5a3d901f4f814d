/* The command line: what is checked, printed, refused, and with which exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(command);

static char text[4096];

static void
output_to_log(struct daemon *d)
{
	(void)d;
	(void)dup2(2, 1);
}

static void
good_service(struct daemon *d, const char *name)
{
	daemon_service(d, name, "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, %s }",
	    daemon_tool(d, "stream"), name);
}

static int
run(struct daemon *d, const char *option)
{
	d->options[0] = option;
	d->prepare = output_to_log;
	log_mark(d);
	return daemon_run(d);
}

Test(command, usage)
{
	struct daemon *d = daemon_new();

	cr_expect_eq(run(d, "-Q"), 64);
	cr_expect_eq(run(d, "--nonsense"), 64);
	cr_expect_eq(run(d, "operand"), 64);
	cr_expect_eq(run(d, "--port-offset=x"), 64);
	cr_expect_eq(run(d, "-V"), 0);
}

Test(command, configuration_that_cannot_be_used)
{
	struct daemon *d = daemon_new();

	daemon_conf(d, "log { sink = ");
	cr_expect_eq(run(d, NULL), 78);
	cr_expect(log_find(d, NULL, "superd.conf:", NULL), "file and line are not named");
	cr_assert(unlink(daemon_path(d, "superd.conf")) == 0);
	cr_expect_eq(run(d, NULL), 78);
	cr_expect(log_find(d, NULL, "superd.conf", "No such file", NULL));
}

Test(command, configuration_that_others_can_write)
{
	struct daemon *d = daemon_new();
	int code;

	cr_assert(chmod(daemon_path(d, "superd.conf"), 0666) == 0);
	code = run(d, NULL);
	cr_expect(code == 78 || code == 77, "%d", code);
	cr_expect(log_find(d, NULL, "superd.conf", NULL));
}

Test(command, configuration_that_cannot_be_read)
{
	struct daemon *d = daemon_new();
	int code;

	if (getuid() == 0)
		d->uid = 54326;
	cr_assert(chmod(daemon_path(d, "superd.conf"), 0) == 0);
	code = run(d, NULL);
	cr_expect(code == 78 || code == 77, "%d", code);
	cr_expect(log_find(d, NULL, "superd.conf", "Permission denied", NULL));
}

Test(command, check_only)
{
	struct daemon *d = daemon_new();
	char line[LINE];

	good_service(d, "good");
	cr_expect_eq(run(d, "-t"), 0);
	daemon_service(d, "bad", "listen = \"127.0.0.1:0/tcp\"\ncomand = \"/bin/true\"\nnice = 99");
	cr_expect_eq(run(d, "-t"), 1);
	cr_expect(log_find(d, line, "bad.conf:3", "comand", NULL), "no file:line");
	cr_expect(log_find(d, line, "\"command\"", NULL), "the right word is not offered");
	cr_expect_not(daemon_message(d, "READY=1", 0));
}

/* What is to be written instead is written as it is to be, and bytes of the file are encoded once.
 */
Test(command, backslashes_of_findings)
{
	struct daemon *d = daemon_new();

	daemon_file(d, "services.d/a.conf", "service a {\n listen = \"8110/tcp\n}\n");
	daemon_file(d, "services.d/b.conf", "service b { argv0 = \"${X\" }\n");
	daemon_file(d, "services.d/c.conf", "service c { listen = \"80/t\303\251p\" }\n");
	daemon_file(d, "services.d/d\033[m.conf", "x\n");
	cr_expect_eq(run(d, "-t"), 1);
	cr_expect(log_find(d, NULL, "a.conf:2", "(a line end is \\n)", NULL));
	cr_expect(log_find(d, NULL, "b.conf:1", "a dollar sign is \\$,", NULL));
	cr_expect(log_find(d, NULL, "c.conf:1", "\"t\\303\\251p\"", NULL));
	cr_expect(log_find(d, NULL, "d\\033[m.conf:1", NULL));
}

/* What -T prints, without comments: they name files and lines. */
static char *
print_configuration(struct daemon *d)
{
	char *all, *rest, *line, *part;

	cr_assert_eq(run(d, "-T"), 0);
	all = file_read(d->log);
	part = calloc(1, strlen(all) + 1);
	cr_assert(part != NULL);
	rest = all + d->mark;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[strspn(line, "\t ")] != '#' && line[0] != '\0')
			strcat(strcat(part, line), "\n");
	}
	free(all);
	return part;
}

Test(command, print_reads_back)
{
	struct daemon *d = daemon_new();
	char *first, *second;

	daemon_conf(d, "defaults { umask = 027 }\nlog { level = warning }");
	good_service(d, "good");
	daemon_service(d, "other",
	    "listen = { \"127.0.0.1:7001/tcp\", \"unix:%s\" }\ncommand = { \"/bin/echo\", "
	    "\"a b\", 'c\"$d', \"\\te\" }\nenvironment = { 'X=${Y} \"z\"' }\nnice = 4\n"
	    "limits { instances = 3 }\nsocket { keepalive = yes }\nenabled = no",
	    daemon_path(d, "u"));
	first = print_configuration(d);
	cr_expect(strstr(first, "service good") != NULL && strstr(first, "service other") != NULL);
	cr_expect(strstr(first, "instances = 64") != NULL, "defaults are not filled in");
	cr_assert(unlink(daemon_path(d, "services.d/good.conf")) == 0);
	cr_assert(unlink(daemon_path(d, "services.d/other.conf")) == 0);
	daemon_file(d, "superd.conf", "%s", first);
	second = print_configuration(d);
	cr_expect_str_eq(first, second);
	free(first);
	free(second);
}

Test(command, a_broken_file_spoils_only_itself)
{
	struct daemon *d = daemon_new();

	good_service(d, "a");
	good_service(d, "z");
	daemon_file(d, "services.d/m.conf",
	    "service m { listen = \"127.0.0.1:0/tcp\" command = \"/bin/true\" }\n"
	    "service n { listen = \"127.0.0.1:0/tcp\"\n");
	daemon_service(d, "missing", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"/nonexistent\"");
	daemon_service(d, "writable", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"/bin/true\"");
	cr_assert(chmod(daemon_path(d, "services.d/writable.conf"), 0666) == 0);
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=2");
	LOG_EXPECT(d, NULL, "m.conf:");
	LOG_EXPECT(d, NULL, "missing.conf:", "/nonexistent");
	LOG_EXPECT(d, NULL, "writable.conf");
	ask_tcp("127.0.0.1", daemon_port(d, "a", ""), text, sizeof(text));
	cr_expect_str_eq(text, "a\n");
	ask_tcp("127.0.0.1", daemon_port(d, "z", ""), text, sizeof(text));
	cr_expect_str_eq(text, "z\n");
	daemon_stop(d);
}

Test(command, port_offset)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	daemon_service(d, "low",
	    "listen = { \"127.0.0.1:79/tcp\", \"127.0.0.1:5001/tcp\" }\n"
	    "command = { \"%s\", name, low }",
	    daemon_tool(d, "stream"));
	d->options[0] = "--port-offset";
	d->options[1] = "20000";
	daemon_start(d);
	ask_tcp("127.0.0.1", 20079, text, sizeof(text));
	cr_expect_str_eq(text, "low\n");
	ask_tcp("127.0.0.1", 5001, text, sizeof(text));
	cr_expect_str_eq(text, "low\n");
	cr_expect(tcp_try("127.0.0.1", 79, LONG) < 0);
	daemon_stop(d);
}

Test(command, later_folders_override_and_mask)
{
	struct daemon *d = daemon_new();

	cr_assert(mkdir(daemon_path(d, "more.d"), 0755) == 0);
	daemon_file(d, "superd.conf", "services = { \"services.d\", \"more.d\", \"not.there\" }\n");
	good_service(d, "a");
	good_service(d, "b");
	good_service(d, "c");
	daemon_file(d, "more.d/b.conf", "%s", "");
	daemon_file(d, "more.d/c.conf",
	    "service d { listen = \"127.0.0.1:0/tcp\" command = { \"%s\", name, d } %s }\n",
	    daemon_tool(d, "stream"), user_line(d));
	daemon_file(d, "more.d/.hidden.conf", "nonsense");
	daemon_file(d, "more.d/e.conf~", "nonsense");
	daemon_file(d, "more.d/e.conf.dpkg-old", "nonsense");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=2");
	ask_tcp("127.0.0.1", daemon_port(d, "a", ""), text, sizeof(text));
	cr_expect_str_eq(text, "a\n");
	ask_tcp("127.0.0.1", daemon_port(d, "d", ""), text, sizeof(text));
	cr_expect_str_eq(text, "d\n");
	cr_expect_eq(log_count(d, "nonsense", NULL), 0);
	daemon_stop(d);
}

Test(command, not_enabled_is_not_served)
{
	struct daemon *d = daemon_new();

	daemon_service(
	    d, "off", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"/bin/true\"\nenabled = no");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "sockets=0");
	daemon_stop(d);
}
