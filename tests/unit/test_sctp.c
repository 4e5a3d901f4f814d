#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

/* Wants those above. */
#include <linux/sctp.h>

#include "base/fd.h"
#include "fixture.h"
#include "net/inherit.h"
#include "net/sctp.h"
#include "net/transport.h"
#include "process.h"

/* Skipped where the kernel has no SCTP; any other failure is one. */
#define OPEN(f, text, wait)                                                                        \
	do {                                                                                       \
		int open_r = fixture_open(f, text, wait);                                          \
		if (open_r < 0 && transport_is_missing((f)->e.transport, -open_r))                 \
			SKIP("the kernel has no SCTP");                                            \
		CHECK(open_r == 0);                                                                \
	} while (0)

static int
client(const char *host, uint16_t port)
{
	struct address a;
	int fd;

	if (address_parse(&a, host, port) < 0)
		return -1;
	/* Out of the way of what is accepted. */
	fd = fd_raise(socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP));
	return fd >= 0 && connect(fd, &a.sa, a.length) == 0 ? fd : -1;
}

static bool
ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1;
}

/* The one-to-many socket comes to have so many associations. */
static bool
associations(int fd, int wanted)
{
	int i, n = -1;
	socklen_t length = sizeof(n);

	for (i = 0; i < WAIT_MS && n != wanted; i++) {
		if (i > 0)
			(void)poll(NULL, 0, 1);
		if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_NUMBER, &n, &length) < 0)
			return false;
	}
	return n == wanted;
}

