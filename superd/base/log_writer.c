#include "base/log_writer.h"

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

enum { CHANNEL = 3, OUTPUT = 4 };

/* A packet of one NUL byte: no line is that. */
static const char reopen_message[1] = "";

struct writer {
	const char *path;
	int output;    /* -1: could not be opened yet */
	uint32_t lost; /* lines since the last write that succeeded */
};

static int
open_log(const char *path)
{
	/* Non-blocking for the open alone: a FIFO that nobody reads is an error, not a wait. */
	autoclose int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC | O_NONBLOCK, 0640);
	int r = fd < 0 ? -errno : fd_blocking(fd);

	return r < 0 ? r : steal_fd(&fd);
}

static void
tell(int error, uint32_t lost)
{
	const struct log_writer_report report = {.error = error, .lost = lost};

	(void)send(CHANNEL, &report, sizeof(report), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
reopen(struct writer *w)
{
	int fd = open_log(w->path);

	if (fd < 0) {
		tell(-fd, 0);
		return;
	}
	if (w->output >= 0)
		(void)close(w->output);
	w->output = fd;
}

/* The bytes that could be written. */
static size_t
write_all(int fd, const char *data, size_t n)
{
	size_t done = 0;
	ssize_t written;

	while (done < n) {
		written = write(fd, data + done, n - done);
		if (written < 0 && errno != EINTR)
			break;
		if (written > 0)
			done += (size_t)written;
	}
	return done;
}

static void
write_lines(struct writer *w, const char *data, size_t n)
{
	size_t i;

	if (w->output < 0)
		w->output = open_log(w->path);
	i = w->output >= 0 ? write_all(w->output, data, n) : 0;
	if (i == n && w->lost > 0) {
		tell(0, w->lost);
		w->lost = 0;
	}
	for (; i < n; i++)
		w->lost += data[i] == '\n';
}

static _Noreturn void
serve(struct writer *w)
{
	static char packet[LOG_WRITER_BATCH];
	ssize_t n;

	while ((n = recv(CHANNEL, packet, sizeof(packet), 0)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n == 1 && packet[0] == reopen_message[0])
			reopen(w);
		else if (n > 0)
			write_lines(w, packet, (size_t)n);
	}
	_exit(0);
}

/* The grandchild. Both descriptors stand above OUTPUT; output is -1 where the file is not open. */
static _Noreturn void
become_writer(const char *path, int channel, int output)
{
	struct writer w = {.path = path, .output = -1};
	sigset_t all;

	/* Nothing but the end of its socket ends it: what superd logs last is written as well. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	if (path[0] == '/')
		(void)!chdir("/");
	if (dup2(channel, CHANNEL) < 0)
		_exit(1);
	if (output >= 0)
		w.output = dup2(output, OUTPUT);
	(void)close_range(w.output >= 0 ? OUTPUT + 1 : CHANNEL + 1, UINT_MAX, 0);
	(void)fd_null(STDIN_FILENO);
	(void)fd_null(STDOUT_FILENO);
	(void)fd_null(STDERR_FILENO);
	setproctitle("log writer");
	serve(&w);
}

static int
fork_twice(const char *path, int channel, int output)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return 0;
	}
	pid = fork();
	if (pid != 0)
		_exit(pid < 0);
	become_writer(path, channel, output);
}

/* Room for what is logged while the disk is slow; as much as the kernel gives. */
static void
widen(int fd)
{
	const int bytes = 1024 * 1024;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

int
log_writer_start(const char *path, bool check)
{
	autoclose int output = -1, mine = -1, its = -1;
	int ends[2], r;

	if (check) {
		output = fd_raise(open_log(path));
		if (output < 0)
			return output;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	mine = fd_raise(ends[0]);
	its = fd_raise(ends[1]);
	if (mine < 0 || its < 0)
		return mine < 0 ? mine : its;
	widen(mine);
	r = fork_twice(path, its, output);
	return r < 0 ? r : steal_fd(&mine);
}

int
log_writer_send(int fd, const char *lines, size_t n)
{
	return send(fd, lines, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int
log_writer_reopen(int fd)
{
	return log_writer_send(fd, reopen_message, sizeof(reopen_message));
}

int
log_writer_report(int fd, struct log_writer_report *report)
{
	struct log_writer_report r;

	if (recv(fd, &r, sizeof(r), MSG_DONTWAIT) != (ssize_t)sizeof(r))
		return 0;
	*report = r;
	return 1;
}
