#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log_line.h"
#include "base/log_output.h"
#include "base/log_queue.h"
#include "base/text.h"

static char folder[] = "/tmp/superd-test-XXXXXX";
static char path[64];
static struct log_queue q;
static struct log_output o;

static const struct log_line sample = {.level = LOG_NOTICE, .message = "hello"};

static void
setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	log_output_paths(path, path);
	(void)unsetenv("JOURNAL_STREAM");
}

static void
teardown(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

TestSuite(log_output, .init = setup, .fini = teardown);

static int
listener(int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	(void)unlink(path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0, "%m");
	if (type == SOCK_STREAM)
		cr_assert_eq(listen(fd, 5), 0);
	return fd;
}

static void
open_sink(enum log_sink sink)
{
	const struct log_conf conf = {
	    .sink = sink, .level = LOG_INFO, .facility = LOG_LOCAL3, .path = path};

	cr_assert_eq(log_output_open(&o, &conf), 0);
}

static void
add(const struct log_line *line)
{
	char storage[LOG_LINE];
	struct text t;

	text_init(&t, storage, sizeof(storage));
	log_output_format(&o, &t, line, false);
	cr_assert(log_queue_add(&q, storage, t.length));
}

static void
add_sample(void)
{
	add(&sample);
}

/* What a datagram or a read of fd has, as text. */
static const char *
take(int fd)
{
	static char text[LOG_LINE + 1];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	cr_assert_eq(poll(&p, 1, 10000), 1);
	n = read(fd, text, sizeof(text) - 1);
	cr_assert_geq(n, 0);
	text[n] = '\0';
	cr_expect_eq(strlen(text), (size_t)n, "no NUL in it");
	return text;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* Standard error becomes fd for one drain; Criterion's is put back before anything is checked. */
static int
drain_to(int fd)
{
	int saved = dup(STDERR_FILENO), r;

	cr_assert(saved >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	r = log_output_drain(&o, &q, clock_now());
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	return r;
}

Test(log_output, syslog_with_datagrams)
{
	int fd = listener(SOCK_DGRAM);
	const char *got;

	open_sink(LOG_SINK_SYSLOG);
	cr_expect_geq(o.fd, FD_RESERVED);
	add_sample();
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, clock_now()), 0);
	got = take(fd);
	cr_expect(strncmp(got, "<157>", 5) == 0 && ends_with(got, "]: hello"), "%s", got);
	got = take(fd);
	cr_expect(ends_with(got, "]: hello"), "%s", got);
	log_output_close(&o);
}

Test(log_output, syslog_on_a_stream)
{
	int fd = listener(SOCK_STREAM), peer;
	char got[512];
	ssize_t n;

	open_sink(LOG_SINK_SYSLOG);
	add_sample();
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, clock_now()), 0);
	peer = accept(fd, NULL, NULL);
	cr_assert_geq(peer, 0);
	n = read(peer, got, sizeof(got));
	cr_assert_gt(n, 0);
	cr_expect_eq(got[n - 1], '\0', "a record ends with NUL");
	cr_expect_eq(strlen(got) * 2 + 2, (size_t)n);
	cr_expect(ends_with(got, "]: hello"));
	cr_expect_eq(strncmp(got + strlen(got) + 1, "<157>", 5), 0);
	log_output_close(&o);
}

/* A stream that nobody reads takes records in parts; what it has got is whole in the end. */
Test(log_output, a_stream_that_takes_a_part)
{
	static char value[3000];
	const struct log_field field = {"x", value, false};
	const struct log_line line = {.level = LOG_INFO, .message = "m", .fields = &field, .n = 1};
	int fd = listener(SOCK_STREAM), peer, i, r = 0, records = 0, got = 0, bad = 0;
	char part[1000], last = '\0';
	ssize_t n, k;

	memset(value, 'x', sizeof(value) - 1);
	open_sink(LOG_SINK_SYSLOG);
	peer = accept(fd, NULL, NULL);
	cr_assert_geq(peer, 0);
	for (i = 0; i < 10000 && r == 0; i++) {
		add(&line);
		records++;
		r = log_output_drain(&o, &q, clock_now());
	}
	cr_assert_eq(r, -EAGAIN);
	while (got < records) {
		n = read(peer, part, sizeof(part));
		cr_assert_gt(n, 0);
		for (k = 0; k < n; k++) {
			bad += part[k] == '<' && last != '\0';
			got += part[k] == '\0';
			last = part[k];
		}
		r = log_output_drain(&o, &q, clock_now());
		cr_assert(r == 0 || r == -EAGAIN);
	}
	cr_expect_eq(bad, 0);
	log_output_close(&o);
}

