/*
 * The files of a configuration: read only where nobody but root and the running user can have
 * written.  What is checked is the open descriptor: a regular file, no symbolic link, owned by root
 * or the running user, not writable by group or others; and so each folder above it, after links in
 * the path are resolved (a sticky folder, as /tmp, counts as not writable).
 */
#ifndef CONFIG_FILES_H
#define CONFIG_FILES_H

#include <stddef.h>

#include "config/service.h"

struct report;

enum { FILES_MAX = 1024 * 1024 }; /* bytes of one file */

/* The service files of several folders. */
struct files {
	char **v; /* paths, in byte order of the file names */
	size_t n;
};

/* Reads a whole file into *text, `spare` bytes longer, a NUL after it, which the caller frees. 0 or
 * -errno; what is wrong is reported. */
int files_read(const char *path, char **text, size_t *n, size_t spare, struct report *report);

/*
 * The *.conf of the folders, by name; of one name that of the last folder. Names that start with
 * "." or end like an editor's or a package manager's leavings are not seen. A relative folder is
 * relative to the folder of `main`; `expected`: a missing one is worth a warning. 0 or -ENOMEM;
 * folders that cannot be read are reported.
 */
int files_list(struct files *f, const struct strings *folders, const char *main, bool expected,
    struct report *report);
void files_fini(struct files *f);

#endif