static int
drops(void)
{
	struct fixture f;
	char text[16];
	int one, other;

	OPEN(&f, "127.0.0.1:0/sctp-seqpacket", true);
	CHECK(sctp_drop(f.l.source.fd) == -EAGAIN);
	CHECK((one = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(send(one, "first", 5, 0) == 5 && send(one, "second", 6, 0) == 6);
	CHECK(fixture_wait(&f.l));
	CHECK((other = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(send(other, "third", 5, 0) == 5);
	CHECK(listener_drop(&f.l) == 0);
	/* Its association is aborted, the other one is served. */
	CHECK(ready(one) && recv(one, text, sizeof(text), 0) <= 0);
	CHECK(fixture_wait(&f.l));
	CHECK(recv(f.l.source.fd, text, sizeof(text), 0) == 5 && memcmp(text, "third", 5) == 0);
	CHECK(listener_drop(&f.l) == -EAGAIN);
	CHECK(listener_restore(&f.l, BACKLOG) == 0);
	return CHILD_OK;
}

Test(sctp, drops_an_association)
{
	child_run(drops);
}

/* What stays in the queue of peers that are gone: a reset and a close. */
static int
drops_of_the_gone(void)
{
	static const struct linger resets[] = {{.l_onoff = 1}, {.l_onoff = 0}};
	struct fixture f;
	char text[16];
	size_t i;
	int fd;

	OPEN(&f, "127.0.0.1:0/sctp-seqpacket", true);
	for (i = 0; i < 2; i++) {
		CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
		CHECK(send(fd, "poison", 6, 0) == 6 && fixture_wait(&f.l));
		CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &resets[i], sizeof(resets[i])) == 0);
		CHECK(close(fd) == 0 && associations(f.l.source.fd, 0));
		CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
		CHECK(send(fd, "good", 4, 0) == 4);
		CHECK(listener_drop(&f.l) == 0);
		CHECK(fixture_wait(&f.l));
		CHECK(recv(f.l.source.fd, text, sizeof(text), 0) == 4);
		CHECK(memcmp(text, "good", 4) == 0 && close(fd) == 0);
		CHECK(associations(f.l.source.fd, 0));
		CHECK(listener_drop(&f.l) == -EAGAIN);
	}
	return CHILD_OK;
}

Test(sctp, drops_what_the_gone_have_sent)
{
	child_run(drops_of_the_gone);
}

/* Each message has a mark of its own, and looking at it changes nothing. */
static int
marks(void)
{
	struct fixture f;
	uint64_t first = 0, again = 0, next = 0;
	char text[16];
	int fd;

	OPEN(&f, "127.0.0.1:0/sctp-seqpacket", true);
	CHECK(sctp_first(f.l.source.fd, &first) == -EAGAIN);
	CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(send(fd, "same", 4, 0) == 4 && send(fd, "same", 4, 0) == 4);
	CHECK(fixture_wait(&f.l));
	CHECK(sctp_first(f.l.source.fd, &first) == 0 && sctp_first(f.l.source.fd, &again) == 0);
	CHECK(first == again && first != 0);
	CHECK(option_of(f.l.source.fd, IPPROTO_SCTP, SCTP_RECVRCVINFO) == 0);
	CHECK(recv(f.l.source.fd, text, sizeof(text), 0) == 4 && fixture_wait(&f.l));
	CHECK(sctp_first(f.l.source.fd, &next) == 0 && next != first);
	return CHILD_OK;
}

Test(sctp, tells_messages_apart)
{
	child_run(marks);
}

/* A handler has asked for events: these are messages of no peer, and dropped as well. */
static int
drops_events(void)
{
	static const struct sctp_event changes = {
	    .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
	struct fixture f;
	uint64_t mark;
	int fd;

	OPEN(&f, "127.0.0.1:0/sctp-seqpacket", true);
	CHECK(setsockopt(f.l.source.fd, IPPROTO_SCTP, SCTP_EVENT, &changes, sizeof(changes)) == 0);
	CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && close(fd) == 0 && associations(f.l.source.fd, 0));
	CHECK(sctp_first(f.l.source.fd, &mark) == -ENOMSG);
	CHECK(listener_drop(&f.l) == 0 && fixture_wait(&f.l));
	CHECK(listener_drop(&f.l) == 0);
	CHECK(listener_drop(&f.l) == -EAGAIN);
	return CHILD_OK;
}

Test(sctp, drops_events)
{
	child_run(drops_events);
}

/* Peers of a specific address stay its, those in its queue and those to come, when another listener
 * comes to have all addresses. */
static int
stays_specific(void)
{
	struct fixture f[2];
	struct listener *all[2] = {&f[0].l, &f[1].l};
	struct address peer;
	int i, fd[2];

	OPEN(&f[0], "127.0.0.1:0/sctp", false);
	listener_close(&f[0].l);
	CHECK(fixture_prepare(&f[0], "127.0.0.1:0/sctp", true));
	CHECK(fixture_prepare(&f[1], "0.0.0.0:0/sctp-seqpacket", true));
	CHECK(listener_open(&f[0].l, BACKLOG, false, all, 2, &f[0].step) == 0);
	CHECK((fd[0] = client("127.0.0.1", f[0].l.port)) >= 0);
	f[1].l.port = f[0].l.port;
	CHECK(listener_open(&f[1].l, BACKLOG, true, all, 2, &f[1].step) == 0);
	CHECK((fd[1] = client("127.0.0.1", f[0].l.port)) >= 0);
	for (i = 0; i < 2; i++) {
		CHECK(fixture_wait(&f[0].l) && listener_accept(&f[0].l, &peer) >= 0);
		CHECK(close(fd[i]) == 0);
	}
	CHECK(associations(f[1].l.source.fd, 0));
	return CHILD_OK;
}

Test(sctp, stays_with_the_specific)
{
	child_run(stays_specific);
}

/* Of the accepted association, not only of the listener. */
static int
options_of(const char *text, bool heartbeat)
{
	struct socket_options o = fixture_options;
	struct sctp_status status = {0};
	struct sctp_paddrparams parameters = {0};
	socklen_t length = sizeof(status);
	struct address a;
	struct fixture f;
	int fd;

	o.streams = 7;
	o.heartbeat = heartbeat ? 5 : 0;
	o.nodelay = true;
	CHECK(fixture_prepare(&f, text, false));
	f.l.options = &o;
	CHECK(listener_open(&f.l, BACKLOG, false, NULL, 0, &f.step) == 0);
	CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &a) >= 0);
	CHECK(getsockopt(FD_CONNECTION, IPPROTO_SCTP, SCTP_STATUS, &status, &length) == 0);
	CHECK(status.sstat_instrms == 7 && status.sstat_outstrms == 7);
	CHECK(option_of(FD_CONNECTION, IPPROTO_SCTP, SCTP_NODELAY) == 1);
	length = sizeof(parameters);
	CHECK(getsockopt(
		  FD_CONNECTION, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &parameters, &length) == 0);
	CHECK((parameters.spp_flags & SPP_HB_ENABLE) == (heartbeat ? SPP_HB_ENABLE : 0));
	CHECK(!heartbeat || parameters.spp_hbinterval == 5000);
	listener_close(&f.l);
	return close(fd);
}

