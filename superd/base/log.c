#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log_line.h"
#include "base/log_output.h"
#include "base/log_queue.h"
#include "base/text.h"

#define BLOCKED_DELAY (10 * USEC_PER_MSEC)
#define UNREACHABLE_DELAY USEC_PER_SEC
#define REPEATS_AFTER (60 * USEC_PER_SEC)
#define CLOSE_WITHIN USEC_PER_SEC

enum { FULL = 16 * 1024 }; /* bytes that are handed over without waiting for more */

/* The one sink, and what is on its way to it. */
static struct {
	struct log_output output;
	struct log_queue queue;
	int level;
	bool plain;
	bool blocked; /* the sink did not take all the last time */
	usec_t due;   /* while something waits */
	unsigned long lost;

	char last[LOG_MESSAGE]; /* the last message */
	int last_level;		/* -1: a record came after it */
	unsigned repeats;
	usec_t repeats_due;
} sink = {.level = LOG_INFO, .last_level = -1, .output = {.sink = LOG_SINK_STDERR, .fd = -1}};

static void
forget_last(void)
{
	sink.last_level = -1;
	sink.repeats = 0;
}

void
log_init(void)
{
	log_output_init(&sink.output);
	log_queue_clear(&sink.queue);
	forget_last();
	sink.level = LOG_INFO;
	sink.plain = sink.blocked = false;
	sink.lost = 0;
}

void
log_plain(void)
{
	sink.plain = true;
}

void
log_level(int level)
{
	sink.level = level;
}

int
log_fd(void)
{
	return sink.output.fd;
}

static bool
add(const struct log_line *line)
{
	static char storage[LOG_LINE];
	struct text t;

	text_init(&t, storage, sizeof(storage));
	log_output_format(&sink.output, &t, line, sink.plain);
	if (!log_queue_add(&sink.queue, t.data, t.length))
		return false;
	if (sink.queue.n == 1)
		sink.due = clock_now() + LOG_DELAY;
	return true;
}

/* Tells what was lost, once there is room again. */
static bool
add_lost(void)
{
	char message[LOG_MESSAGE];
	const struct log_line line = {.level = LOG_WARNING, .message = message};

	if (sink.lost == 0)
		return false;
	(void)snprintf(message, sizeof(message), "%lu lines lost", sink.lost);
	if (!add(&line))
		return false;
	sink.lost = 0;
	return true;
}

static void
take_output_errors(void)
{
	int error = sink.output.error;

	sink.lost += sink.output.lost;
	sink.output.lost = 0;
	sink.output.error = 0;
	if (error != 0)
		log_warnx("log: %s: cannot be opened again: %s", sink.output.path, strerror(error));
}

static void
drain(void)
{
	usec_t now = clock_now();
	int r = log_output_drain(&sink.output, &sink.queue, now);

	sink.blocked = r < 0;
	take_output_errors();
	if (r == 0 && add_lost())
		r = log_output_drain(&sink.output, &sink.queue, now);
	sink.blocked = r < 0;
	if (r < 0)
		sink.due = now + (r == -EAGAIN ? BLOCKED_DELAY : UNREACHABLE_DELAY);
}

/* A sink that is known to be blocked is asked again when it is due, not for each line. */
static void
drain_if_useful(void)
{
	if (!sink.blocked || clock_now() >= sink.due)
		drain();
}

static bool
add_in_order(const struct log_line *line)
{
	return (sink.lost == 0 || add_lost()) && add(line);
}

static void
write_line(const struct log_line *line)
{
	if (!add_in_order(line)) {
		drain_if_useful();
		if (!add_in_order(line))
			sink.lost++;
	}
	if (line->level <= LOG_WARNING || sink.queue.end - sink.queue.start > FULL)
		drain_if_useful();
}

/* Says how often the last message came again. */
static void
write_repeats(void)
{
	char message[LOG_MESSAGE];
	const struct log_line line = {.level = sink.last_level, .message = message};

	if (sink.repeats == 0)
		return;
	(void)snprintf(message, sizeof(message), "last message repeated %u time%s", sink.repeats,
	    sink.repeats > 1 ? "s" : "");
	sink.repeats = 0;
	write_line(&line);
}

void
log_flush(void)
{
	if (sink.repeats > 0 && clock_now() >= sink.repeats_due)
		write_repeats();
	drain();
}

usec_t
log_due(void)
{
	usec_t due = sink.queue.n > 0 ? sink.due : USEC_NEVER;

	return sink.repeats > 0 && sink.repeats_due < due ? sink.repeats_due : due;
}

