/*
 * Many forged sources: what is live and what is banned stays so, and memory is flat.
 *
 * TEST_FLOOD   how many sources (100,000)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "procfs.h"

SUITE(flood);

enum { PORT = 7800, SOURCES = 4096, FULL = 3 * SOURCES, BATCH = 128 };

static char text[4096];

/* One datagram from the n-th address of the loopback's that are not otherwise used. */
static void
forge(int fd, const struct sockaddr_in *to, unsigned n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = {0};
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(0x7f010000U + n)};
	struct iovec what = {.iov_base = "x", .iov_len = 1};
	struct msghdr m = {.msg_name = (void *)to,
	    .msg_namelen = sizeof(*to),
	    .msg_iov = &what,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};

	control.header.cmsg_level = IPPROTO_IP;
	control.header.cmsg_type = IP_PKTINFO;
	control.header.cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
	cr_assert_eq(sendmsg(fd, &m, 0), 1, "%u: %s", n, strerror(errno));
}

/* Bytes in the queue of the socket on that port, and datagrams that found no room. */
static void
queue_of(unsigned port, unsigned *queued, unsigned *dropped)
{
	const char *const format = " %*u: %*x:%x %*s %*x %*x:%x %*s %*x %*u %*u %*u %*u %*s %u";
	unsigned local, waiting, lost;
	char line[512];
	FILE *f = fopen("/proc/self/net/udp", "re");

	*queued = *dropped = 0;
	cr_assert(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, format, &local, &waiting, &lost) != 3 || local != port)
			continue;
		*queued += waiting;
		*dropped += lost;
	}
	fclose(f);
}

static bool
is_drained(unsigned port)
{
	unsigned queued, dropped;
	int i;

	for (i = 0; i < 2000; i++) {
		queue_of(port, &queued, &dropped);
		if (queued == 0)
			return true;
		(void)sched_yield();
	}
	return false;
}

/* No faster than they are looked at, so that each of them is. */
static void
flood(unsigned port, unsigned from, unsigned to)
{
	const struct sockaddr_in name = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned i;

	cr_assert(fd >= 0);
	for (i = from; i < to; i++) {
		forge(fd, &name, i);
		if (i % BATCH == 0)
			cr_assert(WAIT(LONG, is_drained(port)));
	}
	cr_assert(WAIT(LONG, is_drained(port)));
	close(fd);
}

static bool
is_refused(int fd)
{
	ssize_t n = read_eof(fd, text, sizeof(text), LONG);

	close(fd);
	return n == 0 || n == -ECONNRESET;
}

static void
services(struct daemon *d)
{
	daemon_conf(d,
	    "limits { sources = %d per_source = 2 }\n"
	    "scan { threshold = 5 sensor = 5 ban = 3600 spoofable = false }",
	    SOURCES);
	daemon_service(d, "a",
	    "listen = \"%d/tcp4\"\ncommand = { \"%s\", hold }\nlimits { per_source = 1 }", PORT,
	    daemon_tool(d, "stream"));
	daemon_service(d, "b",
	    "listen = \"%d-%d/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }\n"
	    "limits { per_source = 1 }",
	    PORT + 1, PORT + 2, daemon_tool(d, "dgram"));
	daemon_service(d, "denied",
	    "listen = \"%d/udp4\"\ncommand = { \"%s\", serve, \"/dev/null\" }\n"
	    "limits { instances = 1 per_source = 0 }",
	    PORT + 3, daemon_tool(d, "dgram"));
	daemon_file(d, "services.d/sensor.conf",
	    "service sensor { listen = { \"%d/tcp4\", \"%d/udp4\" } builtin = sensor }", PORT + 4,
	    PORT + 4);
}

static unsigned
wanted(void)
{
	const char *v = getenv("TEST_FLOOD");
	unsigned n = v != NULL ? (unsigned)strtoul(v, NULL, 10) : 0;

	return n > FULL ? n : 100000;
}

Test(flood, forged_datagrams, .timeout = 600)
{
	unsigned queued, dropped, n = wanted();
	int tcp, udp;
	struct daemon *d;
	long resident;

	NEED_NETWORK();
	d = daemon_new();
	services(d);
	daemon_start(d);
	tcp = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect(read_until(tcp, text, sizeof(text), "held", LONG));
	udp = udp_from("127.0.0.9", "127.0.0.1", PORT + 1);
	send_text(udp, "x");
	cr_expect_gt(read_record(udp, text, sizeof(text), LONG), 0);
	cr_expect(is_refused(tcp_from("127.0.0.66", "127.0.0.1", PORT + 4)));
	LOG_EXPECT(d, text, "@banned", "prefix=127.0.0.66/32");
	/* Half of them touch a sensor, half are refused by a limit: both tables of sources fill. */
	flood(PORT + 4, 0, FULL);
	flood(PORT + 3, 0, FULL);
	resident = proc_resident(d->pid);
	flood(PORT + 4, FULL, FULL + (n - FULL) / 2);
	flood(PORT + 3, FULL + (n - FULL) / 2, n);
	cr_expect_leq(proc_resident(d->pid) - resident, 1024, "kB");
	queue_of(PORT + 4, &queued, &dropped);
	cr_expect_eq(dropped, 0, "%u", dropped);
	cr_expect(is_refused(tcp_from("127.0.0.66", "127.0.0.1", PORT)), "it is still banned");
	cr_expect(is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT)), "the first still counts");
	close(udp);
	udp = udp_from("127.0.0.9", "127.0.0.1", PORT + 2);
	send_text(udp, "x");
	cr_expect_eq(read_record(udp, text, sizeof(text), BRIEF), -ETIMEDOUT, "of datagrams too");
	cr_expect_eq(log_count(d, "@banned", NULL), 1);
	cr_expect_leq(log_count(d, "@refused", NULL), 12, "a line a minute");
	close(tcp);
	LOG_EXPECT(d, text, "@end", "service=a");
	tcp = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect(read_until(tcp, text, sizeof(text), "held", LONG));
	daemon_stop(d);
}

/* Of connections too, and with their descriptors. */
Test(flood, refused_connections, .timeout = 120)
{
	enum { MANY = 3000 };
	struct daemon *d;
	size_t descriptors;
	char source[32];
	long resident = 0;
	int i, held;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "limits { sources = 1024 }");
	daemon_service(d, "a",
	    "listen = \"%d/tcp4\"\ncommand = { \"%s\", hold }\n"
	    "limits { per_source = 1 } access { deny = 127.1.0.0/16 }",
	    PORT, daemon_tool(d, "stream"));
	daemon_start(d);
	held = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect(read_until(held, text, sizeof(text), "held", LONG));
	descriptors = proc_descriptors(d->pid);
	for (i = 0; i < 2 * MANY; i++) {
		if (i == MANY)
			resident = proc_resident(d->pid);
		snprintf(source, sizeof(source), "127.1.%d.%d", i / 250, i % 250 + 1);
		cr_assert(is_refused(tcp_from(source, "127.0.0.1", PORT)));
	}
	cr_expect_leq(proc_resident(d->pid) - resident, 1024, "kB");
	/* The last one may still be on its way out. */
	cr_expect(WAIT(LONG, proc_descriptors(d->pid) == descriptors));
	cr_expect(is_refused(tcp_from("127.0.0.9", "127.0.0.1", PORT)));
	cr_expect_eq(log_count(d, "@start", NULL), 1);
	daemon_stop(d);
}
