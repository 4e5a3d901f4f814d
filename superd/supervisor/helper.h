/* Processes that superd starts for itself, not for a peer: its workers, and programs that are told
 * of something.  Started as handlers are, so that nothing they do can delay the supervisor. */
#ifndef SUPERVISOR_HELPER_H
#define SUPERVISOR_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child_exit;
struct credentials;
struct start_plan;
struct superd;

enum { HELPER_TEXT = 128 };

/* Zero it. */
struct helper {
	pid_t pid;		 /* 0: none lives */
	struct start_plan *plan; /* of its start */
};

/* What to start: SUPERD_SERVICE is name; 0, 1 and 2 are /dev/null; a channel >= 0 becomes 3. */
struct helper_conf {
	const char *name, *path;
	char *const *argv;
	const struct credentials *who; /* applied if superd can; its names are not NULL */
	int channel;
};

/* 0 or -errno. conf and what it points to must stay until the helper has ended. */
int helper_start(struct superd *s, struct helper *h, const struct helper_conf *conf);
/* Is it h that has ended? Then text says how. */
bool helper_reap(
    struct superd *s, struct helper *h, const struct child_exit *x, char text[HELPER_TEXT]);

#endif
