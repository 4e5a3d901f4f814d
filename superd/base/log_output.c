#include "base/log_output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log_line.h"
#include "base/log_queue.h"
#include "base/log_writer.h"
#include "base/text.h"

#define RECONNECT_AFTER USEC_PER_SEC

static const char *syslog_path = "/dev/log";
static const char *journal_path = "/run/systemd/journal/socket";

void
log_output_paths(const char *syslog, const char *journal)
{
	syslog_path = syslog;
	journal_path = journal;
}

/* Is stderr what JOURNAL_STREAM of systemd.exec(5) names? */
static bool
is_journal_stream(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char mine[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(mine, sizeof(mine), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return strcmp(stream, mine) == 0;
}

static int
connect_to(const char *path, int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	autoclose int fd = -1;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, path, strlen(path) + 1);
	fd = fd_raise(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* The descriptor of a sink that has one, or -errno. */
static int
connect_sink(struct log_output *o, bool first)
{
	int fd;

	if (o->sink == LOG_SINK_FILE)
		return o->path != NULL ? log_writer_start(o->path, first) : -EINVAL;
	if (o->sink == LOG_SINK_JOURNAL)
		return connect_to(journal_path, SOCK_DGRAM);
	o->stream = false;
	fd = connect_to(syslog_path, SOCK_DGRAM);
	if (fd != -EPROTOTYPE)
		return fd;
	o->stream = true;
	return connect_to(syslog_path, SOCK_STREAM);
}

void
log_output_init(struct log_output *o)
{
	*o = (struct log_output){.sink = LOG_SINK_STDERR, .facility = LOG_DAEMON, .fd = -1};
	o->to_journal = is_journal_stream();
}

int
log_output_open(struct log_output *o, const struct log_conf *conf)
{
	struct log_output new;
	int r;

	log_output_init(&new);
	new.format = conf->format;
	new.facility = conf->facility;
	new.sink = conf->sink;
	if (conf->sink == LOG_SINK_AUTO)
		new.sink = new.to_journal ? LOG_SINK_JOURNAL : LOG_SINK_STDERR;
	if (conf->path != NULL && (new.path = strdup(conf->path)) == NULL)
		return -ENOMEM;
	if (new.sink != LOG_SINK_STDERR) {
		r = connect_sink(&new, true);
		if (r < 0 && conf->sink == LOG_SINK_AUTO) {
			new.sink = LOG_SINK_STDERR;
		} else if (r < 0 && conf->sink == LOG_SINK_FILE) {
			free(new.path);
			return r;
		} else {
			new.fd = r < 0 ? -1 : r;
			new.error = r < 0 ? -r : 0;
		}
	}
	*o = new;
	return 0;
}

void
log_output_close(struct log_output *o)
{
	fd_cleanup(&o->fd);
	free(o->path);
	log_output_init(o);
}

void
log_output_format(
    const struct log_output *o, struct text *t, const struct log_line *line, bool plain)
{
	switch (o->sink) {
	case LOG_SINK_SYSLOG:
		log_line_syslog(t, line, o->facility);
		text_add_bytes(t, "", 1);
		return;
	case LOG_SINK_JOURNAL:
		log_line_journal(t, line);
		return;
	case LOG_SINK_AUTO:
	case LOG_SINK_STDERR:
	case LOG_SINK_FILE:
		break;
	}
	if (o->format == LOG_FORMAT_JSON)
		log_line_json(t, line);
	else if (o->sink == LOG_SINK_STDERR && o->to_journal)
		log_line_prefixed(t, line);
	else
		log_line_text(t, line, o->sink == LOG_SINK_STDERR && plain);
}

static bool
is_connected(struct log_output *o, usec_t now)
{
	int fd;

	if (o->sink == LOG_SINK_STDERR || o->fd >= 0)
		return true;
	if (now < o->next)
		return false;
	o->next = now + RECONNECT_AFTER;
	fd = connect_sink(o, false);
	if (fd < 0)
		return false;
	o->fd = fd;
	return true;
}

static ssize_t
write_stderr(const char *data, size_t n)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written;

	written = send(STDERR_FILENO, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (written >= 0 || errno != ENOTSOCK)
		return written >= 0 ? written : -errno;
	if (poll(&p, 1, 0) == 0)
		return -EAGAIN;
	if ((p.revents & POLLOUT) == 0)
		return -EPIPE;
	written = write(STDERR_FILENO, data, n);
	return written >= 0 ? written : -errno;
}

/* What the writer of the file has to say. */
static void
take_report(struct log_output *o)
{
	struct log_writer_report report;

	while (o->fd >= 0 && log_writer_report(o->fd, &report) > 0) {
		o->lost += report.lost;
		if (report.error != 0)
			o->error = report.error;
	}
}

static ssize_t
send_record(struct log_output *o, const char *data, size_t n)
{
	/* As syslog(3) does: the NUL ends a record where no datagram does. */
	bool stream = o->sink == LOG_SINK_SYSLOG && o->stream;
	size_t length = o->sink == LOG_SINK_SYSLOG && !stream ? n - 1 : n;
	ssize_t sent = send(o->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0)
		return errno == ENOBUFS ? -EAGAIN : -errno;
	return stream ? sent : (ssize_t)n;
}

/* The bytes of q's front that the sink took, or -errno. */
static ssize_t
hand_over(struct log_output *o, struct log_queue *q)
{
	const char *data;
	size_t n;
	int r;

	switch (o->sink) {
	case LOG_SINK_AUTO:
	case LOG_SINK_STDERR:
		n = log_queue_front(q, PIPE_BUF, &data);
		return write_stderr(data, n);
	case LOG_SINK_FILE:
		n = log_queue_front(q, LOG_WRITER_BATCH, &data);
		take_report(o);
		r = log_writer_send(o->fd, data, n);
		return r < 0 ? r : (ssize_t)n;
	case LOG_SINK_SYSLOG:
	case LOG_SINK_JOURNAL:
		break;
	}
	n = log_queue_front(q, 0, &data);
	return send_record(o, data, n);
}

int
log_output_drain(struct log_output *o, struct log_queue *q, usec_t now)
{
	ssize_t n;

	while (q->n > 0) {
		if (!is_connected(o, now))
			return -ENOTCONN;
		n = hand_over(o, q);
		if (n >= 0) {
			log_queue_take(q, (size_t)n);
		} else if (n == -EMSGSIZE) {
			log_queue_drop(q);
			o->lost++;
		} else if (n == -EAGAIN || o->sink == LOG_SINK_STDERR) {
			return (int)n;
		} else {
			fd_cleanup(&o->fd);
			/* The rest of a record means nothing to whoever is connected next. */
			if (q->begun) {
				log_queue_drop(q);
				o->lost++;
			}
		}
	}
	return 0;
}

int
log_output_reopen(struct log_output *o)
{
	return o->sink == LOG_SINK_FILE && o->fd >= 0 ? log_writer_reopen(o->fd) : 0;
}
