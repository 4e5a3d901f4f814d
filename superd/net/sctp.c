#include "net/sctp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Wants those above. */
#include <linux/sctp.h>

#include "base/fd.h"
#include "net/address.h"

#define BLANKS " \t\n"

enum { BOUND = 8192 }; /* bytes: what the kernel tells of the addresses of one socket */

static int
local_port(int fd, uint16_t *port)
{
	struct address a = {.length = sizeof(a.un)};

	if (getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	*port = address_port(&a);
	return 0;
}

int
sctp_add_addresses(int fd, const struct address *v, size_t n)
{
	autofree char *packed = NULL;
	struct address a;
	size_t i, length = 0;
	uint16_t port;
	int r;

	if (n == 0)
		return 0;
	r = local_port(fd, &port);
	if (r < 0)
		return r;
	packed = malloc(n * sizeof(a.in6));
	if (packed == NULL)
		return -ENOMEM;
	/* Of different lengths, without a gap. */
	for (i = 0; i < n; i++) {
		a = v[i];
		address_set_port(&a, port);
		memcpy(packed + length, &a.sa, a.length);
		length += a.length;
	}
	if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, packed, (socklen_t)length) < 0)
		return -errno;
	return 0;
}

int
sctp_mix_families(int fd)
{
	const int off = 0;

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, &off, sizeof(off)) < 0)
		return -errno;
	return 0;
}

bool
sctp_mixes_families(int fd)
{
	int v6only = 1, mapped = 1;
	socklen_t length = sizeof(int);

	return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &length) == 0 &&
	       getsockopt(fd, IPPROTO_SCTP, SCTP_I_WANT_MAPPED_V4_ADDR, &mapped, &length) == 0 &&
	       v6only == 0 && mapped == 0;
}

/* The first address of the socket with that inode, if a line of /proc/net/sctp/eps, which is cut
 * up, is about it. */
static bool
read_line(char *line, ino_t inode, struct address *first)
{
	enum { INODE = 7, FIRST };
	char *word = NULL, *rest = NULL;
	int i;

	for (i = 0; i <= FIRST; i++) {
		word = strtok_r(i == 0 ? line : NULL, BLANKS, &rest);
		if (word == NULL || (i == INODE && strtoull(word, NULL, 10) != inode))
			return false;
	}
	return address_parse(first, word, 0) == 0;
}

/* SCTP_GET_LOCAL_ADDRS has those of the host in place of the wildcard. Where there is no /proc, it
 * is seen until the first association only. */
static bool
is_wildcard(int fd, struct address *a)
{
	autofree char *line = NULL;
	uint16_t port = address_port(a);
	struct address first;
	size_t size = 0;
	bool found = false;
	struct stat st;
	FILE *f;

	if (address_is_wildcard(a))
		return true;
	f = fstat(fd, &st) == 0 ? fopen("/proc/net/sctp/eps", "re") : NULL;
	if (f == NULL)
		return false;
	while (!found && getline(&line, &size, f) > 0)
		found = read_line(line, st.st_ino, &first);
	(void)fclose(f);
	if (!found || !address_is_wildcard(&first))
		return false;
	*a = first;
	address_set_port(a, port);
	return true;
}

/* Of different lengths, without a gap. */
static int
unpack(const uint8_t *packed, size_t length, struct address *v, size_t n)
{
	struct address *a;
	sa_family_t family;
	size_t i;

	for (i = 0; i < n; i++) {
		a = &v[i];
		if (length < sizeof(family))
			return -EPROTO;
		memcpy(&family, packed, sizeof(family));
		a->length = family == AF_INET6 ? sizeof(a->in6) : sizeof(a->in);
		if (length < a->length)
			return -EPROTO;
		memcpy(&a->sa, packed, a->length);
		packed += a->length;
		length -= a->length;
	}
	return 0;
}

static int
ask_bound(int fd, struct address **v)
{
	union {
		struct sctp_getaddrs list;
		uint8_t bytes[BOUND];
	} answer = {.bytes = {0}}; /* no association: the socket itself */
	const size_t header = sizeof(answer.list);
	socklen_t length = sizeof(answer);
	autofree struct address *found = NULL;
	int r;

	if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_LOCAL_ADDRS, &answer, &length) < 0)
		return -errno;
	if (answer.list.addr_num > sizeof(answer) / sizeof(found->in))
		return -EPROTO;
	found = calloc(answer.list.addr_num + 1, sizeof(*found));
	if (found == NULL)
		return -ENOMEM;
	r = unpack(answer.bytes + header, sizeof(answer) - header, found, answer.list.addr_num);
	if (r < 0)
		return r;
	*v = found;
	found = NULL;
	return (int)answer.list.addr_num;
}

int
sctp_bound(int fd, struct address **v)
{
	struct address a = {.length = sizeof(a.un)};

	if (getsockname(fd, &a.sa, &a.length) < 0)
		return -errno;
	if (!is_wildcard(fd, &a))
		return ask_bound(fd, v);
	*v = malloc(sizeof(a));
	if (*v == NULL)
		return -ENOMEM;
	**v = a;
	return 1;
}

/* The control messages that a handler may have asked for, and one more. */
enum { CONTROL = 512 };

/* The first message of a queue. An event of an association (RFC 6458, section 6) is nobody's, and
 * has no number: both are 0. */
struct head {
	sctp_assoc_t association;
	uint32_t tsn;
};

static int
look(int fd, struct head *head)
{
	union {
		struct cmsghdr header;
		char bytes[CONTROL];
	} control;
	struct msghdr m = {.msg_control = &control, .msg_controllen = sizeof(control)};
	struct sctp_rcvinfo info = {0};
	struct cmsghdr *c;

	if (recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT) < 0)
		return -errno;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == IPPROTO_SCTP && c->cmsg_type == SCTP_RCVINFO)
			memcpy(&info, CMSG_DATA(c), sizeof(info));
	*head = (struct head){.association = info.rcv_assoc_id, .tsn = info.rcv_tsn};
	return 0;
}

/* Handlers do not see the option: it is on for this look only. */
static int
peek(int fd, struct head *head)
{
	const int on = 1;
	int before = 0, r;
	socklen_t length = sizeof(before);

	if (getsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &before, &length) < 0 ||
	    setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof(on)) < 0)
		return -errno;
	r = look(fd, head);
	(void)setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &before, sizeof(before));
	return r;
}

int
sctp_first(int fd, uint64_t *mark)
{
	struct head head;
	int r = peek(fd, &head);

	if (r < 0)
		return r;
	if (head.association == 0)
		return -ENOMSG;
	*mark = (uint64_t)(uint32_t)head.association << 32 | head.tsn;
	return 0;
}

/* A place that cannot be written lets the kernel go as far as to free the message. */
static int
discard(int fd)
{
	if (recv(fd, NULL, 1, MSG_DONTWAIT) < 0 && errno != EFAULT)
		return -errno;
	return 0;
}

int
sctp_drop(int fd)
{
	const struct linger at_once = {.l_onoff = 1};
	sctp_peeloff_arg_t peeled = {0};
	socklen_t length = sizeof(peeled);
	struct head head;
	int r;

	r = peek(fd, &head);
	if (r < 0)
		return r;
	peeled.associd = head.association;
	/* Whoever sent it may be gone by now. */
	if (getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peeled, &length) < 0)
		return discard(fd);
	(void)setsockopt(peeled.sd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	fd_cleanup(&peeled.sd);
	return 0;
}
