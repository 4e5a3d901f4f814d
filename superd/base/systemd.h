/* What a service manager of systemd's kind passes by environment: sd_notify(3), sd_listen_fds(3),
 * sd_watchdog_enabled(3). */
#ifndef BASE_SYSTEMD_H
#define BASE_SYSTEMD_H

#include "clock.h"

struct systemd {
	int listen_fds;	   /* number of sockets passed, from descriptor 3 on */
	char *notify_path; /* NOTIFY_SOCKET or NULL */
	usec_t watchdog;   /* WATCHDOG_USEC if it is for us, else 0 */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_*, LISTEN_* and removes them from the environment. Descriptors are
 * not touched (fd_inherit does that). Never fails: what is unusable is as if unset. */
void systemd_init(struct systemd *s);
void systemd_fini(struct systemd *s);

/* Sends "READY=1" and the like without waiting. 0 (also where NOTIFY_SOCKET was not set) or -errno.
 */
int systemd_notify(const struct systemd *s, const char *state);

/* A stream to the journal for a handler's stderr, under `identifier`: the protocol of
 * /run/systemd/journal/stdout. Blocking, close-on-exec, at FD_RESERVED or above; -errno (ENOENT,
 * ECONNREFUSED: no journald). */
int systemd_journal_stream(const char *identifier);
/* Where that stands, for tests: borrowed, /run/systemd/journal/stdout if never called. */
void systemd_journal_path(const char *path);

#endif
