#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/log_output.h"

/*
 * Standard error is a pipe while a test runs, its lines stay in what `lines` returns.  Criterion's
 * own comes back before anything is checked.
 */
static int saved_stderr, out, in;
static char taken[256 * 1024];
static size_t length;

static void
capture(void)
{
	int p[2];

	(void)unsetenv("JOURNAL_STREAM");
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	out = p[0];
	in = p[1];
	saved_stderr = dup(STDERR_FILENO);
	log_init();
}

static void
begin(void)
{
	(void)dup2(in, STDERR_FILENO);
}

static void
end(void)
{
	(void)dup2(saved_stderr, STDERR_FILENO);
}

TestSuite(log, .init = capture);

/* What has come since the last call. */
static const char *
lines(void)
{
	struct pollfd p = {.fd = out, .events = POLLIN};
	ssize_t n;

	length = 0;
	while (length < sizeof(taken) - 1 && poll(&p, 1, 0) == 1) {
		n = read(out, taken + length, sizeof(taken) - 1 - length);
		cr_assert_gt(n, 0);
		length += (size_t)n;
	}
	taken[length] = '\0';
	return taken;
}

#define STAMP "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z "

static void
expect_match(const char *text, const char *pattern)
{
	regex_t re;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	cr_expect_eq(regexec(&re, text, 0, NULL, 0), 0, "%s\nis not\n%s", text, pattern);
	regfree(&re);
}

Test(log, vocabulary)
{
	begin();
	log_err("an %s", "error");
	errno = ENOENT;
	log_warn("file %d", 7);
	errno = ENOENT;
	log_warnx("file %d", 8);
	log_notice("notice");
	log_info("info");
	log_debug("debug");
	log_flush();
	end();
	expect_match(lines(),
	    "^" STAMP "error an error\n" STAMP "warning file 7: No such file or directory\n" STAMP
	    "warning file 8\n" STAMP "notice notice\n" STAMP "info info\n$");
}

Test(log, level)
{
	const struct log_field f = {"a", "b", false};

	begin();
	log_level(LOG_DEBUG);
	log_debug("one");
	log_level(LOG_ERR);
	log_warnx("two");
	log_record(LOG_WARNING, "three", &f, 1);
	log_err("four");
	end();
	expect_match(lines(), "^" STAMP "debug one\n" STAMP "error four\n$");
}

Test(log, errno_is_kept)
{
	int kept;

	(void)close(out);
	(void)signal(SIGPIPE, SIG_IGN);
	begin();
	errno = ENOTTY;
	log_warn("x");
	log_info("y");
	log_record(LOG_WARNING, "z", NULL, 0);
	kept = errno;
	end();
	cr_expect_eq(kept, ENOTTY);
}

Test(log, strings_from_outside_are_harmless)
{
	begin();
	log_warnx("name %s", "a\nforged\033[2J\303\251");
	end();
	expect_match(lines(), "^" STAMP "warning name a\\\\nforged\\\\033\\[2J\\\\303\\\\251\n$");
}

Test(log, a_format_that_is_too_long)
{
	static char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	begin();
	log_warnx("%s", text);
	end();
	expect_match(lines(), "^" STAMP "warning x{1000,1023}\n$");
}

/* Lines below a warning wait, and log_due tells until when. */
Test(log, lines_wait_for_each_other)
{
	const struct log_field f = {"a", "b c", false};
	usec_t before, first, after;
	int i;

	begin();
	before = clock_now();
	cr_expect_eq(log_due(), USEC_NEVER);
	log_record(LOG_INFO, "start", &f, 1);
	after = clock_now();
	first = log_due();
	for (i = 0; i < 10; i++)
		log_record(LOG_INFO, "more", &f, 1);
	cr_expect(first >= before + LOG_DELAY && first <= after + LOG_DELAY);
	cr_expect_eq(log_due(), first, "the first line's time counts");
	cr_expect_str_eq(lines(), "");
	log_flush();
	cr_expect_eq(log_due(), USEC_NEVER);
	log_record(LOG_INFO, "next", NULL, 0);
	log_record(LOG_WARNING, "pending", &f, 1);
	end();
	expect_match(lines(),
	    "^" STAMP "info start a=\"b c\"\n(" STAMP "info more a=\"b c\"\n){10}" STAMP
	    "info next\n" STAMP "warning pending a=\"b c\"\n$");
}

Test(log, repeats_are_counted)
{
	int i;

	begin();
	for (i = 0; i < 6; i++)
		log_warnx("same");
	log_warnx("other");
	log_warnx("other");
	log_err("other");
	end();
	expect_match(lines(),
	    "^" STAMP "warning same\n" STAMP "warning last message repeated 5 times\n" STAMP
	    "warning other\n" STAMP "warning last message repeated 1 time\n" STAMP
	    "error other\n$");
}

