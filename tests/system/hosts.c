#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

enum { CHILDREN = 16 };

static char text[4096];

void
hosts_tables(struct daemon *d, const char *allow, const char *deny)
{
	static const char *const names[2][2] = {
	    {"allow", "/etc/hosts.allow"}, {"deny", "/etc/hosts.deny"}};
	const char *const texts[2] = {allow, deny};
	static bool bound;
	int i;

	for (i = 0; i < 2; i++) {
		daemon_file(d, names[i][0], "%s", texts[i]);
		cr_assert_eq(chmod(daemon_path(d, names[i][0]), 0644), 0);
	}
	if (bound)
		return;
	bound = true;
	cr_assert_eq(unshare(CLONE_NEWNS), 0);
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	for (i = 0; i < 2; i++)
		cr_assert_eq(
		    mount(daemon_path(d, names[i][0]), names[i][1], NULL, MS_BIND, NULL), 0);
}

void
hosts_service(
    struct daemon *d, const char *name, unsigned port, const char *verb, const char *options)
{
	daemon_service(d, name, "listen = \"%u/tcp\"\ncommand = { \"%s\", %s, %s }\n%s", port,
	    daemon_tool(d, "stream"), verb, name, options);
}

bool
hosts_refused(int fd, int ms)
{
	ssize_t n = read_eof(fd, text, sizeof(text), ms);

	close(fd);
	return n == 0 || n == -ECONNRESET;
}

bool
hosts_served(const char *source, unsigned port, const char *name)
{
	int fd = tcp_from(source, "127.0.0.1", port);
	bool said = read_until(fd, text, sizeof(text), name, LONG);

	close(fd);
	return said;
}

pid_t
hosts_worker(struct daemon *d)
{
	static const char wanted[] = "superd\0worker\0libwrap";
	pid_t v[CHILDREN];
	size_t i, n = proc_children(d->pid, v, CHILDREN);
	char path[64], line[sizeof(wanted)];
	ssize_t length;
	int fd;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/cmdline", v[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		length = fd >= 0 ? read(fd, line, sizeof(line)) : -1;
		if (fd >= 0)
			close(fd);
		if (length == sizeof(wanted) && memcmp(line, wanted, sizeof(wanted)) == 0)
			return v[i];
	}
	return 0;
}
