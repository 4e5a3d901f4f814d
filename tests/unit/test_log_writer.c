#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log_writer.h"

static char folder[] = "/tmp/superd-test-XXXXXX";
static char path[64], other[64];

static void
setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
}

static void
teardown(void)
{
	(void)unlink(path);
	(void)unlink(other);
	(void)rmdir(folder);
}

TestSuite(log_writer, .init = setup, .fini = teardown);

static void
send_line(int fd, const char *line)
{
	cr_assert_eq(log_writer_send(fd, line, strlen(line)), 0);
}

static void
await_end(int fd)
{
	struct pollfd p = {.fd = fd};

	cr_assert_eq(poll(&p, 1, 10000), 1);
	cr_assert(p.revents & POLLHUP);
}

/* Ends the writer and waits until it has gone: the end of its socket. */
static void
finish(int fd)
{
	cr_assert_eq(shutdown(fd, SHUT_WR), 0);
	await_end(fd);
	(void)close(fd);
}

static const char *
read_file(const char *name)
{
	static char text[1024 * 1024];
	autoclose int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n;

	cr_assert_geq(fd, 0, "%s", name);
	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return text;
}

Test(log_writer, writes_what_it_gets)
{
	struct stat st;
	int fd;

	(void)umask(022);
	fd = log_writer_start(path, true);
	cr_assert_geq(fd, FD_RESERVED);
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode, S_IFREG | 0640);
	send_line(fd, "one\n");
	send_line(fd, "two\nthree\n");
	finish(fd);
	cr_expect_str_eq(read_file(path), "one\ntwo\nthree\n");
	fd = log_writer_start(path, true);
	cr_assert_geq(fd, 0);
	send_line(fd, "four\n");
	finish(fd);
	cr_expect_str_eq(read_file(path), "one\ntwo\nthree\nfour\n");
}

Test(log_writer, is_no_child)
{
	int fd = log_writer_start(path, true);

	cr_assert_geq(fd, 0);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_expect_eq(errno, ECHILD);
	finish(fd);
}

/* Nothing but its own: whoever reads a pipe of ours sees the end when we are gone. */
Test(log_writer, holds_no_descriptor_of_ours)
{
	struct pollfd ends;
	int p[2], fd;

	cr_assert_eq(pipe2(p, 0), 0);
	fd = log_writer_start(path, true);
	cr_assert_geq(fd, 0);
	send_line(fd, "it runs\n");
	(void)close(p[1]);
	ends = (struct pollfd){.fd = p[0], .events = POLLIN};
	cr_expect_eq(poll(&ends, 1, 10000), 1);
	cr_expect(ends.revents & POLLHUP);
	finish(fd);
}

Test(log_writer, a_path_that_cannot_be_opened)
{
	cr_expect_eq(log_writer_start("/nonexistent/log", true), -ENOENT);
	cr_expect_eq(log_writer_start(folder, true), -EISDIR);
	cr_assert_eq(symlink("/dev/null", path), 0);
	cr_expect_eq(log_writer_start(path, true), -ELOOP);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(log_writer_start(path, true), -ENXIO, "a FIFO must not be waited for");
}

Test(log_writer, opens_again)
{
	int fd = log_writer_start(path, true);

	cr_assert_geq(fd, 0);
	send_line(fd, "old\n");
	cr_assert_eq(rename(path, other), 0);
	send_line(fd, "still old\n");
	cr_assert_eq(log_writer_reopen(fd), 0);
	send_line(fd, "new\n");
	finish(fd);
	cr_expect_str_eq(read_file(other), "old\nstill old\n");
	cr_expect_str_eq(read_file(path), "new\n");
}

static void
await_report(int fd, struct log_writer_report *report)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	cr_assert_eq(poll(&p, 1, 10000), 1);
	cr_assert_eq(log_writer_report(fd, report), 1);
}

Test(log_writer, tells_what_cannot_be_opened_again)
{
	struct log_writer_report report;
	int fd = log_writer_start(path, true);

	cr_assert_geq(fd, 0);
	cr_expect_eq(log_writer_report(fd, &report), 0);
	cr_assert_eq(rename(path, other), 0);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(log_writer_reopen(fd), 0);
	await_report(fd, &report);
	cr_expect_eq(report.error, EISDIR);
	cr_expect_eq(report.lost, 0);
	send_line(fd, "goes on\n");
	finish(fd);
	cr_expect_str_eq(read_file(other), "goes on\n");
	(void)rmdir(path);
}

/* Where there is no file yet the writer counts, and tells when there is one. */
Test(log_writer, counts_what_it_loses)
{
	struct log_writer_report report;
	char later[128];
	int fd;

	(void)snprintf(later, sizeof(later), "%s/d/log", folder);
	fd = log_writer_start(later, false);
	cr_assert_geq(fd, 0);
	send_line(fd, "one\ntwo\n");
	send_line(fd, "three\n");
	(void)log_writer_reopen(fd);
	await_report(fd, &report);
	cr_expect_eq(report.error, ENOENT);
	(void)snprintf(other, sizeof(other), "%s/d", folder);
	cr_assert_eq(mkdir(other, 0700), 0);
	send_line(fd, "four\n");
	await_report(fd, &report);
	cr_expect_eq(report.error, 0);
	cr_expect_eq(report.lost, 3);
	send_line(fd, "five\n");
	cr_assert_eq(shutdown(fd, SHUT_WR), 0);
	await_end(fd);
	cr_expect_eq(log_writer_report(fd, &report), 0, "told once");
	(void)close(fd);
	cr_expect_str_eq(read_file(later), "four\nfive\n");
	(void)unlink(later);
	(void)rmdir(other);
}

Test(log_writer, is_gone)
{
	int p[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p), 0);
	(void)close(p[1]);
	cr_expect_eq(log_writer_send(p[0], "x\n", 2), -EPIPE);
	cr_expect_eq(log_writer_reopen(p[0]), -EPIPE);
	(void)close(p[0]);
}

Test(log_writer, never_waits)
{
	static char batch[LOG_WRITER_BATCH];
	int p[2], i, r = 0;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p), 0);
	for (i = 0; i < 10000 && r == 0; i++)
		r = log_writer_send(p[0], batch, sizeof(batch));
	cr_expect_eq(r, -EAGAIN);
}
