/*
 * The log: one sink, levels, lines of text or JSON.  The vocabulary is the BSD daemons': log_warn
 * adds ": strerror(errno)", log_warnx does not.
 *
 * No sink blocks the caller.  Sockets (syslog, journal) are sent to with MSG_DONTWAIT; a pipe or
 * terminal on stderr is polled before a write of at most PIPE_BUF and never made non-blocking; a
 * file is written by a process of its own (log_writer) behind a socket.  What cannot be delivered
 * is counted and reported when it works again.  Lines below LOG_WARNING may wait in memory for
 * LOG_DELAY; log_due tells until when. Equal messages in a row are counted, not repeated.  Every
 * string from outside goes through vis(3).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h> /* LOG_ERR .. LOG_DEBUG are the levels */

#include "clock.h"

#define LOG_DELAY (20 * USEC_PER_MSEC)

enum log_sink { LOG_SINK_AUTO, LOG_SINK_STDERR, LOG_SINK_SYSLOG, LOG_SINK_JOURNAL, LOG_SINK_FILE };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* sink AUTO: the journal if stderr is a journal stream (JOURNAL_STREAM, systemd.exec(5)), else
 * stderr. */
struct log_conf {
	enum log_sink sink;
	enum log_format format;
	int level;    /* LOG_ERR .. LOG_DEBUG: what is more verbose is not written */
	int facility; /* LOG_DAEMON ..., for syslog */
	char *path;   /* of the file */
};

/* One name and value of a record. Names are lower-case words: the journal gets them as SUPERD_NAME.
 */
struct log_field {
	const char *name;
	const char *value; /* NULL: left out */
	bool number;	   /* JSON writes it bare */
};

/* Starts with stderr, text, LOG_INFO; log_open replaces that. */
void log_init(void);
/* Lines on stderr without the time, for findings that somebody reads at once (superd -t). */
void log_plain(void);
/* Opens the sink of conf. 0 or -errno (the sink in use stays); the caller reports. A syslogd or
 * journald that is not there is no failure: the sink in use says so, and lines wait, as many as
 * fit.
 */
int log_open(const struct log_conf *conf);
void log_close(void); /* flushes what can be flushed without waiting more than a second */
int log_reopen(void); /* the file sink opens its path again: SIGUSR1, after a rotation */
void log_level(int level);
/* Is that level written? To save the work of making what is not. */
bool log_wants(int level);
int log_fd(void); /* the descriptor that a new process must not inherit, or -1 */

/* A message with fields: "start service=pop3 id=..." as text, one object as JSON. Never counted as
 * a repeat. */
void log_record(int level, const char *message, const struct log_field *fields, size_t n);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2))); /* LOG_ERR, no errno */
void log_warn(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* LOG_WARNING + errno */
void log_warnx(const char *format, ...) __attribute__((format(printf, 1, 2))); /* LOG_WARNING */
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A message of which the parts from outside went through vis(3) when it was made. */
void log_encoded(int level, const char *message);

/* Start-up only: log at LOG_ERR and exit with a code of sysexits(3). fatal adds errno. */
_Noreturn void fatal(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void fatalx(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* When lines that wait must be flushed, monotonic; USEC_NEVER if none waits. */
usec_t log_due(void);
void log_flush(void);

#endif
