#include "net/options.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Wants those above. */
#include <linux/sctp.h>

#include "net/endpoint.h"
#include "net/listener.h"
#include "net/transport.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78 /* linux/in6.h, which can not stand beside netinet/in.h */
#endif

#ifndef DCCP_SOCKOPT_SERVICE
#define DCCP_SOCKOPT_SERVICE 2 /* linux/dccp.h, which newer kernels do not have */
#endif

/* udplite(7); in no header for programs. */
enum { UDPLITE_SEND_CSCOV = 10, UDPLITE_RECV_CSCOV = 11 };

enum { MSEC_PER_SEC = 1000 };

/* The largest value of an option. */
union encoded {
	uint32_t number;
	struct sctp_initmsg initmsg;
	struct sctp_paddrparams parameters;
};

/* How the field of struct socket_options is held, and so when it is unset. */
enum field { FIELD_FLAG, FIELD_INT, FIELD_WIDE, FIELD_TEXT };

enum sockets {
	EVERY = 1,	/* unix sockets too */
	INTERNET = 2,	/* those of IPv4 and IPv6 */
	CONNECTION = 4, /* of those, the ones that accept */
};

/* Is it set on an accepted socket too? */
enum again {
	NEVER, /* that has it of the listener, or has no use for it */
	BARE,  /* where the transport's have not got it (struct transport) */
	AGAIN, /* no kernel passes it on */
};

/* What if the kernel does not know it for a protocol? */
enum need {
	NEEDED,	  /* where packets go, and who is served, hang on it: the socket is not opened */
	OPTIONAL, /* it is left out */
};

struct option {
	const char *name;
	size_t offset; /* of the field */
	enum field field;
	enum sockets sockets;
	enum need need;
	enum again again;
	int level; /* one of IP or IPv6: that family only; of a protocol: its transports only */
	int option;
	int force; /* tried first: the same beyond the system's limits, with CAP_NET_ADMIN; or 0 */
	/* From a number to the value of an option that is none; its size. NULL: it is. */
	size_t (*encode)(union encoded *value, uint32_t n);
};

/* RFC 6458, section 8.1.3: as many streams out as in. */
static size_t
encode_streams(union encoded *value, uint32_t n)
{
	value->initmsg = (struct sctp_initmsg){
	    .sinit_num_ostreams = (uint16_t)n, .sinit_max_instreams = (uint16_t)n};
	return sizeof(value->initmsg);
}

/* RFC 6458, section 8.1.12: of all associations to come. */
static size_t
encode_heartbeat(union encoded *value, uint32_t n)
{
	memset(value, 0, sizeof(*value));
	value->parameters.spp_hbinterval = n * MSEC_PER_SEC;
	value->parameters.spp_flags = n > 0 ? SPP_HB_ENABLE : SPP_HB_DISABLE;
	return sizeof(value->parameters);
}

/* RFC 4340, section 8.1.2: in network byte order. */
static size_t
encode_service_code(union encoded *value, uint32_t n)
{
	value->number = htonl(n);
	return sizeof(value->number);
}

#define FIELD(name) offsetof(struct socket_options, name)

