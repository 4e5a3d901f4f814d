/*
 * File descriptors: scope-bound closing, the reserved low numbers, inheritance put in order.
 *
 * Descriptors below FD_RESERVED belong to the start of a handler (exec/start): 0-2 as usual,
 * FD_CONNECTION and FD_STDERR stand free and are filled for the moment of a start, and FD_HELD is
 * the spare one that can always take a connection that could not be started.  Everything that
 * superd keeps open stands at FD_RESERVED or above (fd_raise), so that the child drops it with one
 * close_range(2).
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>

enum {
	FD_CONNECTION = 3,
	FD_STDERR = 4,
	FD_HELD = 5,
	FD_RESERVED = 10,
};

#define autoclose __attribute__((cleanup(fd_cleanup)))
#define autofree __attribute__((cleanup(fd_free)))

/* For the attributes above: close *fd if it is >= 0; free *(void **)pointer. errno is kept. */
void fd_cleanup(int *fd);
void fd_free(void *pointer);

/* Hands the descriptor over: returns *fd and leaves -1 in it. */
int steal_fd(int *fd);

/* Takes fd; returns the same file at FD_RESERVED or above, close-on-exec; -errno (fd is closed then
 * as well). A negative fd is returned as it is, so that fd_raise(socket(...)) needs no test of its
 * own: -1 becomes -errno. */
int fd_raise(int fd);

/* Makes 0, 1 and 2 open (on /dev/null where they were not) and closes all above but the `keep`
 * descriptors from 3 on, which are marked close-on-exec (LISTEN_FDS). For the start of main. 0 or
 * -errno. */
int fd_inherit(int keep);

/* Fills the free numbers below FD_RESERVED with /dev/null, so that nothing that is opened meanwhile
 * and stays open (a library's lock file) takes one; fd_release frees what fd_reserve filled. 0 or
 * -errno. */
int fd_reserve(void);
void fd_release(void);

/* Puts /dev/null, open for reading and writing and across exec, at that number. 0 or -errno. */
int fd_null(int number);

/* F_SETFL without O_NONBLOCK and O_ASYNC, if either is set. 0 or -errno. */
int fd_blocking(int fd);

/* Raises the soft RLIMIT_NOFILE to the hard one. *before receives the limit found. 0 or -errno. */
struct rlimit;
int fd_raise_limit(struct rlimit *before);

#endif
