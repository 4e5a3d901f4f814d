#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/systemd.h"

static const char *const names[] = {
    "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID", "NOTIFY_SOCKET"};

static void
clear(void)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
}

static const char *
own_pid(void)
{
	static char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	return text;
}

Test(systemd, nothing_is_passed)
{
	struct systemd s;

	clear();
	systemd_init(&s);
	cr_expect_eq(s.listen_fds, 0);
	cr_expect_null(s.notify_path);
	cr_expect_eq(s.watchdog, 0);
	cr_expect_eq(systemd_notify(&s, "READY=1"), 0);
	systemd_fini(&s);
}

Test(systemd, all_is_taken_out_of_the_environment)
{
	struct systemd s;
	size_t i;

	(void)setenv("LISTEN_FDS", "3", 1);
	(void)setenv("LISTEN_PID", own_pid(), 1);
	(void)setenv("LISTEN_FDNAMES", "a:b:c", 1);
	(void)setenv("WATCHDOG_USEC", "30000000", 1);
	(void)setenv("WATCHDOG_PID", own_pid(), 1);
	(void)setenv("NOTIFY_SOCKET", "/run/x", 1);
	systemd_init(&s);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_null(getenv(names[i]), "%s", names[i]);
	cr_expect_eq(s.listen_fds, 3);
	cr_expect_str_eq(s.notify_path, "/run/x");
	cr_expect_eq(s.watchdog, 30 * USEC_PER_SEC);
	systemd_fini(&s);
	systemd_fini(&s);
}

/* fds NULL: unset. pid "own": ours. */
Test(systemd, sockets_for_others_or_none)
{
	static const struct {
		const char *fds, *pid;
		int n;
	} row[] = {
	    {"2", "own", 2},
	    {"0", "own", 0},
	    {"2", "1", 0},
	    {"2", NULL, 0},
	    {"2", "", 0},
	    {"2", "x", 0},
	    {NULL, "own", 0},
	    {"-1", "own", 0},
	    {"x", "own", 0},
	    {"2x", "own", 0},
	    {"", "own", 0},
	    {"2147483647", "own", 0},
	    {"99999999999", "own", 0},
	};
	struct systemd s;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		clear();
		if (row[i].fds != NULL)
			(void)setenv("LISTEN_FDS", row[i].fds, 1);
		if (row[i].pid != NULL)
			(void)setenv("LISTEN_PID",
			    strcmp(row[i].pid, "own") == 0 ? own_pid() : row[i].pid, 1);
		(void)setenv("LISTEN_FDNAMES", "a:b", 1);
		systemd_init(&s);
		cr_expect_eq(s.listen_fds, row[i].n, "row %zu", i);
		systemd_fini(&s);
	}
}

Test(systemd, watchdog)
{
	static const struct {
		const char *usec, *pid;
		usec_t watchdog;
	} row[] = {
	    {"1000", NULL, 1000},
	    {"1000", "own", 1000},
	    {"1000", "1", 0},
	    {"0", NULL, 0},
	    {"-5", NULL, 0},
	    {"x", NULL, 0},
	    {"99999999999999999999", NULL, 0},
	    {NULL, "own", 0},
	};
	struct systemd s;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		clear();
		if (row[i].usec != NULL)
			(void)setenv("WATCHDOG_USEC", row[i].usec, 1);
		if (row[i].pid != NULL)
			(void)setenv("WATCHDOG_PID",
			    strcmp(row[i].pid, "own") == 0 ? own_pid() : row[i].pid, 1);
		systemd_init(&s);
		cr_expect_eq(s.watchdog, row[i].watchdog, "row %zu", i);
		systemd_fini(&s);
	}
}

/* A socket that listens at path, '@' for an abstract one. */
static int
listener(int type, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));

	cr_assert_geq(fd, 0);
	memcpy(un.sun_path, path, strlen(path));
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	else
		length++;
	cr_assert_eq(bind(fd, (const struct sockaddr *)&un, length), 0, "%s: %m", path);
	if (type == SOCK_STREAM)
		cr_assert_eq(listen(fd, 5), 0);
	return fd;
}

static void
expect_notified(const char *path)
{
	int fd = listener(SOCK_DGRAM, path), i, r = 0;
	struct systemd s;
	char got[64] = "";

	clear();
	(void)setenv("NOTIFY_SOCKET", path, 1);
	systemd_init(&s);
	cr_expect_eq(systemd_notify(&s, "READY=1\nSTATUS=on"), 0);
	cr_expect_eq(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 17);
	cr_expect_str_eq(got, "READY=1\nSTATUS=on");
	/* Nobody reads: it must not wait. */
	for (i = 0; i < 100000 && r == 0; i++)
		r = systemd_notify(&s, "WATCHDOG=1");
	cr_expect_eq(r, -EAGAIN);
	(void)close(fd);
	cr_expect_eq(systemd_notify(&s, "READY=1"), -ECONNREFUSED);
	systemd_fini(&s);
}

Test(systemd, notify_through_a_path)
{
	char folder[] = "/tmp/superd-test-XXXXXX", path[64];

	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/notify", folder);
	expect_notified(path);
	(void)unlink(path);
	(void)rmdir(folder);
}

Test(systemd, notify_through_an_abstract_name)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "@superd-test/%d", (int)getpid());
	expect_notified(name);
}

Test(systemd, notify_needs_a_usable_name)
{
	static const char *const bad[] = {"", "x", "vsock:2:1234", "/nonexistent/notify"};
	char longer[200];
	struct systemd s;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		clear();
		(void)setenv("NOTIFY_SOCKET", bad[i], 1);
		systemd_init(&s);
		cr_expect_lt(systemd_notify(&s, "READY=1"), 0, "%s", bad[i]);
		systemd_fini(&s);
	}
	memset(longer, 'x', sizeof(longer));
	longer[0] = '@';
	longer[sizeof(longer) - 1] = '\0';
	(void)setenv("NOTIFY_SOCKET", longer, 1);
	systemd_init(&s);
	cr_expect_eq(systemd_notify(&s, "READY=1"), -EINVAL);
	systemd_fini(&s);
}

Test(systemd, journal_stream, .timeout = 30)
{
	char folder[] = "/tmp/superd-test-XXXXXX", path[64], got[64] = "";
	char longer[400];
	int at, fd, peer;

	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/stdout", folder);
	systemd_journal_path(path);
	cr_expect_eq(systemd_journal_stream("pop3"), -ENOENT);
	at = listener(SOCK_STREAM, path);
	fd = systemd_journal_stream("pop3");
	cr_assert_geq(fd, FD_RESERVED);
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	cr_expect_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	cr_assert_eq(write(fd, "<3>hello\n", 9), 9);
	peer = accept(at, NULL, NULL);
	cr_assert_geq(peer, 0);
	cr_assert_eq(recv(peer, got, 16 + 9, MSG_WAITALL), 16 + 9, "%s", got);
	cr_expect_str_eq(got, "pop3\n\n6\n1\n0\n0\n0\n<3>hello\n");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	cr_expect_eq(systemd_journal_stream(longer), -ENAMETOOLONG);
	cr_expect_eq(systemd_journal_stream("a\nb"), -EINVAL);
	/* Nobody accepts: it must not wait. */
	for (fd = 0; fd >= 0;)
		fd = systemd_journal_stream("pop3");
	cr_expect_eq(fd, -EAGAIN);
	(void)close(at);
	cr_expect_eq(systemd_journal_stream("pop3"), -ECONNREFUSED);
	(void)unlink(path);
	(void)rmdir(folder);
}