Test(log, records_are_no_repeats)
{
	const struct log_field f = {"a", "b", false};

	begin();
	log_record(LOG_WARNING, "r", &f, 1);
	log_record(LOG_WARNING, "r", &f, 1);
	log_warnx("m");
	log_warnx("m");
	log_record(LOG_WARNING, "r", &f, 1);
	log_warnx("m");
	end();
	expect_match(lines(),
	    "^(" STAMP "warning r a=b\n){2}" STAMP "warning m\n" STAMP
	    "warning last message repeated 1 time\n" STAMP "warning r a=b\n" STAMP "warning m\n$");
}

Test(log, repeats_are_told_in_time)
{
	usec_t before = clock_now(), due;

	begin();
	log_warnx("same");
	cr_expect_eq(log_due(), USEC_NEVER);
	log_warnx("same");
	due = log_due();
	log_warnx("same");
	end();
	cr_expect(due >= before + 60 * USEC_PER_SEC && due <= clock_now() + 60 * USEC_PER_SEC);
	cr_expect_eq(log_due(), due);
	begin();
	log_flush(); /* not due yet */
	log_close();
	end();
	expect_match(
	    lines(), "^" STAMP "warning same\n" STAMP "warning last message repeated 2 times\n$");
}

/* A pipe that nobody reads: nothing waits, memory has an end, and what is lost is told. */
Test(log, a_sink_that_is_blocked)
{
	enum { N = 5000 };
	struct log_field f = {"number", NULL, true};
	const char *at;
	char number[16];
	unsigned long lost = 0, seen = 0, last = 0, n;
	int i;

	begin();
	for (i = 1; i <= N; i++) {
		(void)snprintf(number, sizeof(number), "%d", i);
		f.value = number;
		log_record(LOG_WARNING, "line", &f, 1);
	}
	end();
	cr_expect(log_due() < clock_now() + USEC_PER_SEC, "it is tried again");
	cr_expect_gt(log_due(), clock_now(), "but not in a loop");
	for (i = 0; i < 100 && lost == 0; i++) {
		at = lines();
		while ((at = strchr(at, ' ')) != NULL) {
			if (sscanf(at, " warning line number=%lu\n", &n) == 1) {
				cr_assert_eq(n, last + 1, "%lu after %lu", n, last);
				last = n;
				seen++;
			} else if (sscanf(at, " warning %lu lines lost\n", &n) == 1) {
				lost = n;
			}
			at++;
		}
		begin();
		log_flush();
		end();
	}
	cr_expect(seen > 1000 && seen + lost == N, "%lu, %lu", seen, lost);
	cr_expect_eq(log_due(), USEC_NEVER);
}

Test(log, plain_and_json)
{
	const struct log_conf conf = {
	    .sink = LOG_SINK_STDERR, .format = LOG_FORMAT_JSON, .level = LOG_WARNING};
	const struct log_field f = {"pid", "5", true};

	begin();
	log_plain();
	log_warnx("a %s", "b");
	cr_assert_eq(log_open(&conf), 0);
	log_info("hidden");
	log_record(LOG_WARNING, "start", &f, 1);
	end();
	expect_match(lines(), "^warning: a b\n\\{\"time\":\"[^\"]*\",\"level\":\"warning\","
			      "\"message\":\"start\",\"pid\":5\\}\n$");
}

Test(log, a_sink_that_cannot_be_opened_leaves_the_one_in_use)
{
	const struct log_conf conf = {
	    .sink = LOG_SINK_FILE, .level = LOG_ERR, .path = (char *)"/nonexistent/log"};

	cr_expect_eq(log_open(&conf), -ENOENT);
	cr_expect_eq(log_fd(), -1);
	begin();
	log_warnx("still here");
	end();
	expect_match(lines(), "^" STAMP "warning still here\n$");
}

/* At most a second for what does not get through. */
Test(log, close_does_not_wait_for_ever)
{
	static const char fill[4096];
	usec_t taken_time;

	cr_assert_eq(fcntl(in, F_SETFL, O_NONBLOCK), 0);
	while (write(in, fill, sizeof(fill)) > 0)
		;
	cr_assert_eq(fcntl(in, F_SETFL, 0), 0);
	begin();
	log_warnx("x");
	taken_time = clock_now();
	log_close();
	taken_time = clock_now() - taken_time;
	end();
	cr_expect(taken_time > USEC_PER_SEC / 2 && taken_time < 5 * USEC_PER_SEC);
}

static char folder[] = "/tmp/superd-test-XXXXXX";
static char path[64];

static void
make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
}

