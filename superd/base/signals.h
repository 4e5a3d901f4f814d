/*
 * Signals arrive as data.  From signals_init on every signal has its default disposition (whatever
 * was inherited, nohup-style SIGHUP or SIGCHLD ignored included) and every signal but the
 * synchronous ones is blocked: handlers need only an empty mask to have what the contract promises.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

/* Returns a signalfd(2), non-blocking, at FD_RESERVED or above, for TERM INT QUIT HUP USR1 USR2
 * CHLD; or -errno. */
int signals_init(void);

/* The next pending signal's number, 0 if none is pending, -errno. */
int signals_next(int fd);

#endif
