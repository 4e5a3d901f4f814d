/* The log: a line when a connection starts and one when it ends, in both formats, to any sink. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(logging);

static char text[4096];

static void
stream_service(struct daemon *d, const char *name, const char *verb, const char *argument)
{
	daemon_service(d, name, "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", %s, \"%s\" }",
	    daemon_tool(d, "stream"), verb, argument);
}

/* Connects to a service to its end; checks both lines. */
static void
expect_lines(struct daemon *d, const char *service, const char *status, char *end)
{
	const char *const same[] = {"id", "peer", "local", "pid"};
	char word[64], start[LINE], expected[64], a[256], b[256];
	unsigned port = daemon_port(d, service, ""), own;
	size_t i;
	int fd = tcp_connect("127.0.0.1", port);

	own = port_of(fd);
	(void)read_eof(fd, text, sizeof(text), LONG);
	close(fd);
	snprintf(word, sizeof(word), "service=%s", service);
	LOG_EXPECT(d, start, "@start", word);
	LOG_EXPECT(d, end, "@end", word, status);
	for (i = 0; i < 4; i++) {
		cr_expect(log_value(start, same[i], a, sizeof(a)), "no %s: %s", same[i], start);
		cr_expect(log_value(end, same[i], b, sizeof(b)), "no %s: %s", same[i], end);
		cr_expect_str_eq(a, b);
	}
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", own);
	cr_expect(log_value(end, "peer", a, sizeof(a)));
	cr_expect_str_eq(a, expected);
	snprintf(expected, sizeof(expected), "127.0.0.1:%u", port);
	cr_expect(log_value(end, "local", a, sizeof(a)));
	cr_expect_str_eq(a, expected);
	cr_expect(log_number(end, "pid") > 1);
	cr_expect(log_number(end, "maxrss") > 100, "%s", end);
	cr_expect(log_number(end, "duration") > 0 && log_number(end, "duration") < 30, "%s", end);
}

static void
expect_all_lines(struct daemon *d)
{
	char end[LINE];

	stream_service(d, "fine", "exit", "0");
	stream_service(d, "three", "exit", "3");
	stream_service(d, "crash", "crash", "");
	stream_service(d, "term", "term", "");
	stream_service(d, "work", "work", "120");
	daemon_start(d);
	expect_lines(d, "fine", "status=exit:0", end);
	expect_lines(d, "three", "status=exit:3", end);
	expect_lines(d, "crash", "status=signal:ABRT", end);
	expect_lines(d, "term", "status=signal:TERM", end);
	expect_lines(d, "work", "status=exit:0", end);
	cr_expect(log_number(end, "cpu") >= 0.1 && log_number(end, "cpu") < 2, "%s", end);
	cr_expect(log_number(end, "duration") >= 0.1, "%s", end);
	daemon_stop(d);
}

Test(logging, text)
{
	expect_all_lines(daemon_new());
}

Test(logging, json)
{
	struct daemon *d = daemon_new();
	char *all, *line, *rest;

	daemon_conf(d, "log { format = json }");
	expect_all_lines(d);
	all = rest = file_read(d->log);
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL)
		cr_expect(line[0] == '{' && line[strlen(line) - 1] == '}', "%s", line);
	free(all);
}

static void
expect_harmless(const char *format)
{
	static const char name[] = "\0evil\n2026-01-01 error forged line\033[2J\"\\\t\177";
	struct daemon *d;
	const unsigned char *at;
	const char *path;
	char *all;
	int fd;

	NEED_NETWORK();
	d = daemon_new();
	path = daemon_path(d, "a.sock");
	daemon_conf(d, "log { format = %s }", format);
	daemon_service(d, "a", "listen = \"unix:%s\"\ncommand = { \"%s\", name, yes }", path,
	    daemon_tool(d, "stream"));
	daemon_start(d);
	fd = unix_connect_from(path, SOCK_STREAM, name, sizeof(name) - 1);
	cr_assert(read_eof(fd, text, sizeof(text), LONG) == 4);
	LOG_EXPECT(d, NULL, "@end", "service=a");
	cr_expect(log_find(d, NULL, "@start", "service=a", "evil", "forged", NULL),
	    "the name is not in its line");
	all = file_read(d->log);
	for (at = (const unsigned char *)all; *at != '\0'; at++)
		cr_expect(*at == '\n' || (*at >= ' ' && *at < 0177), "a raw %#x", *at);
	cr_expect(strstr(all, "\n2026-01-01 error") == NULL);
	free(all);
	daemon_stop(d);
}

Test(logging, strings_from_outside_as_text)
{
	expect_harmless("text");
}

Test(logging, strings_from_outside_as_json)
{
	expect_harmless("json");
}

/* Standard error is a full pipe that nobody reads. */
static void
block_log(struct daemon *d)
{
	static const char fill[4096];
	int p[2];

	(void)d;
	if (pipe(p) < 0 || fcntl(p[1], F_SETFL, O_NONBLOCK) < 0)
		_exit(125);
	while (write(p[1], fill, sizeof(fill)) > 0)
		;
	if (fcntl(p[1], F_SETFL, 0) < 0 || dup2(p[1], 2) < 0)
		_exit(125);
}

Test(logging, a_sink_that_blocks)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	d->prepare = block_log;
	daemon_service(d, "name",
	    "listen = \"127.0.0.1:7001/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	for (i = 0; i < 100; i++) {
		cr_assert(ask_tcp("127.0.0.1", 7001, text, sizeof(text)) == 4);
		cr_expect_str_eq(text, "yes\n");
	}
	daemon_stop(d);
}

Test(logging, a_file_is_opened_again)
{
	struct daemon *d = daemon_new();
	const char *old = daemon_path(d, "superd.log.1");
	size_t before;

	snprintf(d->log, sizeof(d->log), "%s", daemon_path(d, "superd.log"));
	daemon_conf(d, "log { sink = file path = \"%s\" }", d->log);
	stream_service(d, "name", "name", "yes");
	daemon_start(d);
	ask_tcp("127.0.0.1", daemon_port(d, "name", ""), text, sizeof(text));
	cr_expect(WAIT(LONG, log_count(d, "@end", NULL) == 1));
	cr_assert(rename(d->log, old) == 0);
	before = file_lines(old);
	cr_assert(before >= 3 && kill(d->pid, SIGUSR1) == 0);
	cr_expect(WAIT(LONG, file_exists(d->log)), "there is no new file");
	before = file_lines(old);
	snprintf(d->log, sizeof(d->log), "%s", old);
	cr_assert(ask_tcp("127.0.0.1", daemon_port(d, "name", ""), text, sizeof(text)) == 4);
	snprintf(d->log, sizeof(d->log), "%s", daemon_path(d, "superd.log"));
	cr_expect(WAIT(LONG, log_count(d, "@end", "service=name", NULL) == 1));
	cr_expect_eq(file_lines(old), before);
	daemon_stop(d);
}

Test(logging, level)
{
	struct daemon *d;

	NEED_NETWORK();
	d = daemon_new();
	d->options[0] = "-l";
	d->options[1] = "warning";
	daemon_service(d, "name",
	    "listen = \"127.0.0.1:7001/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	cr_assert(ask_tcp("127.0.0.1", 7001, text, sizeof(text)) == 4);
	daemon_stop(d);
	cr_expect_eq(file_lines(d->log), 0);
}
