/* scan { command }: a program is told of bans and of their ends. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(announce);

enum { PORT = 7670 };

static char text[4096];

static void
script(struct daemon *d, const char *body)
{
	daemon_file(d, "told", "#!/bin/sh\nout=%s/out\n%s\n", d->dir, body);
	cr_assert_eq(chmod(daemon_path(d, "told"), 0755), 0);
}

/* Touches a sensor from that address. */
static void
touch(const char *source)
{
	int fd = tcp_from(source, "127.0.0.1", PORT);

	(void)read_eof(fd, text, sizeof(text), LONG);
	close(fd);
}

static void
sensor(struct daemon *d, const char *scan)
{
	daemon_conf(d, "scan { threshold = 5 sensor = 5 command = { \"%s\", \"a b\" } %s }",
	    daemon_path(d, "told"), scan);
	daemon_file(d, "services.d/sensor.conf",
	    "service sensor { listen = \"%d/tcp\" builtin = sensor }", PORT);
}

static bool
file_is(const char *path, const char *wanted)
{
	char *is = file_read(path);
	bool same = is != NULL && strcmp(is, wanted) == 0;

	free(is);
	return same;
}

Test(announce, ban_and_unban)
{
	struct daemon *d;
	char *facts = NULL;

	NEED_NETWORK();
	d = daemon_new();
	script(d, "w=$(id -u; for i in 0 1 2; do readlink /proc/$$/fd/$i; done)\n"
		  "[ $2 = unban ] || echo \"$w\" >$out/who\n"
		  "IFS=,; echo \"$*\" >>$out/told");
	sensor(d, "ban = 1");
	daemon_start(d);
	touch("127.0.0.66");
	cr_expect(WAIT(LONG, file_is(daemon_path(d, "out/told"),
				 "a b,ban,127.0.0.66/32,1\na b,unban,127.0.0.66/32\n")));
	snprintf(text, sizeof(text), "%u\n/dev/null\n/dev/null\n/dev/null\n",
	    getuid() == 0 ? getpwnam("nobody")->pw_uid : getuid());
	cr_expect(file_is(daemon_path(d, "out/who"), text), "%s",
	    facts = file_read(daemon_path(d, "out/who")));
	free(facts);
	daemon_stop(d);
}

/* As many as may run hang: nothing else waits, and each is told in the end. */
Test(announce, at_most_eight_at_a_time)
{
	enum { MANY = 12, RUNNING = 8 };
	struct daemon *d;
	char source[32];
	int i, fd;

	NEED_NETWORK();
	d = daemon_new();
	script(d, "echo \"$3\" >>$out/begun\nwhile [ ! -e $out/go ]; do sleep 0.05; done\n"
		  "echo \"$3\" >>$out/told");
	sensor(d, "ban = 600");
	daemon_service(d, "a", "listen = \"%u/tcp\"\ncommand = { \"%s\", name, served }", PORT + 1,
	    daemon_tool(d, "stream"));
	daemon_start(d);
	for (i = 0; i < MANY; i++) {
		snprintf(source, sizeof(source), "127.0.1.%d", i + 1);
		touch(source);
	}
	fd = tcp_from("127.0.0.9", "127.0.0.1", PORT + 1);
	cr_expect(read_until(fd, text, sizeof(text), "served", LONG));
	close(fd);
	cr_expect(WAIT(LONG, file_lines(daemon_path(d, "out/begun")) == RUNNING));
	observe(BRIEF);
	cr_expect_eq(file_lines(daemon_path(d, "out/begun")), RUNNING);
	daemon_file(d, "out/go", "\n");
	cr_expect(WAIT(LONG, file_lines(daemon_path(d, "out/told")) == MANY));
	daemon_stop(d);
}

Test(announce, a_program_that_fails_is_logged)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	script(d, "exit 3");
	sensor(d, "");
	daemon_start(d);
	touch("127.0.0.66");
	LOG_EXPECT(d, text, "ban 127.0.0.66/32: status 3");
	daemon_stop(d);
}

Test(announce, what_cannot_run_is_an_error)
{
	struct daemon *d = daemon_new();

	d->options[0] = "-t";
	sensor(d, "");
	cr_expect_eq(daemon_run(d), 1);
	cr_expect(log_find(d, text, "scan: command:", "may execute", NULL));
	script(d, "");
	cr_expect_eq(daemon_run(d), 0);
	daemon_conf(d, "scan { command = \"%s\" user = nosuchuser }", daemon_path(d, "told"));
	cr_expect_eq(daemon_run(d), 1);
	cr_expect(log_find(d, text, "nosuchuser", NULL));
}