/* IP_TOS changes the priority, so that comes after it. */
static const struct option options[] = {
    {"SO_BINDTODEVICE", FIELD(device), FIELD_TEXT, INTERNET, NEEDED, NEVER, SOL_SOCKET,
	SO_BINDTODEVICE, 0, NULL},
    {"SO_MARK", FIELD(mark), FIELD_WIDE, INTERNET, NEEDED, BARE, SOL_SOCKET, SO_MARK, 0, NULL},
    {"IP_FREEBIND", FIELD(freebind), FIELD_FLAG, INTERNET, NEEDED, BARE, IPPROTO_IP, IP_FREEBIND, 0,
	NULL},
    {"IPV6_FREEBIND", FIELD(freebind), FIELD_FLAG, INTERNET, NEEDED, BARE, IPPROTO_IPV6,
	IPV6_FREEBIND, 0, NULL},
    {"IP_TRANSPARENT", FIELD(transparent), FIELD_FLAG, INTERNET, NEEDED, BARE, IPPROTO_IP,
	IP_TRANSPARENT, 0, NULL},
    {"IPV6_TRANSPARENT", FIELD(transparent), FIELD_FLAG, INTERNET, NEEDED, BARE, IPPROTO_IPV6,
	IPV6_TRANSPARENT, 0, NULL},
    {"IP_TOS", FIELD(tos), FIELD_INT, INTERNET, OPTIONAL, BARE, IPPROTO_IP, IP_TOS, 0, NULL},
    {"IPV6_TCLASS", FIELD(tos), FIELD_INT, INTERNET, OPTIONAL, BARE, IPPROTO_IPV6, IPV6_TCLASS, 0,
	NULL},
    {"SO_PRIORITY", FIELD(priority), FIELD_INT, INTERNET, OPTIONAL, AGAIN, SOL_SOCKET, SO_PRIORITY,
	0, NULL},
    {"SO_SNDBUF", FIELD(send_buffer), FIELD_WIDE, EVERY, OPTIONAL, NEVER, SOL_SOCKET, SO_SNDBUF,
	SO_SNDBUFFORCE, NULL},
    {"SO_RCVBUF", FIELD(receive_buffer), FIELD_WIDE, EVERY, OPTIONAL, NEVER, SOL_SOCKET, SO_RCVBUF,
	SO_RCVBUFFORCE, NULL},
    {"SO_KEEPALIVE", FIELD(keepalive), FIELD_FLAG, CONNECTION, OPTIONAL, NEVER, SOL_SOCKET,
	SO_KEEPALIVE, 0, NULL},
    {"TCP_NODELAY", FIELD(nodelay), FIELD_FLAG, CONNECTION, OPTIONAL, NEVER, IPPROTO_TCP,
	TCP_NODELAY, 0, NULL},
    {"TCP_CONGESTION", FIELD(congestion), FIELD_TEXT, CONNECTION, OPTIONAL, NEVER, IPPROTO_TCP,
	TCP_CONGESTION, 0, NULL},
    {"TCP_DEFER_ACCEPT", FIELD(defer_accept), FIELD_INT, CONNECTION, OPTIONAL, NEVER, IPPROTO_TCP,
	TCP_DEFER_ACCEPT, 0, NULL},
    {"TCP_FASTOPEN", FIELD(fastopen), FIELD_INT, CONNECTION, OPTIONAL, NEVER, IPPROTO_TCP,
	TCP_FASTOPEN, 0, NULL},
    {"SCTP_NODELAY", FIELD(nodelay), FIELD_FLAG, INTERNET, OPTIONAL, NEVER, IPPROTO_SCTP,
	SCTP_NODELAY, 0, NULL},
    {"SCTP_INITMSG", FIELD(streams), FIELD_INT, INTERNET, NEEDED, NEVER, IPPROTO_SCTP, SCTP_INITMSG,
	0, encode_streams},
    {"SCTP_PEER_ADDR_PARAMS", FIELD(heartbeat), FIELD_INT, INTERNET, NEEDED, NEVER, IPPROTO_SCTP,
	SCTP_PEER_ADDR_PARAMS, 0, encode_heartbeat},
    {"DCCP_SOCKOPT_SERVICE", FIELD(service_code), FIELD_WIDE, INTERNET, NEEDED, NEVER, SOL_DCCP,
	DCCP_SOCKOPT_SERVICE, 0, encode_service_code},
    {"UDPLITE_SEND_CSCOV", FIELD(send_coverage), FIELD_INT, INTERNET, NEEDED, NEVER,
	IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 0, NULL},
    {"UDPLITE_RECV_CSCOV", FIELD(receive_coverage), FIELD_INT, INTERNET, NEEDED, NEVER,
	IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 0, NULL},
};

