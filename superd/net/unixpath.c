#include "net/unixpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/address.h"
#include "net/listener.h"

enum { MAX_DEPTH = 64 };

/* A path, its folder held open so that all is done to one and the same. */
struct place {
	const char *name; /* last component */
	int folder;
};

/* A sticky folder that others write passes if it is root's, as /tmp: no other is meant to be
 * shared. */
static bool
only_ours(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return false;
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	/* There nobody can remove or rename what is not his. */
	return (st->st_mode & S_ISVTX) != 0 && st->st_uid == 0;
}

/* The folder and all above it: who can write one of those can put another folder in place of this.
 */
static int
check_folders(int folder)
{
	autoclose int fd = fcntl(folder, F_DUPFD_CLOEXEC, FD_RESERVED);
	struct stat st, below;
	unsigned depth;
	int up;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	for (depth = 0; depth < MAX_DEPTH; depth++) {
		if (!only_ours(&st))
			return -EPERM;
		below = st;
		up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0)
			return -errno;
		(void)close(fd);
		fd = up;
		if (fstat(fd, &st) < 0)
			return -errno;
		if (st.st_dev == below.st_dev && st.st_ino == below.st_ino)
			return 0;
	}
	return -ELOOP;
}

static int
place_open(struct place *p, const struct address *a, const char **step)
{
	char path[sizeof(a->un.sun_path) + 1];
	char *slash;
	int r;

	*step = "open the folder of";
	memcpy(path, a->un.sun_path, sizeof(a->un.sun_path));
	path[sizeof(path) - 1] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return -EINVAL;
	p->name = a->un.sun_path + (slash + 1 - path);
	slash[slash == path] = '\0';
	p->folder = fd_raise(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (p->folder < 0)
		return p->folder;
	*step = "make sure that others can not write the folder of";
	r = check_folders(p->folder);
	if (r < 0) {
		(void)close(p->folder);
		p->folder = -1;
	}
	return r;
}

/* Does nobody answer on the socket at the path? */
static bool
is_dead(const struct address *a, int type)
{
	autoclose int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && connect(fd, &a->sa, a->length) < 0 && errno == ECONNREFUSED;
}

static int
make_room(int fd, const struct place *p, const struct address *a)
{
	struct stat before, st;
	socklen_t length = sizeof(int);
	int type;

	if (fstatat(p->folder, p->name, &before, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(before.st_mode))
		return -EEXIST;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0)
		return -errno;
	if (!is_dead(a, type))
		return -EADDRINUSE;
	/* Another superd may have replaced it meanwhile. */
	if (fstatat(p->folder, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (st.st_ino != before.st_ino || st.st_dev != before.st_dev)
		return -EADDRINUSE;
	return unlinkat(p->folder, p->name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* The mode of the socket is the mode of the file that bind(2) makes, but for the umask: there is no
 * moment at which the file has another. */
static int
bind_mode(int fd, const struct address *a, mode_t mode, const char **step)
{
	mode_t before;
	int r;

	*step = "fchmod";
	if (fchmod(fd, mode) < 0)
		return -errno;
	*step = "bind";
	before = umask(0);
	r = bind(fd, &a->sa, a->length) < 0 ? -errno : 0;
	(void)umask(before);
	return r;
}

/* By the inode, which this process has just made: not by a name that could mean another by now. */
static int
give(const struct place *p, uid_t uid, gid_t gid, struct stat *st, const char **step)
{
	autoclose int fd = openat(p->folder, p->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int r;

	*step = "bind";
	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!S_ISSOCK(st->st_mode) || st->st_uid != geteuid() || st->st_nlink != 1)
		return -EADDRINUSE;
	*step = "chown";
	if (uid == (uid_t)-1 && gid == (gid_t)-1)
		return 0;
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0) {
		r = -errno;
		(void)unlinkat(p->folder, p->name, 0);
		return r;
	}
	return 0;
}

static int
bind_at(int fd, const struct place *p, const struct address *a, const struct socket_options *o,
    struct stat *st, const char **step)
{
	int r;

	*step = "bind";
	r = make_room(fd, p, a);
	if (r == 0)
		r = bind_mode(fd, a, o->mode, step);
	if (r < 0)
		return r;
	return give(p, o->owner != NULL ? o->uid : (uid_t)-1, o->group != NULL ? o->gid : (gid_t)-1,
	    st, step);
}

int
unixpath_bind(int fd, const struct address *a, const struct socket_options *o, uint64_t *device,
    uint64_t *inode, const char **step)
{
	struct place p;
	struct stat st;
	int r;

	r = place_open(&p, a, step);
	if (r < 0)
		return r;
	r = bind_at(fd, &p, a, o, &st, step);
	(void)close(p.folder);
	if (r < 0)
		return r;
	*device = st.st_dev;
	*inode = st.st_ino;
	return 0;
}

void
unixpath_unlink(const struct address *a, uint64_t device, uint64_t inode)
{
	const char *step;
	struct place p;
	struct stat st;

	if (place_open(&p, a, &step) < 0)
		return;
	if (fstatat(p.folder, p.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_dev == device && st.st_ino == inode)
		(void)unlinkat(p.folder, p.name, 0);
	(void)close(p.folder);
}
