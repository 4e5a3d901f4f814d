/*
 * Questions to the kernel about sockets (sock_diag(7)): the netlink socket, and what is in an
 * answer.  The kernel answers before diag_send returns; nothing here waits for it.  A family or a
 * protocol asked for the first time may have the kernel load a module, as socket(2) does.
 */
#ifndef NET_DIAG_H
#define NET_DIAG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct nlmsghdr;

/* A socket for questions: non-blocking, close-on-exec, as fd_raise has it. -errno, -EOPNOTSUPP if
 * the kernel has none. */
int diag_open(void);

/* Sends a request of n bytes, the header first, of which only flags and seq are the caller's. 0 or
 * -errno. */
int diag_send(int netlink, struct nlmsghdr *request, size_t n);

/* The next messages of the kernel's: their length, 0 if there are none, -errno (ENOBUFS: some were
 * dropped). What is longer than size is passed over. */
ssize_t diag_receive(int netlink, void *messages, size_t size);

/* How a request ended, by a whole message: 0 at the end of a list, -EAGAIN if the message ends
 * nothing, the kernel's -errno. */
int diag_end(const struct nlmsghdr *message);

/* Tells a socket from all others, for as long as the kernel runs (SO_COOKIE). 0 or -errno. */
int diag_cookie(int fd, uint64_t *cookie);
/* A cookie as it is in requests and answers. */
void diag_put_cookie(uint64_t cookie, uint32_t to[2]);

/* Among the n bytes of attributes at `at` the first of that type: copies of it what fits in size,
 * the rest is zero. 0, -ENOENT. */
int diag_attribute(const void *at, size_t n, unsigned type, void *value, size_t size);

#endif