int
log_open(const struct log_conf *conf)
{
	struct log_output new;
	int r = log_output_open(&new, conf);

	if (r < 0)
		return r;
	if (new.error != 0)
		log_warnx("log: %s: %s; lines wait for it",
		    new.sink == LOG_SINK_SYSLOG ? "syslog" : "the journal", strerror(new.error));
	new.error = 0;
	write_repeats();
	drain();
	sink.lost += sink.queue.n;
	log_queue_clear(&sink.queue);
	log_output_close(&sink.output);
	sink.output = new;
	sink.blocked = false;
	forget_last();
	sink.level = conf->level;
	return 0;
}

int
log_reopen(void)
{
	log_flush();
	return log_output_reopen(&sink.output);
}

void
log_close(void)
{
	usec_t now, until = clock_now() + CLOSE_WITHIN;
	struct pollfd p = {.events = POLLOUT};

	write_repeats();
	drain();
	while (sink.queue.n > 0 && (now = clock_now()) < until) {
		p.fd = sink.output.sink == LOG_SINK_STDERR ? STDERR_FILENO : sink.output.fd;
		if (p.fd < 0 || poll(&p, 1, (int)((until - now) / USEC_PER_MSEC) + 1) <= 0 ||
		    (p.revents & POLLOUT) == 0)
			break;
		drain();
	}
	log_output_close(&sink.output);
	log_init();
}

bool
log_wants(int level)
{
	return level <= sink.level;
}

void
log_record(int level, const char *message, const struct log_field *fields, size_t n)
{
	const struct log_line line = {.level = level, .message = message, .fields = fields, .n = n};
	int saved = errno;

	if (level > sink.level)
		return;
	write_repeats();
	sink.last_level = -1;
	write_line(&line);
	errno = saved;
}

static bool
is_repeat(int level, const char *message)
{
	if (level != sink.last_level || strcmp(message, sink.last) != 0)
		return false;
	if (sink.repeats++ == 0)
		sink.repeats_due = clock_now() + REPEATS_AFTER;
	return true;
}

/* Not a copy of the message before. */
static void
write_message(int level, const struct text *t)
{
	const struct log_line line = {.level = level, .message = sink.last};

	if (is_repeat(level, t->data))
		return;
	write_repeats();
	memcpy(sink.last, t->data, t->length + 1);
	sink.last_level = level;
	write_line(&line);
}

static void __attribute__((format(printf, 3, 0)))
log_message(int level, int error, const char *format, va_list args)
{
	char raw[LOG_MESSAGE], message[LOG_MESSAGE];
	struct text t;

	if (level > sink.level)
		return;
	(void)vsnprintf(raw, sizeof(raw), format, args);
	text_init(&t, message, sizeof(message));
	text_add_vis(&t, raw, strlen(raw));
	if (error != 0)
		text_addf(&t, ": %s", strerror(error));
	write_message(level, &t);
}

void
log_encoded(int level, const char *message)
{
	char encoded[LOG_MESSAGE];
	const char *slash;
	struct text t;

	if (level > sink.level)
		return;
	text_init(&t, encoded, sizeof(encoded));
	while ((slash = strchr(message, '\\')) != NULL) {
		text_add_vis(&t, message, (size_t)(slash - message));
		text_add_bytes(&t, slash, 1);
		message = slash + 1;
	}
	text_add_vis(&t, message, strlen(message));
	write_message(level, &t);
}

/* The callers' errno survives: a log line between a failure and its report is harmless. */
#define LOG_WITH(level, with_errno)                                                                \
	do {                                                                                       \
		int saved = errno;                                                                 \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		log_message((level), (with_errno) ? saved : 0, format, args);                      \
		va_end(args);                                                                      \
		errno = saved;                                                                     \
	} while (0)

void
log_err(const char *format, ...)
{
	LOG_WITH(LOG_ERR, false);
}

void
log_warn(const char *format, ...)
{
	LOG_WITH(LOG_WARNING, true);
}

void
log_warnx(const char *format, ...)
{
	LOG_WITH(LOG_WARNING, false);
}

void
log_notice(const char *format, ...)
{
	LOG_WITH(LOG_NOTICE, false);
}

void
log_info(const char *format, ...)
{
	LOG_WITH(LOG_INFO, false);
}

void
log_debug(const char *format, ...)
{
	LOG_WITH(LOG_DEBUG, false);
}

/* Whoever started superd shall see why it ended, wherever the log goes. */
static _Noreturn void
end(int code)
{
	if (sink.output.sink != LOG_SINK_STDERR && !sink.output.to_journal)
		(void)dprintf(STDERR_FILENO, "superd: %s\n", sink.last);
	log_close();
	exit(code);
}

void
fatal(int code, const char *format, ...)
{
	LOG_WITH(LOG_ERR, true);
	end(code);
}

void
fatalx(int code, const char *format, ...)
{
	LOG_WITH(LOG_ERR, false);
	end(code);
}
