/* Unix sockets: their files, their names, who may replace them. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(unix_sockets);

static char answer[256];

static void
name_service(struct daemon *d, const char *name, const char *endpoint, const char *options)
{
	daemon_service(d, name, "listen = \"%s\"\ncommand = { \"%s\", name, %s }\n%s", endpoint,
	    daemon_tool(d, "stream"), name, options);
}

static const char *
endpoint(const char *kind, const char *path)
{
	static char text[8][160];
	static unsigned next;
	char *t = text[next++ % 8];

	snprintf(t, sizeof(text[0]), "%s:%s", kind, path);
	return t;
}

static bool
answers(const char *path, const char *name)
{
	int fd = unix_try(path, SOCK_STREAM);
	bool ok;

	if (fd < 0)
		return false;
	ok = read_eof(fd, answer, sizeof(answer), LONG) > 0 &&
	     strncmp(answer, name, strlen(name)) == 0;
	close(fd);
	return ok;
}

/* A socket file of the test's own, listening. */
static int
listen_unix(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	cr_assert(listen(fd, 8) == 0);
	return fd;
}

Test(unix_sockets, mode_owner_group)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a"), *plain = daemon_path(d, "b");
	const struct passwd *pw = getpwnam("daemon");
	struct stat st;

	name_service(d, "a", endpoint("unix", path),
	    getuid() == 0 ? "socket { mode = 0640 owner = daemon group = mail }"
			  : "socket { mode = 0640 }");
	name_service(d, "b", endpoint("unix", plain), "");
	daemon_start(d);
	cr_assert(lstat(path, &st) == 0 && S_ISSOCK(st.st_mode));
	cr_expect_eq(st.st_mode & 07777, 0640, "%o", st.st_mode);
	if (getuid() == 0) {
		cr_expect_eq(st.st_uid, pw->pw_uid);
		cr_expect_eq(st.st_gid, 8);
	}
	cr_assert(lstat(plain, &st) == 0);
	cr_expect_eq(st.st_mode & 07777, 0666, "%o", st.st_mode);
	cr_expect(answers(path, "a"));
	cr_expect(answers(plain, "b"));
	daemon_stop(d);
	cr_expect(lstat(path, &st) < 0 && errno == ENOENT, "a is left behind");
	cr_expect(lstat(plain, &st) < 0 && errno == ENOENT, "b is left behind");
}

Test(unix_sockets, stale_one_is_replaced)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a");

	close(listen_unix(path));
	name_service(d, "a", endpoint("unix", path), "");
	daemon_start(d);
	cr_expect(answers(path, "a"));
	daemon_stop(d);
}

Test(unix_sockets, live_one_is_not_replaced)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a");
	int fd = listen_unix(path), c;

	name_service(d, "a", endpoint("unix", path), "");
	name_service(d, "b", endpoint("unix", daemon_path(d, "b")), "");
	daemon_start(d);
	LOG_EXPECT(d, NULL, "@ready", "pending=1", "sockets=1");
	cr_expect(answers(daemon_path(d, "b"), "b"));
	c = unix_connect(path, SOCK_STREAM);
	cr_expect(readable(fd, LONG), "the path leads elsewhere now");
	close(c);
	close(fd);
	cr_expect(WAIT(LONG, answers(path, "a")), "it is not taken when it is free");
	daemon_stop(d);
}

Test(unix_sockets, other_files_are_left_alone)
{
	struct daemon *d = daemon_new();
	const char *file = daemon_path(d, "file"), *link = daemon_path(d, "link");
	const char *target = daemon_path(d, "target");
	struct stat st;
	char *text;

	daemon_file(d, "file", "precious");
	close(listen_unix(target));
	cr_assert(symlink(target, link) == 0);
	name_service(d, "a", endpoint("unix", file), "");
	name_service(d, "b", endpoint("unix", link), "");
	name_service(d, "c", endpoint("unix", daemon_path(d, "c")), "");
	daemon_start(d);
	cr_expect(answers(daemon_path(d, "c"), "c"));
	cr_expect_not(answers(link, "b"));
	daemon_stop(d);
	text = file_read(file);
	cr_expect(text != NULL && strcmp(text, "precious") == 0);
	free(text);
	cr_expect(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
	cr_expect(lstat(target, &st) == 0 && S_ISSOCK(st.st_mode));
}

Test(unix_sockets, only_the_own_file_is_removed)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a");
	struct stat st;
	int fd;

	name_service(d, "a", endpoint("unix", path), "");
	daemon_start(d);
	cr_expect(answers(path, "a"));
	cr_assert(unlink(path) == 0);
	fd = listen_unix(path);
	daemon_stop(d);
	cr_expect(lstat(path, &st) == 0, "another's socket is gone");
	close(fd);
}

Test(unix_sockets, folder_that_others_can_write)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "out/a");

	name_service(d, "a", endpoint("unix", path), "");
	name_service(d, "b", endpoint("unix", daemon_path(d, "b")), "");
	daemon_start(d);
	cr_expect(LOG_WAIT(d, LONG, NULL, "out", "writ"), "no reason is given");
	cr_expect_not(file_exists(path));
	cr_expect_eq(unix_try(path, SOCK_STREAM), -ENOENT);
	cr_expect(answers(daemon_path(d, "b"), "b"));
	daemon_stop(d);
}

Test(unix_sockets, abstract)
{
	struct daemon *d;

	NEED_NETWORK(); /* the names belong to it */
	d = daemon_new();
	name_service(d, "a", "unix:@superd test", "");
	daemon_start(d);
	cr_expect(answers("@superd test", "a"));
	daemon_stop(d);
	cr_expect_eq(unix_try("@superd test", SOCK_STREAM), -ECONNREFUSED);
}

Test(unix_sockets, records)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a");
	int fd;

	daemon_service(d, "a", "listen = \"unix-seqpacket:%s\"\ncommand = { \"%s\", echo }", path,
	    daemon_tool(d, "stream"));
	daemon_start(d);
	fd = unix_connect(path, SOCK_SEQPACKET);
	send_text(fd, "one");
	send_text(fd, "two");
	cr_expect_eq(read_record(fd, answer, sizeof(answer), LONG), 3);
	cr_expect_str_eq(answer, "one");
	cr_expect_eq(read_record(fd, answer, sizeof(answer), LONG), 3);
	cr_expect_str_eq(answer, "two");
	close(fd);
	daemon_stop(d);
}

Test(unix_sockets, datagrams)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "a"), *own = daemon_path(d, "own");
	int fd;

	daemon_service(d, "a",
	    "listen = \"unix-dgram:%s\"\ncommand = { \"%s\", answer, \"%s\", \"to:\" }", path,
	    daemon_tool(d, "dgram"), daemon_path(d, "out/count"));
	daemon_start(d);
	fd = unix_connect_from(path, SOCK_DGRAM, own, strlen(own));
	cr_assert(chmod(own, 0777) == 0);
	send_text(fd, "one");
	cr_assert(read_record(fd, answer, sizeof(answer), LONG) > 0);
	cr_expect_str_eq(answer, "to:one");
	send_text(fd, "two");
	cr_assert(read_record(fd, answer, sizeof(answer), LONG) > 0);
	cr_expect_str_eq(answer, "to:two");
	daemon_stop(d);
}
