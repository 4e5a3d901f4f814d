/*
 * A file system whose one file, "command", can be looked at but never read: whoever executes it
 * hangs until the file system goes.  It speaks /dev/fuse itself, in a process of its own, and is
 * mounted for this test process and its children alone.
 */
#ifndef TESTS_SYSTEM_HUNGFS_H
#define TESTS_SYSTEM_HUNGFS_H

#include <stdbool.h>
#include <sys/types.h>

struct hungfs {
	pid_t server;
	int told; /* a byte comes when the first read hangs */
	const char *path;
};

/* A mount namespace of the test's own, without propagation. Needs root. 0 or -errno. */
int mounts_private(void);

/* Mounts it on the folder path. 0 or -errno (ENOENT, ENODEV, EPERM: no FUSE here). */
int hungfs_start(struct hungfs *fs, const char *path);
/* What hangs fails, and the folder is empty again. */
void hungfs_stop(struct hungfs *fs);

#endif
