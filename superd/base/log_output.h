/* The sinks of the log: takes records from a queue to stderr, syslog, the journal or the writer of
 * a file, and never waits. */
#ifndef BASE_LOG_OUTPUT_H
#define BASE_LOG_OUTPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/log.h"

struct log_line;
struct log_queue;
struct text;

struct log_output {
	enum log_sink sink; /* never AUTO */
	enum log_format format;
	int facility;
	char *path;	    /* of the file */
	int fd;		    /* -1 while there is no connection; stderr has none */
	bool stream;	    /* syslog listens on a SOCK_STREAM */
	bool to_journal;    /* stderr ends in the journal */
	usec_t next;	    /* no connection is tried before */
	unsigned long lost; /* lines that the sink dropped; the caller takes them */
	/* Of a file that could not be opened again, or of a daemon that was not there at the open;
	 * the caller takes it. */
	int error;
};

/* AUTO becomes what it is here. 0, or -errno with *o untouched. A syslogd or journald that is not
 * there yet is no failure: o->error says so, and it is tried again. */
int log_output_open(struct log_output *o, const struct log_conf *conf);
void log_output_close(struct log_output *o);
/* Stderr, for the time before log_output_open. */
void log_output_init(struct log_output *o);

/* The record in this sink's form. plain: log_plain. */
void log_output_format(
    const struct log_output *o, struct text *t, const struct log_line *line, bool plain);

/* Hands over what waits in q as far as the sink takes it at once. 0: all of it; -EAGAIN: not now;
 * another -errno: the sink cannot be reached. */
int log_output_drain(struct log_output *o, struct log_queue *q, usec_t now);

/* The file is opened again by its writer. 0 or -errno. */
int log_output_reopen(struct log_output *o);

/* Where syslogd and journald listen, for tests; borrowed. /dev/log and /run/systemd/journal/socket
 * if never called. */
void log_output_paths(const char *syslog, const char *journal);

#endif
