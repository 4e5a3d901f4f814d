#include "net/peercred.h"

#include <errno.h>
#include <sys/socket.h>

/* 0 or -errno. */
static int
read_groups(int fd, struct peercred *c)
{
	socklen_t length = sizeof(c->groups);

	c->ngroups = 0;
	c->cut = false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, c->groups, &length) == 0)
		c->ngroups = length / sizeof(c->groups[0]);
	else if (errno == ERANGE)
		c->cut = true;
	else
		return -errno;
	return 0;
}

int
peercred_read(int fd, struct peercred *c)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0)
		return -errno;
	if (credentials.uid == (uid_t)-1)
		return -ENODATA;
	r = read_groups(fd, c);
	if (r < 0)
		return r;
	c->uid = credentials.uid;
	c->gid = credentials.gid;
	c->pid = credentials.pid;
	return 0;
}

bool
peercred_in_group(const struct peercred *c, gid_t gid)
{
	size_t i;

	if (c->gid == gid)
		return true;
	for (i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}
