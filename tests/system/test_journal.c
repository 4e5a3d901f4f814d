/* The journal as a sink and as a handler's standard error, with sockets of the test's own in
 * journald's places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "hungfs.h"
#include "peer.h"

SUITE(journal);

static char text[65536];

static int
own_socket(const char *path, int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	if (type == SOCK_STREAM)
		cr_assert(listen(fd, 16) == 0);
	return fd;
}

/* An empty /run that only this process and its children see. */
static void
own_run(void)
{
	cr_assert(mounts_private() == 0);
	cr_assert(mount("tmpfs", "/run", "tmpfs", 0, "mode=755") == 0);
	cr_assert(mkdir("/run/systemd", 0755) == 0 && mkdir("/run/systemd/journal", 0755) == 0);
}

/* Reads entries until one has all of the words; they stay in text. */
static bool
entry_with(int fd, const char *a, const char *b, const char *c)
{
	long long until = now_ms() + LONG;

	while (read_record(fd, text, sizeof(text), (int)(until - now_ms())) > 0) {
		if (strstr(text, a) != NULL && strstr(text, b) != NULL && strstr(text, c) != NULL)
			return true;
	}
	return false;
}

Test(journal, that_comes_later_gets_all)
{
	struct daemon *d;
	int fd;

	NEED_ROOT();
	own_run();
	d = daemon_new();
	daemon_conf(d, "log { sink = journal }");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "warning", "the journal", "No such file");
	fd = own_socket("/run/systemd/journal/socket", SOCK_DGRAM);
	cr_expect(entry_with(fd, "MESSAGE=ready", "SUPERD_SERVICES=0\n", ""), "%s", text);
	daemon_stop(d);
	close(fd);
}

Test(journal, entries_have_fields)
{
	struct daemon *d;
	char answer[64];
	int fd;

	NEED_ROOT();
	NEED_NETWORK();
	own_run();
	fd = own_socket("/run/systemd/journal/socket", SOCK_DGRAM);
	d = daemon_new();
	daemon_conf(d, "log { sink = journal }");
	daemon_service(d, "name",
	    "listen = \"127.0.0.1:7001/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	cr_assert(ask_tcp("127.0.0.1", 7001, answer, sizeof(answer)) == 4);
	cr_expect(
	    entry_with(fd, "MESSAGE=start", "SUPERD_SERVICE=name\n", "PRIORITY=6\n"), "%s", text);
	cr_expect(strstr(text, "SUPERD_PEER=127.0.0.1:") != NULL, "%s", text);
	cr_expect(strstr(text, "SUPERD_ID=") != NULL, "%s", text);
	cr_expect(strstr(text, "SYSLOG_IDENTIFIER=superd\n") != NULL, "%s", text);
	cr_expect(entry_with(fd, "MESSAGE=end", "SUPERD_SERVICE=name\n", "SUPERD_STATUS=exit:0\n"),
	    "%s", text);
	daemon_stop(d);
}

Test(journal, standard_error_of_a_handler)
{
	struct daemon *d;
	static char facts[FACTS];
	int fd, stream;

	NEED_ROOT();
	own_run();
	fd = own_socket("/run/systemd/journal/stdout", SOCK_STREAM);
	d = daemon_new();
	daemon_service(d, "noisy", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"\nstderr = log",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	stream = accept(fd, NULL, NULL);
	cr_assert(stream >= 0);
	cr_expect(read_until(stream, text, sizeof(text), "\n", LONG));
	cr_expect(strncmp(text, "noisy\n", 6) == 0, "identifier: %s", text);
	ask_tcp("127.0.0.1", daemon_port(d, "noisy", ""), facts, sizeof(facts));
	FACT(facts, "descriptors", "0,1,2");
	FACT(facts, "fd2", "socket");
	FACT(facts, "fd2.domain", "1");
	FACT(facts, "fd2.nonblock", "0");
	FACT(facts, "fd2.cloexec", "0");
	FACT(facts, "fd1.file", fact(facts, "fd0.file"));
	daemon_stop(d);
}

Test(journal, standard_error_without_journald)
{
	struct daemon *d;
	static char facts[FACTS];

	NEED_ROOT();
	own_run();
	d = daemon_new();
	daemon_service(d, "noisy", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"\nstderr = log",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	LOG_EXPECT(d, NULL, "noisy", "stderr");
	ask_tcp("127.0.0.1", daemon_port(d, "noisy", ""), facts, sizeof(facts));
	FACT(facts, "descriptors", "0,1,2");
	FACT(facts, "fd2", "/dev/null");
	daemon_stop(d);
}

Test(journal, syslog)
{
	struct daemon *d;
	char answer[64];
	int fd;

	NEED_ROOT();
	NEED_NETWORK();
	cr_assert(mounts_private() == 0);
	cr_assert(mount("tmpfs", "/dev", "tmpfs", 0, "mode=755") == 0);
	cr_assert(mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	cr_assert(chmod("/dev/null", 0666) == 0);
	fd = own_socket("/dev/log", SOCK_DGRAM);
	d = daemon_new();
	daemon_conf(d, "log { sink = syslog facility = local3 }");
	daemon_service(d, "name",
	    "listen = \"127.0.0.1:7001/tcp\"\ncommand = { \"%s\", name, yes }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	cr_assert(ask_tcp("127.0.0.1", 7001, answer, sizeof(answer)) == 4);
	cr_expect(entry_with(fd, "<158>", "superd[", "start service=name"), "%s", text);
	daemon_stop(d);
}
