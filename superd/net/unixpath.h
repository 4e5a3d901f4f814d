/*
 * The files of unix sockets: made beside nobody else's, given to their owner, replaced only if
 * nobody answers on them, removed only if they are still ours.
 */
#ifndef NET_UNIXPATH_H
#define NET_UNIXPATH_H

#include <stdint.h>

struct address;
struct socket_options;

/*
 * Binds fd, a unix socket, to the path in a: with the mode of o, and its uid and gid where it
 * has an owner and a group (nobody is asked for names here). Nobody but root and the user superd
 * runs as may own or write the folder and those above it; a sticky one that root owns (/tmp)
 * passes. A socket that stands there is replaced if connecting to it is refused. Not for threads:
 * the umask is changed meanwhile. 0 with what was made in *device and *inode, or -errno with *step:
 * -EPERM (folder), -EADDRINUSE (a socket that answers), -EEXIST (a file that is none), -ENOENT (no
 * such folder).
 */
int unixpath_bind(int fd, const struct address *a, const struct socket_options *o, uint64_t *device,
    uint64_t *inode, const char **step);

/* Unlinks the path if it is still that inode. Call while the socket is open: its number is then
 * nobody else's. */
void unixpath_unlink(const struct address *a, uint64_t device, uint64_t inode);

#endif