Test(log_output, journal)
{
	int fd = listener(SOCK_DGRAM);

	open_sink(LOG_SINK_JOURNAL);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, clock_now()), 0);
	cr_expect_str_eq(take(fd), "PRIORITY=5\nSYSLOG_IDENTIFIER=superd\nMESSAGE=hello\n");
	log_output_close(&o);
}

Test(log_output, no_file_is_an_error_of_open)
{
	const struct log_conf file = {.sink = LOG_SINK_FILE};

	o.fd = 77;
	cr_expect_eq(log_output_open(&o, &file), -EINVAL);
	cr_expect_eq(o.fd, 77, "the sink in use stays");
}

static void
comes_later(enum log_sink sink)
{
	const struct log_conf conf = {.sink = sink};
	usec_t now = clock_now();
	int fd;

	cr_expect_eq(log_output_open(&o, &conf), 0);
	cr_expect_eq(o.sink, sink);
	cr_expect_eq(o.error, ENOENT);
	cr_expect_eq(o.fd, -1);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, now), -ENOTCONN);
	fd = listener(SOCK_DGRAM);
	cr_expect_eq(log_output_drain(&o, &q, now + USEC_PER_SEC), 0);
	cr_expect_not_null(strstr(take(fd), "hello"));
	(void)close(fd);
	(void)unlink(path);
	log_output_close(&o);
}

Test(log_output, a_daemon_that_comes_later)
{
	comes_later(LOG_SINK_SYSLOG);
	comes_later(LOG_SINK_JOURNAL);
}

Test(log_output, never_waits_for_a_daemon)
{
	int i, r = 0;

	(void)listener(SOCK_DGRAM);
	open_sink(LOG_SINK_SYSLOG);
	for (i = 0; i < 10000 && r == 0; i++) {
		add_sample();
		r = log_output_drain(&o, &q, clock_now());
	}
	cr_expect_eq(r, -EAGAIN);
	cr_expect_eq(q.n, 1, "what was not taken stays");
}

/* At most once a second: now is the test's. */
Test(log_output, connects_again)
{
	int fd = listener(SOCK_DGRAM);
	usec_t now = clock_now();

	open_sink(LOG_SINK_SYSLOG);
	(void)close(fd);
	(void)unlink(path);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, now), -ENOTCONN);
	fd = listener(SOCK_DGRAM);
	cr_expect_eq(log_output_drain(&o, &q, now + USEC_PER_SEC - 1), -ENOTCONN, "too early");
	cr_expect_eq(log_output_drain(&o, &q, now + USEC_PER_SEC), 0);
	cr_expect(ends_with(take(fd), "]: hello"));
	/* A syslogd that starts again at once costs nothing. */
	(void)close(fd);
	fd = listener(SOCK_DGRAM);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, now + 2 * USEC_PER_SEC), 0);
	cr_expect(ends_with(take(fd), "]: hello"));
	cr_expect_eq(o.lost, 0);
}

Test(log_output, stderr_a_pipe_that_nobody_reads)
{
	int p[2], r = 0, i;

	log_output_init(&o);
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	cr_assert_eq(fcntl(p[1], F_SETPIPE_SZ, 2 * PIPE_BUF), 2 * PIPE_BUF);
	for (i = 0; i < 10000 && r == 0; i++) {
		add_sample();
		r = drain_to(p[1]);
	}
	cr_expect_eq(r, -EAGAIN);
	cr_expect_gt(q.n, 0);
	cr_expect_eq(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0, "the description is not ours");
	for (i = 0; i < 100 && q.n > 0; i++) {
		(void)take(p[0]);
		(void)drain_to(p[1]);
	}
	cr_expect_eq(q.n, 0);
}

