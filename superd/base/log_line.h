/*
 * A record as a line: text, JSON, the datagrams of syslog and of the journal.  What does not fit
 * is cut so that the line keeps its form: a text ends in "...", JSON and the journal leave out
 * whole fields (and JSON says "cut":true).  All but the message itself fits in a text of LOG_LINE
 * bytes.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stddef.h>

#include "base/log.h"

enum {
	LOG_LINE = 4096,    /* storage for one line: PIPE_BUF, so that a pipe takes it whole */
	LOG_MESSAGE = 1024, /* storage for a message */
};

struct text;

struct log_line {
	int level;
	const char *message; /* harmless already */
	const struct log_field *fields;
	size_t n;
};

const char *log_level_name(int level);

/* "message name=value name=\"a value\"": values through vis(3). */
void log_line_body(struct text *t, const struct log_line *line);

/* With time and level in front and a newline; plain: without the time. */
void log_line_text(struct text *t, const struct log_line *line, bool plain);
/* For a stream that ends in the journal: "<6>body", sd-daemon(3). */
void log_line_prefixed(struct text *t, const struct log_line *line);
/* One JSON object (RFC 8259) and a newline, in ASCII: what is UTF-8 is escaped as its code points,
 * other bytes as if they were Latin-1. */
void log_line_json(struct text *t, const struct log_line *line);
/* RFC 3164 as syslog(3) writes it. */
void log_line_syslog(struct text *t, const struct log_line *line, int facility);
/* The native protocol of systemd-journald(8): NAME=value, a line each. */
void log_line_journal(struct text *t, const struct log_line *line);

#endif
