/*
 * Who is at the other end of a unix connection: what the kernel noted when it connected
 * (SO_PEERCRED, SO_PEERGROUPS; unix(7)), which the peer can not choose.
 *
 * The numbers are as superd's own user namespace has them: a peer of another one whose users are
 * not mapped here has the overflow id, 65534, whatever it is there.
 */
#ifndef NET_PEERCRED_H
#define NET_PEERCRED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PEERCRED_GROUPS = 256 };

struct peercred {
	uid_t uid;
	gid_t gid; /* both effective */
	pid_t pid; /* may be another process by now */
	bool cut;  /* in more groups than that: none of the supplementary ones is known */
	size_t ngroups;
	gid_t groups[PEERCRED_GROUPS]; /* supplementary */
};

/* Of an accepted or connected unix socket. 0, or -ENODATA for a socket without such a peer, -errno.
 */
int peercred_read(int fd, struct peercred *c);

/* Is gid its group, or one of those that are known? */
bool peercred_in_group(const struct peercred *c, gid_t gid);

#endif
