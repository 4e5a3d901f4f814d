#include "config/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/report.h"

/* One name in one folder. */
struct entry {
	char *path;
	const char *name; /* in path */
	size_t folder;
};

struct entries {
	struct entry *v;
	size_t n;
};

static int
wrong(struct report *report, const char *path, const char *what, int r)
{
	report_add(report, FINDING_ERROR, path, 0, "%s", what);
	return r;
}

/* Owner and mode of what path names. 0 or -EPERM. */
static int
check_stat(const struct stat *st, const char *path, struct report *report)
{
	const char *kind = S_ISDIR(st->st_mode) ? "folder" : "file";
	bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0;

	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		report_add(report, FINDING_ERROR, path, 0,
		    "the %s belongs to uid %u: only root and the user superd runs as may own it",
		    kind, (unsigned)st->st_uid);
		return -EPERM;
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky) {
		report_add(report, FINDING_ERROR, path, 0,
		    "the %s is writable by group or others (mode %04o): chmod go-w", kind,
		    (unsigned)(st->st_mode & 07777));
		return -EPERM;
	}
	return 0;
}

/* Opens a resolved path from / down, each component checked. A descriptor (O_PATH) or -errno. */
static int
open_chain(char *resolved, struct report *report)
{
	autoclose int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *at = resolved, *end, saved;
	struct stat st;
	int next, r;

	for (;;) {
		if (fd < 0 || fstat(fd, &st) < 0)
			return -errno;
		saved = *at;
		*at = '\0';
		r = check_stat(&st, at == resolved ? "/" : resolved, report);
		*at = saved;
		if (r < 0)
			return r;
		while (*at == '/')
			at++;
		if (*at == '\0')
			return steal_fd(&fd);
		end = strchrnul(at, '/');
		saved = *end;
		*end = '\0';
		next = openat(fd, at, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		*end = saved;
		fd_cleanup(&fd);
		fd = next;
		at = end;
	}
}

/* A checked folder. A descriptor or -errno; what check_stat finds is reported, *said set then. */
static int
open_folder(const char *path, bool *said, struct report *report)
{
	autofree char *resolved = realpath(path, NULL);
	autoclose int fd = -1;
	int r;

	*said = false;
	if (resolved == NULL)
		return -errno;
	fd = open_chain(resolved, report);
	*said = fd == -EPERM;
	if (fd < 0)
		return fd;
	r = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

/* The folder of path, which the caller frees; "." if it has none. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static int
read_all(int fd, const char *path, char **text, size_t *n, size_t spare, struct report *report)
{
	autofree char *data = NULL;
	struct stat st;
	size_t size, done = 0;
	ssize_t r;

	if (fstat(fd, &st) < 0)
		return wrong(report, path, strerror(errno), -errno);
	if (!S_ISREG(st.st_mode))
		return wrong(report, path, "it is not a regular file", -EINVAL);
	if (check_stat(&st, path, report) < 0)
		return -EPERM;
	if (st.st_size > FILES_MAX)
		return wrong(report, path, "it is larger than 1 MiB", -EFBIG);
	size = (size_t)st.st_size;
	data = malloc(size + spare + 1);
	if (data == NULL)
		return wrong(report, path, "out of memory", -ENOMEM);
	while (done < size && (r = read(fd, data + done, size - done)) != 0) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return wrong(report, path, strerror(errno), -errno);
		done += (size_t)r;
	}
	data[done] = '\0';
	*n = done;
	*text = data;
	data = NULL;
	return 0;
}

int
files_read(const char *path, char **text, size_t *n, size_t spare, struct report *report)
{
	autofree char *folder = folder_of(path);
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	autoclose int dir = -1, fd = -1;
	bool said;

	if (folder == NULL)
		return wrong(report, path, "out of memory", -ENOMEM);
	dir = open_folder(folder, &said, report);
	if (dir < 0)
		return said ? dir : wrong(report, path, strerror(-dir), dir);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return wrong(report, path, "it is a symbolic link", -ELOOP);
	if (fd < 0)
		return wrong(report, path, strerror(errno), -errno);
	return read_all(fd, path, text, n, spare, report);
}

static bool
has_end(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

/* Everything but *.conf is passed over: so are *~, *.swp, *.dpkg-old and *.rpmnew. */
static bool
is_service_file(const char *name)
{
	return name[0] != '.' && has_end(name, ".conf") && strcmp(name, ".conf") != 0;
}

static int
add_entry(struct entries *e, const char *folder, const char *name, size_t number)
{
	struct entry *v = e->v;
	size_t n = e->n;
	char *path;

	if ((n & (n - 1)) == 0) {
		v = reallocarray(e->v, n > 0 ? 2 * n : 1, sizeof(*v));
		if (v == NULL)
			return -ENOMEM;
		e->v = v;
	}
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -ENOMEM;
	v[n].path = path;
	v[n].name = path + strlen(path) - strlen(name);
	v[n].folder = number;
	e->n++;
	return 0;
}

static int
read_folder(
    struct entries *e, const char *folder, size_t number, bool expected, struct report *report)
{
	const struct dirent *d;
	DIR *dir;
	bool said;
	int fd = open_folder(folder, &said, report), r = 0;

	if (fd == -ENOENT) {
		if (expected)
			report_add(report, FINDING_WARNING, folder, 0, "there is no such folder");
		return 0;
	}
	if (fd < 0) {
		if (!said)
			(void)wrong(report, folder, strerror(-fd), fd);
		return 0;
	}
	dir = fdopendir(fd);
	if (dir == NULL) {
		fd_cleanup(&fd);
		return -ENOMEM;
	}
	while (r == 0 && (d = readdir(dir)) != NULL)
		if (is_service_file(d->d_name))
			r = add_entry(e, folder, d->d_name, number);
	(void)closedir(dir);
	return r;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;
	int r = strcmp(one->name, other->name);

	return r != 0 ? r : (one->folder > other->folder) - (one->folder < other->folder);
}

/* Of entries with one name the last stays. */
static int
choose(struct files *f, struct entries *e)
{
	size_t i;

	if (e->n > 0)
		qsort(e->v, e->n, sizeof(*e->v), compare_entries);
	f->v = calloc(e->n + 1, sizeof(*f->v));
	if (f->v == NULL)
		return -ENOMEM;
	for (i = 0; i < e->n; i++) {
		if (i + 1 < e->n && strcmp(e->v[i].name, e->v[i + 1].name) == 0)
			continue;
		f->v[f->n++] = e->v[i].path;
		e->v[i].path = NULL;
	}
	return 0;
}

static char *
absolute(const char *folder, const char *main)
{
	autofree char *base = NULL;
	char *path;

	if (folder[0] == '/')
		return strdup(folder);
	base = folder_of(main);
	if (base == NULL || asprintf(&path, "%s/%s", base, folder) < 0)
		return NULL;
	return path;
}

int
files_list(struct files *f, const struct strings *folders, const char *main, bool expected,
    struct report *report)
{
	struct entries e = {NULL, 0};
	size_t i;
	int r = 0;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < folders->n && r == 0; i++) {
		autofree char *path = absolute(folders->v[i], main);

		r = path != NULL ? read_folder(&e, path, i, expected, report) : -ENOMEM;
	}
	if (r == 0)
		r = choose(f, &e);
	for (i = 0; i < e.n; i++)
		free(e.v[i].path);
	free(e.v);
	return r;
}

void
files_fini(struct files *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->n; i++)
		free(f->v[i]);
	free(f->v);
	memset(f, 0, sizeof(*f));
}
