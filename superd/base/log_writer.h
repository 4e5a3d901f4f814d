/*
 * A process of its own that writes the log file: a disk that hangs holds it and not superd.  It is
 * no child of superd's (a double fork), and ends when superd does.
 */
#ifndef BASE_LOG_WRITER_H
#define BASE_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_WRITER_BATCH = 32 * 1024 }; /* the most that log_writer_send takes at once */

/* What the writer tells: the errno of a file that could not be opened again, and how many lines it
 * had to drop before its writes succeeded again. */
struct log_writer_report {
	int error;
	uint32_t lost;
};

/*
 * Starts a writer to path (O_APPEND, O_NOFOLLOW, made with mode 0640). The socket to it at
 * FD_RESERVED or above, or -errno. With `check` the file is opened by the caller, so that a wrong
 * path is an error of this call; else by the writer, so that no file system can hold the caller.
 */
int log_writer_start(const char *path, bool check);

/* Hands over whole lines, without waiting. 0 or -errno: EAGAIN, or EPIPE when the writer is gone.
 */
int log_writer_send(int fd, const char *lines, size_t n);

/* Lets it open its path again. 0 or -errno. */
int log_writer_reopen(int fd);

/* 1 with *report filled, 0 if there is none. */
int log_writer_report(int fd, struct log_writer_report *report);

#endif