static void
remove_folder(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

/* The file once it has n lines. */
static const char *
file(size_t n)
{
	usec_t until = clock_now() + 10 * USEC_PER_SEC;
	const char *at;
	size_t found;
	int fd;

	do {
		found = 0;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		length = 0;
		if (fd >= 0)
			length = (size_t)read(fd, taken, sizeof(taken) - 1);
		fd_cleanup(&fd);
		taken[length] = '\0';
		for (at = taken; *at != '\0'; at++)
			found += *at == '\n';
	} while (found < n && clock_now() < until);
	return taken;
}

Test(log, a_file)
{
	struct log_conf conf = {.sink = LOG_SINK_FILE, .level = LOG_INFO, .path = path};
	char other[80];

	make_folder();
	cr_assert_eq(log_open(&conf), 0);
	cr_expect_geq(log_fd(), FD_RESERVED);
	log_info("one");
	log_flush();
	log_warnx("two");
	expect_match(file(2), "^" STAMP "info one\n" STAMP "warning two\n$");
	(void)snprintf(other, sizeof(other), "%s.1", path);
	cr_assert_eq(rename(path, other), 0);
	log_info("before"); /* still for the old file */
	cr_assert_eq(log_reopen(), 0);
	log_info("after");
	log_close();
	cr_expect_eq(log_fd(), -1);
	expect_match(file(1), "^" STAMP "info after\n$");
	(void)unlink(other);
	remove_folder();
}

Test(log, a_file_that_cannot_be_opened_again)
{
	struct log_conf conf = {.sink = LOG_SINK_FILE, .level = LOG_INFO, .path = path};
	struct pollfd p = {.events = POLLIN};
	char other[80];

	make_folder();
	cr_assert_eq(log_open(&conf), 0);
	(void)snprintf(other, sizeof(other), "%s.1", path);
	cr_assert(rename(path, other) == 0 && mkdir(path, 0700) == 0);
	cr_assert_eq(log_reopen(), 0);
	p.fd = log_fd();
	cr_assert_eq(poll(&p, 1, 10000), 1);
	log_warnx("next");
	log_close();
	(void)rmdir(path);
	cr_assert_eq(rename(other, path), 0);
	expect_match(file(2), "^" STAMP "warning next\n" STAMP
			      "warning log: .*/log: cannot be opened again: Is a directory\n$");
	remove_folder();
}

Test(log, syslog_that_was_away)
{
	struct log_conf conf = {.sink = LOG_SINK_SYSLOG, .level = LOG_INFO};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), i;
	char got[256] = "";

	make_folder();
	log_output_paths(path, path);
	cr_expect_eq(log_open(&conf), 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	cr_assert_eq(log_open(&conf), 0);
	/* Its queue is full after some. */
	for (i = 0; i < 3000; i++)
		log_record(LOG_WARNING, "line", NULL, 0);
	cr_expect_neq(log_due(), USEC_NEVER);
	for (i = 0; i < 3100 && strstr(got, "lines lost") == NULL; i++) {
		memset(got, 0, sizeof(got));
		if (recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT) < 0)
			log_flush();
	}
	expect_match(got,
	    "^<[0-9]+>[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} superd\\[[0-9]+\\]: [0-9]+ lines lost$");
	(void)close(fd);
	remove_folder();
}

/* exit(3) to here and no further: the rest is this test program's. */
static void
leave(int code, void *nothing)
{
	(void)nothing;
	_exit(code);
}

/* In a child: what it says on stderr, its exit code. */
static int
ends(void (*body)(void), const char **said)
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		(void)on_exit(leave, NULL);
		begin();
		body();
		_exit(99);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	*said = lines();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
die(void)
{
	errno = EACCES;
	fatal(77, "pidfile %s", "x");
}

static void
die_without_errno(void)
{
	log_info("before");
	fatalx(78, "no configuration");
}

static void
die_with_a_file(void)
{
	const struct log_conf conf = {.sink = LOG_SINK_FILE, .level = LOG_INFO, .path = path};

	(void)log_open(&conf);
	die();
}

Test(log, fatal)
{
	const char *said;

	cr_expect_eq(ends(die, &said), 77);
	expect_match(said, "^" STAMP "error pidfile x: Permission denied\n$");
	cr_expect_eq(ends(die_without_errno, &said), 78);
	expect_match(said, "^" STAMP "info before\n" STAMP "error no configuration\n$");
	make_folder();
	cr_expect_eq(ends(die_with_a_file, &said), 77);
	cr_expect_str_eq(said, "superd: pidfile x: Permission denied\n");
	expect_match(file(1), "^" STAMP "error pidfile x: Permission denied\n$");
	remove_folder();
}
