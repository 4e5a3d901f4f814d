/*
 * One bound socket: opened by the steps of its transport, accepted from or peeked at, given back by
 * a `wait` handler. No payload is ever read here: accept4(2), a zero-length MSG_PEEK, and recv(2)
 * of no bytes to drop one datagram.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"
#include "net/address.h"
#include "net/datagram.h"

struct endpoint;

/* socket {}: what is set before bind(2). -1 or NULL: left as the kernel has it. */
struct socket_options {
	char *device;	  /* SO_BINDTODEVICE */
	char *congestion; /* TCP_CONGESTION */
	char *owner;	  /* of a unix socket's file, as written; NULL: not changed */
	char *group;
	uid_t uid; /* what owner and group mean, each where it is set */
	gid_t gid;
	int64_t mark;			     /* SO_MARK, 0..2^32-1 */
	int64_t send_buffer, receive_buffer; /* bytes, SO_SNDBUF, SO_RCVBUF */
	int tos;			     /* IP_TOS and IPV6_TCLASS, 0..255 */
	int priority;			     /* SO_PRIORITY, 0..6 (more with CAP_NET_ADMIN) */
	int defer_accept;		     /* TCP_DEFER_ACCEPT, seconds */
	int fastopen;			     /* TCP_FASTOPEN, queue length */
	int streams;			     /* SCTP_INITMSG, in each direction, 1..65535 */
	int heartbeat;			     /* SCTP_PEER_ADDR_PARAMS, seconds; 0: off */
	int64_t service_code;		     /* DCCP_SOCKOPT_SERVICE, 0..2^32-2 */
	int send_coverage, receive_coverage; /* UDPLITE_SEND_CSCOV, UDPLITE_RECV_CSCOV, bytes */
	mode_t mode;			     /* of a unix socket's file, default 0666 */
	bool freebind;			     /* IP_FREEBIND */
	bool transparent;		     /* IP_TRANSPARENT, IPV6_TRANSPARENT */
	bool keepalive;			     /* SO_KEEPALIVE, inherited by accepted sockets */
	bool nodelay;			     /* TCP_NODELAY, SCTP_NODELAY, inherited */
};

/* What became of them, a bit for each (net/options). */
struct options_done {
	uint32_t again;	   /* to be set on accepted sockets as well */
	uint32_t left_out; /* asked for, but the kernel does not know them for the protocol */
};

/* source.fd is -1 while the listener is pending, and owner is its service's run-time state. */
struct listener {
	struct loop_source source;
	const struct endpoint *endpoint;
	const struct socket_options *options;
	struct options_done done;
	uint16_t port;		/* as bound */
	int error;		/* errno of the last attempt while pending */
	int backlog;		/* of the last attempt */
	bool untold;		/* the kernel does not tell how many connections wait in it */
	uint64_t device, inode; /* of a unix socket's file that we made; 0: none */
};

/*
 * socket(2), options, bind(2), listen(2) with backlog where the transport listens. l->endpoint,
 * l->options and l->port (one of the endpoint's range, 0: the kernel picks) say what; all[0..n) are
 * the listeners that may overlap it (looked at only for shared endpoints): where sockets must share
 * a port, those of the transport's space and port get SO_REUSEPORT, which lets in no other user,
 * and where it is `exclusive` all lose it again after the bind. Non-blocking if it
 * accepts, blocking if not (a `wait` handler gets it): `wait` says that handlers get the socket
 * itself. 0, or -errno, also in l->error, with *step the call that failed ("bind", "SO_MARK",
 * "listen"; for a unix socket also words such as "open the folder of"). -EAFNOSUPPORT: the kernel
 * lacks the family.
 */
int listener_open(struct listener *l, int backlog, bool wait, struct listener *const *all, size_t n,
    const char **step);
/*
 * Opens the listeners of one `0/TRANSPORT` text, all on one port: the first gets any free one, and
 * where another can not have it too (EADDRINUSE) all are closed and tried again. A family that the
 * kernel lacks is left out where it is implicit (its fd stays -1, its error EAFNOSUPPORT). 0, or
 * the first other -errno, *step and *failed saying of which; then the other listeners may be open,
 * and those that are not have the same port to be opened at later.
 */
int listener_open_group(struct listener *const *group, size_t count, int backlog, bool wait,
    struct listener *const *all, size_t n, const char **step, const struct listener **failed);
/*
 * Takes fd, an inherited socket that inherit_match found: it gets the options, the backlog and the
 * blocking mode that listener_open gives. 0 or -errno, also in l->error; fd is closed then.
 */
int listener_adopt(struct listener *l, int fd, int backlog, bool wait);
/* Closes; removes the file of a unix socket if it is still the one we made. */
void listener_close(struct listener *l);

/* The bound address, getsockname(2); of several the first one of the endpoint. 0 or -errno. */
int listener_local(const struct listener *l, struct address *local);

/* The connection at FD_CONNECTION, blocking, close-on-exec, with its peer and the options that the
 * kernel does not pass on; -errno. A client already
 * gone (ECONNABORTED and what accept(2) passes on of the network) is -EAGAIN if the queue is then
 * empty. */
int listener_accept(struct listener *l, struct address *peer);

/* The local address of the connection at FD_CONNECTION; length 0 if it cannot be told. The kernel
 * is asked only where the endpoint does not say it. */
void listener_connection_local(const struct listener *l, struct address *local);

/* Looks at the first datagram without reading it: 0, -EAGAIN, -errno (a pending socket error is
 * cleared and skipped). */
int listener_peek(struct listener *l, struct datagram *d);
/* Removes the first datagram unread; of a listening socket, accepts and closes one connection, or
 * takes off and aborts one association. 0 or -errno; -EAGAIN: there is none. The flags of the open
 * file description are left alone; on a socket that blocks an empty queue costs a millisecond,
 * whatever others do who have the socket. */
int listener_drop(struct listener *l);
/* Tells what is first in the queue of a socket that listens from what may stand there later: 0 or
 * -errno, -EOPNOTSUPP where the kernel does not say. */
int listener_first(const struct listener *l, uint64_t *mark);
/* Connections in the accept queue; -errno where that is not known, which is found out when a
 * listener is opened or adopted for `wait`. */
int listener_queued(const struct listener *l);
/* Anything to accept or read at this moment? poll(2) without waiting. */
bool listener_readable(const struct listener *l);

/* After a `wait` handler had it: clears O_NONBLOCK, O_ASYNC, SO_ERROR, the queue of errors, time
 * stamps as control messages and what was corked, and sets the backlog; -ENOTCONN if it listens or
 * receives no more, -EPIPE if it sends no more, -EISCONN if it was connected: the caller closes
 * and opens it again. A filter stays. */
int listener_restore(struct listener *l, int backlog);

#endif