static int
options(void)
{
	struct fixture f;

	OPEN(&f, "127.0.0.1:0/sctp", false);
	CHECK(options_of("127.0.0.1:0/sctp", true) == 0);
	CHECK(options_of("127.0.0.1:0/sctp", false) == 0);
	return CHILD_OK;
}

Test(sctp, options_reach_the_association)
{
	child_run(options);
}

/* Of the packets from a port, from the handshake to the answer: have they all that type of service?
 */
static bool
all_have(int raw, uint16_t port, int tos)
{
	unsigned char packet[2048];
	size_t head;
	int n = 0;

	while (recv(raw, packet, sizeof(packet), MSG_DONTWAIT) > 0) {
		head = (packet[0] & 0xfU) * 4;
		if (packet[head] << 8 != (port & 0xff00) || packet[head + 1] != (port & 0xff))
			continue;
		/* Without the bits of ECN. */
		if ((packet[1] & 0xfc) != tos)
			return false;
		n++;
	}
	return n >= 3;
}

static int
tos(void)
{
	static const char *const rows[] = {"127.0.0.1:0/sctp", "127.0.0.1+[::1]:0/sctp"};
	struct socket_options o = fixture_options;
	struct address a;
	struct fixture f;
	char text[16];
	size_t i;
	int fd, raw;

	OPEN(&f, "127.0.0.1:0/sctp", false);
	o.tos = 0x10;
	raw = fd_raise(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP));
	if (raw < 0)
		SKIP("no raw sockets");
	for (i = 0; i < 2; i++) {
		CHECK(fixture_prepare(&f, rows[i], false));
		f.l.options = &o;
		CHECK(listener_open(&f.l, BACKLOG, false, NULL, 0, &f.step) == 0);
		CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
		CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &a) >= 0);
		CHECK(send(FD_CONNECTION, "answer", 6, 0) == 6);
		CHECK(ready(fd) && recv(fd, text, sizeof(text), 0) == 6);
		CHECK_ROW(rows[i], all_have(raw, f.l.port, o.tos));
		CHECK(close(fd) == 0);
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(sctp, type_of_service_of_packets)
{
	child_run(tos);
}

/* The kernel names the listener's address, which may be none or one of the other family. */
static int
local(void)
{
	static const char *const rows[][2] = {{"0.0.0.0:0/sctp", "127.0.0.1"},
	    {"[::]:0/sctp", "::1"}, {"127.0.0.1+[::1]:0/sctp", "127.0.0.1"},
	    {"127.0.0.1+[::1]:0/sctp", "::1"}, {"127.0.0.1:0/sctp", "127.0.0.1"}};
	char text[ADDRESS_TEXT];
	struct address a;
	struct fixture f;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		OPEN(&f, rows[i][0], false);
		CHECK((fd = client(rows[i][1], f.l.port)) >= 0);
		CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &a) >= 0);
		listener_connection_local(&f.l, &a);
		CHECK(a.length > 0);
		address_host(&a, text, sizeof(text));
		CHECK_ROW(rows[i][0], strcmp(text, rows[i][1]) == 0);
		CHECK(address_port(&a) == f.l.port && close(fd) == 0);
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(sctp, local_address)
{
	child_run(local);
}