/* What a pipe gets at once is whole lines, so that those of others do not come in between. */
Test(log_output, stderr_gets_whole_lines)
{
	int p[2], i, writes = 0;
	const char *got;

	log_output_init(&o);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p), 0);
	for (i = 0; i < 500; i++)
		add_sample();
	cr_expect_eq(drain_to(p[1]), 0);
	for (i = 0; i < 500; writes++) {
		got = take(p[0]);
		cr_expect_leq(strlen(got), PIPE_BUF);
		cr_expect(got[0] == '2' && ends_with(got, " notice hello\n"));
		for (; *got != '\0'; got++)
			i += *got == '\n';
	}
	cr_expect_lt(writes, 20, "many lines a write");
}

Test(log_output, stderr_that_is_closed)
{
	int p[2];

	log_output_init(&o);
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	(void)close(p[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	add_sample();
	cr_expect_lt(drain_to(p[1]), 0);
	cr_expect_eq(q.n, 1);
}

Test(log_output, stderr_a_socket_that_nobody_reads)
{
	int p[2], r = 0, i;

	log_output_init(&o);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	for (i = 0; i < 100000 && r == 0; i++) {
		add_sample();
		r = drain_to(p[1]);
	}
	cr_expect_eq(r, -EAGAIN);
}

Test(log_output, stderr_to_the_journal)
{
	const struct log_conf conf = {.sink = LOG_SINK_STDERR};
	const struct log_conf automatic = {.sink = LOG_SINK_AUTO};
	struct stat st;
	char stream[64];
	int fd;

	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	cr_assert_eq(log_output_open(&o, &automatic), 0);
	cr_expect_eq(o.sink, LOG_SINK_STDERR);
	cr_assert_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	cr_assert_eq(log_output_open(&o, &automatic), 0);
	cr_expect_eq(o.sink, LOG_SINK_STDERR, "there is no journald");
	cr_assert_eq(log_output_open(&o, &conf), 0);
	add_sample();
	cr_expect_eq(strncmp(q.data, "<5>hello\n", 9), 0);
	fd = listener(SOCK_DGRAM);
	cr_assert_eq(log_output_open(&o, &automatic), 0);
	cr_expect_eq(o.sink, LOG_SINK_JOURNAL);
	(void)close(fd);
	cr_assert_eq(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	cr_assert_eq(log_output_open(&o, &automatic), 0);
	cr_expect_eq(o.sink, LOG_SINK_STDERR, "stderr is something else");
}

Test(log_output, a_file)
{
	struct pollfd p;
	char text[64] = "";
	int fd;

	open_sink(LOG_SINK_FILE);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, clock_now()), 0);
	cr_expect_eq(log_output_reopen(&o), 0);
	cr_assert_eq(shutdown(o.fd, SHUT_WR), 0);
	p = (struct pollfd){.fd = o.fd};
	cr_assert_eq(poll(&p, 1, 10000), 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	cr_expect(ends_with(text, "Z notice hello\n"), "%s", text);
	log_output_close(&o);
}

/* A writer that died is started again, at most once a second. */
Test(log_output, a_new_writer)
{
	usec_t now = clock_now();
	struct stat st;
	struct pollfd p;

	open_sink(LOG_SINK_FILE);
	cr_assert_eq(shutdown(o.fd, SHUT_RDWR), 0);
	cr_assert_eq(unlink(path), 0);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, now), 0);
	(void)shutdown(o.fd, SHUT_RDWR);
	add_sample();
	cr_expect_eq(log_output_drain(&o, &q, now + 1), -ENOTCONN);
	cr_expect_eq(log_output_drain(&o, &q, now + USEC_PER_SEC), 0);
	cr_assert_eq(shutdown(o.fd, SHUT_WR), 0);
	p = (struct pollfd){.fd = o.fd};
	cr_assert_eq(poll(&p, 1, 10000), 1);
	cr_expect_eq(stat(path, &st), 0);
	cr_expect_gt(st.st_size, 0);
}
