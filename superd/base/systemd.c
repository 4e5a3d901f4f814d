#include "base/systemd.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

static const char *journal_stdout = "/run/systemd/journal/stdout";

enum { LISTEN_FDS_MAX = 4096 };

/* Is the variable a pid, and ours? Where `optional`, no variable is as good. */
static bool
is_for_us(const char *name, bool optional)
{
	const char *text = getenv(name);
	long long pid;

	if (text == NULL)
		return optional;
	return text_number(text, 1, INT32_MAX, &pid) == 0 && pid == getpid();
}

static socklen_t
fill_unix(struct sockaddr_un *un, const char *path)
{
	size_t n = strlen(path);

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (n == 0 || n >= sizeof(un->sun_path) || (path[0] != '/' && path[0] != '@'))
		return 0;
	memcpy(un->sun_path, path, n);
	if (path[0] == '@')
		un->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] == '/' ? 1 : 0));
}

/* At FD_RESERVED or above, -errno. */
static int
connect_unix(int type, const char *path)
{
	struct sockaddr_un un;
	socklen_t length = fill_unix(&un, path);
	autoclose int fd = -1;

	if (length == 0)
		return -EINVAL;
	/* Non-blocking: a peer whose queue is full must not hold the start or a reload. */
	fd = fd_raise(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&un, length) < 0)
		return -errno;
	return steal_fd(&fd);
}

void
systemd_init(struct systemd *s)
{
	const char *text;
	long long n;

	memset(s, 0, sizeof(*s));
	text = getenv("LISTEN_FDS");
	if (text != NULL && is_for_us("LISTEN_PID", false) &&
	    text_number(text, 0, LISTEN_FDS_MAX, &n) == 0)
		s->listen_fds = (int)n;
	text = getenv("WATCHDOG_USEC");
	if (text != NULL && is_for_us("WATCHDOG_PID", true) &&
	    text_number(text, 1, INT64_MAX, &n) == 0)
		s->watchdog = (usec_t)n;
	text = getenv("NOTIFY_SOCKET");
	if (text != NULL)
		s->notify_path = strdup(text);
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDNAMES");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	(void)unsetenv("NOTIFY_SOCKET");
}

void
systemd_fini(struct systemd *s)
{
	free(s->notify_path);
	s->notify_path = NULL;
}

int
systemd_notify(const struct systemd *s, const char *state)
{
	autoclose int fd = -1;

	if (s->notify_path == NULL)
		return 0;
	fd = connect_unix(SOCK_DGRAM, s->notify_path);
	if (fd < 0)
		return fd;
	if (send(fd, state, strlen(state), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

void
systemd_journal_path(const char *path)
{
	journal_stdout = path;
}

int
systemd_journal_stream(const char *identifier)
{
	autoclose int fd = connect_unix(SOCK_STREAM, journal_stdout);
	char header[256];
	int n, r;

	if (fd < 0)
		return fd;
	if (strpbrk(identifier, "\n") != NULL)
		return -EINVAL;
	/* Identifier, unit, priority (info), level prefixes yes, forward to syslog, kmsg, console
	 * no. */
	n = snprintf(header, sizeof(header), "%s\n\n6\n1\n0\n0\n0\n", identifier);
	if (n < 0 || (size_t)n >= sizeof(header))
		return -ENAMETOOLONG;
	if (send(fd, header, (size_t)n, MSG_NOSIGNAL) != n)
		return -EIO;
	(void)shutdown(fd, SHUT_RD);
	r = fd_blocking(fd);
	return r < 0 ? r : steal_fd(&fd);
}
