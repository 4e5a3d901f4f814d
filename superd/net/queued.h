/*
 * How many connections are in the queue of a socket that listens?  One way a protocol, rows of
 * net/transport.  Each returns the number or -errno; -ENOENT and -EOPNOTSUPP say that this kernel
 * does not tell of this socket: it lacks unix_diag, sctp_diag or sock_diag(7) altogether, or the
 * socket is of another network namespace. None waits, but for a module that may be loaded at the
 * first question.
 */
#ifndef NET_QUEUED_H
#define NET_QUEUED_H

int queued_tcp(int fd);	 /* also MPTCP */
int queued_sctp(int fd); /* one-to-one */
int queued_unix(int fd); /* SOCK_STREAM and SOCK_SEQPACKET */

#endif
