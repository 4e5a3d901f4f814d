#include "hungfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NODE_COMMAND = 2, COMMAND_SIZE = 65536 };

int
mounts_private(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

static void
reply(int fuse, uint64_t unique, int error, const void *data, size_t size)
{
	struct fuse_out_header out = {.error = error, .unique = unique};
	struct iovec v[2] = {
	    {.iov_base = &out, .iov_len = sizeof(out)},
	    {.iov_base = (void *)data, .iov_len = size},
	};

	out.len = (uint32_t)(sizeof(out) + size);
	if (writev(fuse, v, size > 0 ? 2 : 1) < 0 && errno != ENOENT)
		_exit(1);
}

static void
attributes(struct fuse_attr *a, uint64_t node)
{
	memset(a, 0, sizeof(*a));
	a->ino = node;
	a->nlink = 1;
	a->blksize = 4096;
	a->mode = node == NODE_COMMAND ? S_IFREG | 0755 : S_IFDIR | 0755;
	a->size = node == NODE_COMMAND ? COMMAND_SIZE : 0;
}

static void
lookup(int fuse, const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = {.nodeid = NODE_COMMAND, .entry_valid = 60, .attr_valid = 60};

	if (strcmp(name, "command") != 0) {
		reply(fuse, in->unique, -ENOENT, NULL, 0);
		return;
	}
	attributes(&entry.attr, NODE_COMMAND);
	reply(fuse, in->unique, 0, &entry, sizeof(entry));
}

static void
answer(int fuse, int tell, const char *request)
{
	const struct fuse_in_header *in = (const struct fuse_in_header *)(const void *)request;
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536};
	struct fuse_attr_out attr = {.attr_valid = 60};
	struct fuse_open_out opened = {.fh = 1};

	switch (in->opcode) {
	case FUSE_INIT:
		init.max_readahead = 65536;
		reply(fuse, in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		lookup(fuse, in, request + sizeof(*in));
		break;
	case FUSE_GETATTR:
		attributes(&attr.attr, in->nodeid);
		reply(fuse, in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		reply(fuse, in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		(void)!write(tell, "r", 1);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_ACCESS:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		reply(fuse, in->unique, 0, NULL, 0);
		break;
	default:
		reply(fuse, in->unique, -ENOSYS, NULL, 0);
		break;
	}
}

static _Noreturn void
serve(int fuse, int tell)
{
	static char request[FUSE_MIN_READ_BUFFER + 65536] __attribute__((aligned(8)));
	ssize_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)alarm(120);
	for (;;) {
		n = read(fuse, request, sizeof(request) - 1);
		if (n < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n < (ssize_t)sizeof(struct fuse_in_header))
			_exit(0);
		request[n] = '\0';
		answer(fuse, tell, request);
	}
}

int
hungfs_start(struct hungfs *fs, const char *path)
{
	char options[128];
	int fuse, told[2], error = 0;

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		return -errno;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other",
	    fuse);
	if (mount("hungfs", path, "fuse", MS_NODEV, options) < 0)
		error = errno;
	if (error == 0 && pipe2(told, O_CLOEXEC) < 0) {
		error = errno;
		(void)umount2(path, MNT_DETACH);
	}
	if (error != 0) {
		close(fuse);
		return -error;
	}
	fs->path = path;
	fs->told = told[0];
	fs->server = fork();
	if (fs->server == 0) {
		close(told[0]);
		serve(fuse, told[1]);
	}
	close(fuse);
	close(told[1]);
	return fs->server > 0 ? 0 : -EAGAIN;
}

void
hungfs_stop(struct hungfs *fs)
{
	if (fs->server <= 0)
		return;
	/* With the last descriptor of /dev/fuse the kernel gives up every request. */
	(void)kill(fs->server, SIGKILL);
	(void)waitpid(fs->server, NULL, 0);
	fs->server = 0;
	(void)umount2(fs->path, MNT_DETACH);
	close(fs->told);
}