enum { ROWS = sizeof(options) / sizeof(options[0]) };
_Static_assert(sizeof(options) / sizeof(options[0]) <= 32, "struct options_done has a bit of each");

static bool
fits(const struct option *option, const struct endpoint *e)
{
	const struct transport *t = e->transport;
	int family = e->address.sa.sa_family;

	if (option->sockets != EVERY && family == AF_UNIX)
		return false;
	if (option->sockets == CONNECTION && !t->accepts)
		return false;
	if (option->level == IPPROTO_IP)
		return family == AF_INET || endpoint_is_mixed(e);
	if (option->level == IPPROTO_IPV6)
		return family == AF_INET6;
	return option->level == SOL_SOCKET || option->level == t->level;
}

static int
set_number(int fd, const struct option *option, int64_t wide)
{
	union encoded value;
	size_t size = sizeof(value.number);

	if (wide > UINT32_MAX || (wide > INT_MAX && option->force != 0))
		return -ERANGE;
	value.number = (uint32_t)wide; /* SO_MARK is unsigned, all others fit an int */
	if (option->encode != NULL)
		size = option->encode(&value, (uint32_t)wide);
	if (option->force != 0 &&
	    setsockopt(fd, option->level, option->force, &value, (socklen_t)size) == 0)
		return 0;
	if (setsockopt(fd, option->level, option->option, &value, (socklen_t)size) < 0)
		return -errno;
	return 0;
}

/* What is asked for, of a text that there is one; -1: nothing. */
static int64_t
asked(const struct option *option, const struct socket_options *o)
{
	const void *field = (const char *)o + option->offset;

	switch (option->field) {
	case FIELD_FLAG:
		return *(const bool *)field ? 1 : -1;
	case FIELD_INT:
		return *(const int *)field;
	case FIELD_WIDE:
		return *(const int64_t *)field;
	case FIELD_TEXT:
		break;
	}
	return *(char *const *)field != NULL ? 0 : -1;
}

static int
set(int fd, const struct option *option, const struct socket_options *o)
{
	const char *text;

	if (option->field != FIELD_TEXT)
		return set_number(fd, option, asked(option, o));
	text = *(char *const *)((const char *)o + option->offset);
	if (setsockopt(fd, option->level, option->option, text, (socklen_t)strlen(text) + 1) < 0)
		return -errno;
	return 0;
}

/* MPTCP says the first of what TCP may have and it has not, ip(7) and tcp(7) the second. */
static bool
is_unknown(int r)
{
	return r == -EOPNOTSUPP || r == -ENOPROTOOPT;
}

static bool
is_again(const struct option *option, const struct transport *t)
{
	return t->accepts && (option->again == AGAIN || (option->again == BARE && t->accepts_bare));
}

int
options_apply(int fd, const struct endpoint *e, const struct socket_options *o,
    struct options_done *done, const char **step)
{
	struct options_done now = {0};
	size_t i;
	int r;

	for (i = 0; i < ROWS; i++) {
		if (!fits(&options[i], e) || asked(&options[i], o) < 0)
			continue;
		r = set(fd, &options[i], o);
		if (is_unknown(r) && options[i].need == OPTIONAL) {
			now.left_out |= UINT32_C(1) << i;
			continue;
		}
		if (r < 0) {
			*step = options[i].name;
			return r;
		}
		if (is_again(&options[i], e->transport))
			now.again |= UINT32_C(1) << i;
	}
	*done = now;
	return 0;
}

void
options_again(int fd, const struct options_done *done, const struct socket_options *o)
{
	size_t i;

	/* What the listener has is allowed; the connection may be lost by now. */
	for (i = 0; i < ROWS; i++)
		if ((done->again & UINT32_C(1) << i) != 0)
			(void)set(fd, &options[i], o);
}

const char *
options_name(size_t i)
{
	return i < ROWS ? options[i].name : NULL;
}