static int
several(void)
{
	struct address peer;
	struct fixture f;
	int fd;

	OPEN(&f, "127.0.0.1+127.0.0.2:0/sctp", false);
	CHECK((fd = client("127.0.0.2", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	CHECK(peer.sa.sa_family == AF_INET && close(fd) == 0);
	CHECK(client("127.0.0.3", f.l.port) < 0);
	return CHILD_OK;
}

Test(sctp, several_addresses)
{
	child_run(several);
}

static int
mixed(void)
{
	struct address peer;
	struct fixture f;
	int fd;

	OPEN(&f, "127.0.0.1+[::1]:0/sctp", false);
	CHECK((fd = client("127.0.0.1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	/* Not as ::ffff:127.0.0.1. */
	CHECK(peer.sa.sa_family == AF_INET && close(fd) == 0);
	CHECK((fd = client("::1", f.l.port)) >= 0);
	CHECK(fixture_wait(&f.l) && listener_accept(&f.l, &peer) >= 0);
	CHECK(peer.sa.sa_family == AF_INET6);
	return CHILD_OK;
}

Test(sctp, both_families)
{
	child_run(mixed);
}

/* Is the socket, at descriptor 3, taken for that endpoint by who runs next? */
static bool
taken_over(int fd, const char *wanted, uint16_t port)
{
	struct fixture f;
	struct inherit in;
	bool taken;

	if (!fixture_prepare(&f, wanted, false) || dup2(fd, 3) != 3 || inherit_init(&in, 1) < 0)
		return false;
	fd = inherit_match(&in, &f.e, port);
	taken = fd >= FD_RESERVED && in.fd[0] < 0;
	fd_cleanup(&fd);
	inherit_fini(&in);
	endpoints_fini(&f.list);
	return taken;
}

/* What getsockname(2) tells of a socket that has had an association is another address. */
static int
is_taken_over(void)
{
	static const struct {
		const char *listen, *peer, *wanted, *other;
	} rows[] = {
	    {"127.0.0.1:0/sctp", "127.0.0.1", "127.0.0.1:0/sctp", "0.0.0.0:0/sctp"},
	    {"0.0.0.0:0/sctp", "127.0.0.1", "0.0.0.0:0/sctp", "127.0.0.1:0/sctp"},
	    {"[::1]:0/sctp", "::1", "[::1]:0/sctp", "[::]:0/sctp"},
	    {"[::]:0/sctp", "::1", "[::]:0/sctp", "[::1]:0/sctp"},
	    {"[::]:0/sctp", "::1", "[::]:0/sctp", "0.0.0.0:0/sctp"},
	    {"0.0.0.0:0/sctp-seqpacket", "127.0.0.1", "0.0.0.0:0/sctp-seqpacket", "0.0.0.0:0/sctp"},
	    {"127.0.0.1+127.0.0.2:0/sctp", "127.0.0.2", "127.0.0.2+127.0.0.1:0/sctp",
		"127.0.0.2:0/sctp"},
	    {"127.0.0.1+127.0.0.2:0/sctp", "127.0.0.1", "127.0.0.1+127.0.0.2:0/sctp",
		"127.0.0.1+127.0.0.2+127.0.0.3:0/sctp"},
	    {"127.0.0.1+[::1]:0/sctp", "127.0.0.1", "127.0.0.1+[::1]:0/sctp", "[::1]:0/sctp"},
	    {"127.0.0.1+[::1]:0/sctp", "::1", "[::1]+127.0.0.1:0/sctp", "127.0.0.1:0/sctp"},
	};
	struct address before, now;
	struct fixture f;
	size_t i;
	int fd, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		OPEN(&f, rows[i].listen, true);
		CHECK(listener_local(&f.l, &before) == 0);
		/* Before the first association and after it. */
		for (k = 0; k < 2; k++) {
			CHECK_ROW(
			    rows[i].other, !taken_over(f.l.source.fd, rows[i].other, f.l.port));
			CHECK_ROW(rows[i].wanted,
			    !taken_over(f.l.source.fd, rows[i].wanted, f.l.port ^ 1));
			CHECK_ROW(
			    rows[i].wanted, taken_over(f.l.source.fd, rows[i].wanted, f.l.port));
			CHECK_ROW(rows[i].peer, (fd = client(rows[i].peer, f.l.port)) >= 0);
			CHECK(close(fd) == 0);
			CHECK_ROW(rows[i].listen,
			    listener_local(&f.l, &now) == 0 && address_equal(&now, &before));
		}
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(sctp, is_taken_over)
{
	child_run(is_taken_over);
}
