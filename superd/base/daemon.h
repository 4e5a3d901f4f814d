/* Into the background: the parent stays until the daemon says how its start went. */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

/*
 * fork(2) and setsid(2). Returns in the daemon with a descriptor for daemon_ready, or -errno. The
 * parent does not return: it exits with the status that daemon_ready sent, or with EX_SOFTWARE when
 * the daemon ends before that. A signal that ends the parent before that ends the daemon as well.
 */
int daemon_fork(void);

/* Lets the parent exit with status; standard input, output and error are /dev/null from here on. fd
 * < 0: nothing to do. */
void daemon_ready(int fd, unsigned char status);

#endif
