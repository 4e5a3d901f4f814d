/* Ports of every transport: the same number on each, its own environment, its records, its end. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/transport.h"
#include "peer.h"
#include "procfs.h"
#include "transports.h"

SUITE(transports);

enum { PORT = 7500 };

static char text[4096];

Test(transports, one_number_on_each)
{
	static const char *const names[] = {"tcp", "udp", "udplite", "sctp", "dccp"};
	struct daemon *d;
	char listen[64];
	size_t i, n = 0;

	NEED_NETWORK();
	d = daemon_new();
	for (i = 0; i < 5; i++) {
		if (!kernel_has(names[i]))
			continue;
		snprintf(listen, sizeof(listen), "%d/%s", PORT, names[i]);
		answering(d, names[i], listen);
		n++;
	}
	daemon_start(d);
	LOG_EXPECT(d, text, "ready", "pending=0");
	for (i = 0; i < 5; i++) {
		if (!kernel_has(names[i]))
			continue;
		expect_answer(names[i], "127.0.0.1", PORT);
		expect_answer(names[i], "::1", PORT);
	}
	cr_expect_geq(n, 2);
	daemon_stop(d);
}

/* What every transport that accepts has in common. */
static void
connections(const char *name, const char *label)
{
	struct daemon *d = daemon_new();
	static char facts[FACTS];
	char key[32];
	unsigned port;
	int fd[3];

	daemon_service(d, "probe", "listen = \"127.0.0.1:0/%s\"\ncommand = \"%s\"", name,
	    daemon_tool(d, "probe"));
	daemon_service(d, "hold",
	    "listen = \"[::1]:0/%s\"\ncommand = { \"%s\", hold }\nlimits { instances = 2 "
	    "per_source = 2 }",
	    name, daemon_tool(d, "stream"));
	daemon_start(d);
	fd[0] = transport_connect(name, "127.0.0.1", daemon_port(d, "probe", ""));
	cr_expect_gt(read_eof(fd[0], facts, sizeof(facts), LONG), 0);
	FACT(facts, "env.PROTO", label);
	snprintf(key, sizeof(key), "env.%sREMOTEIP", label);
	FACT(facts, key, "127.0.0.1");
	snprintf(key, sizeof(key), "env.%sLOCALIP", label);
	FACT(facts, key, "127.0.0.1");
	LOG_EXPECT(d, text, "@start", "service=probe");
	/* The third waits, is served when there is room, and all survive the daemon. */
	port = daemon_port(d, "hold", "");
	fd[0] = transport_connect(name, "::1", port);
	fd[1] = transport_connect(name, "::1", port);
	cr_expect(read_until(fd[0], text, sizeof(text), "held", LONG));
	cr_expect(read_until(fd[1], text, sizeof(text), "held", LONG));
	fd[2] = transport_connect(name, "::1", port);
	cr_expect_not(read_until(fd[2], text, sizeof(text), "held", BRIEF));
	close(fd[0]);
	cr_expect(read_until(fd[2], text, sizeof(text), "held", LONG));
	/* One that is gone before it was accepted costs nothing. */
	reset(transport_connect(name, "::1", port));
	daemon_stop(d);
	cr_expect_not(readable(fd[1], BRIEF), "a connection ended with the daemon");
	close(fd[1]);
	close(fd[2]);
}

Test(transports, mptcp)
{
	NEED_KERNEL("mptcp");
	connections("mptcp", "TCP");
}

Test(transports, mptcp_serves_tcp)
{
	struct daemon *d;

	NEED_KERNEL("mptcp");
	d = daemon_new();
	daemon_service(d, "name", "listen = \"127.0.0.1:0/mptcp\"\ncommand = { \"%s\", name, m }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	cr_expect_gt(ask_tcp("127.0.0.1", daemon_port(d, "name", ""), text, sizeof(text)), 0);
	cr_expect_str_eq(text, "m\n");
	daemon_stop(d);
}

/* The kernel may not know an option for it: it is served without, and the log says so once. */
Test(transports, mptcp_without_an_option)
{
	const int tos = 16;
	struct daemon *d;
	bool known;
	int fd;

	NEED_KERNEL("mptcp");
	fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP);
	cr_assert_geq(fd, 0);
	known = setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos)) == 0;
	close(fd);
	d = daemon_new();
	daemon_service(d, "six",
	    "listen = \"[::1]:0/mptcp\"\ncommand = { \"%s\", name, six }\nsocket { tos = 16 }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	LOG_EXPECT(d, text, "@ready", "sockets=1", "pending=0");
	cr_expect_eq(
	    log_count(d, "service six: [::1]:0/mptcp: ", "IPV6_TCLASS", NULL), known ? 0 : 1);
	cr_expect_gt(ask_tcp("::1", daemon_port(d, "six", ""), text, sizeof(text)), 0);
	cr_expect_str_eq(text, "six\n");
	daemon_stop(d);
}

Test(transports, sctp)
{
	NEED_KERNEL("sctp");
	connections("sctp", "SCTP");
}

Test(transports, dccp)
{
	NEED_KERNEL("dccp");
	connections("dccp", "DCCP");
}

/* Clients that go while their connection is being made cost nothing, and the next one is served. */
static void
leaving(const char *name)
{
	static const char *const hosts[] = {"127.0.0.1", "::1"};
	enum { LEAVE = 20, DELAY = 20 };
	struct daemon *d = daemon_new();
	bool delayed;
	size_t before;
	unsigned port;
	int i, k;

	daemon_service(d, "hello",
	    "listen = { \"127.0.0.1:0/%s\", \"[::1]:0/%s\" }\ncommand = \"%s\"", name, name,
	    daemon_tool(d, "hello"));
	daemon_start(d);
	expect_text(ask(name, "::1", daemon_port(d, "hello", "::1")), "hello\n");
	cr_assert(WAIT(LONG, log_count(d, "@end", NULL) == 1));
	before = proc_descriptors(d->pid);
	delayed = network_delay(DELAY);
	for (i = 0; i < 2; i++) {
		port = daemon_port(d, "hello", hosts[i]);
		for (k = 0; k < LEAVE; k++)
			transport_leave(name, hosts[i], port);
		expect_text(ask(name, hosts[i], port), "hello\n");
	}
	if (delayed) {
		cr_expect(network_delay(0));
		cr_expect_eq(log_count(d, "@start", NULL), 3, "what was not made was served");
	}
	cr_expect(WAIT(LONG, proc_descriptors(d->pid) == before));
	daemon_stop(d);
}

Test(transports, leaving_sctp)
{
	NEED_KERNEL("sctp");
	leaving("sctp");
}

Test(transports, leaving_dccp)
{
	NEED_KERNEL("dccp");
	leaving("dccp");
}

Test(transports, leaving_mptcp)
{
	NEED_KERNEL("mptcp");
	leaving("mptcp");
}

/* Records arrive as they were sent. */
static void
boundaries(const char *name)
{
	static const size_t sizes[] = {1, 700, 3, 1200, 20};
	static char record[1200];
	struct daemon *d = daemon_new();
	char expected[16];
	size_t i;
	int fd;

	daemon_service(d, "records", "listen = \"127.0.0.1:0/%s\"\ncommand = { \"%s\", records }",
	    name, daemon_tool(d, "stream"));
	daemon_start(d);
	fd = transport_connect(name, "127.0.0.1", daemon_port(d, "records", ""));
	for (i = 0; i < 5; i++)
		cr_assert_eq(send(fd, record, sizes[i], 0), (ssize_t)sizes[i]);
	for (i = 0; i < 5; i++) {
		snprintf(expected, sizeof(expected), "%zu", sizes[i]);
		cr_expect_gt(read_record(fd, text, sizeof(text), LONG), 0);
		cr_expect_str_eq(text, expected);
	}
	close(fd);
	daemon_stop(d);
}

/* What superd says comes whole, also where a packet is shorter. */
static void
banner(const char *name)
{
	static char said[4001], got[4096];
	struct daemon *d;
	int fd;

	NEED_ROOT();
	NEED_NETWORK();
	cr_assert_eq(system("exec ip link set lo mtu 1500"), 0);
	d = daemon_new();
	memset(said, 'b', sizeof(said) - 1);
	daemon_file(d, "banner", "%s", said);
	daemon_service(d, "hello",
	    "listen = \"127.0.0.1:0/%s\"\ncommand = \"%s\"\nbanner { accept = \"%s\" }", name,
	    daemon_tool(d, "hello"), daemon_path(d, "banner"));
	daemon_start(d);
	fd = transport_connect(name, "127.0.0.1", daemon_port(d, "hello", ""));
	cr_expect_eq(read_eof(fd, got, sizeof(got), LONG), (ssize_t)sizeof(said) - 1 + 6);
	cr_expect(strncmp(got, said, sizeof(said) - 1) == 0);
	close(fd);
	daemon_stop(d);
	cr_assert_eq(system("exec ip link set lo mtu 65536"), 0);
}

Test(transports, banner_of_sctp)
{
	NEED_KERNEL("sctp");
	banner("sctp");
}

Test(transports, banner_of_dccp)
{
	NEED_KERNEL("dccp");
	banner("dccp");
}

Test(transports, banner_of_tcp)
{
	banner("tcp");
}

/* The service of a specific address and that of all, whichever comes first. */
static void
specific_wins(const char *name)
{
	static const char *const services[] = {"near", "world", "all", "own"};
	static const char *const listen[] = {
	    "127.0.0.1:%d/%s", "%d/%s", "%d/%s", "127.0.0.1:%d/%s"};
	static const char *const hosts[] = {"127.0.0.1", "10.9.9.9", "10.9.9.9", "127.0.0.1"};
	struct daemon *d;
	int i, fd;

	NEED_NETWORK();
	network_address("10.9.9.9");
	d = daemon_new();
	for (i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), listen[i], PORT + i / 2, name);
		daemon_service(d, services[i], "listen = \"%s\"\ncommand = { \"%s\", name, %s }",
		    text, daemon_tool(d, "stream"), services[i]);
	}
	daemon_start(d);
	LOG_EXPECT(d, text, "@ready", "pending=0");
	for (i = 0; i < 4; i++) {
		fd = transport_connect(name, hosts[i], (unsigned)(PORT + i / 2));
		cr_expect(read_until(fd, text, sizeof(text), services[i], LONG), "%s over %s: %s",
		    services[i], name, text);
		close(fd);
	}
	daemon_stop(d);
}

Test(transports, specific_wins_sctp)
{
	NEED_KERNEL("sctp");
	specific_wins("sctp");
}

Test(transports, specific_wins_dccp)
{
	NEED_KERNEL("dccp");
	specific_wins("dccp");
}

Test(transports, specific_wins_mptcp)
{
	NEED_KERNEL("mptcp");
	specific_wins("mptcp");
}

Test(transports, records_of_sctp)
{
	NEED_KERNEL("sctp");
	boundaries("sctp");
}

Test(transports, records_of_dccp)
{
	NEED_KERNEL("dccp");
	boundaries("dccp");
}

/* The kernel keeps off who may not talk to a handler that has the socket, and no others. The
 * addresses have 127.0.0.1 among them. */
static void
lists_of_handlers(const char *name, const char *addresses, const char *command)
{
	struct daemon *d = daemon_new();
	int fd;

	daemon_service(d, "own",
	    "listen = \"%s:0/%s\"\nwait = true\ncommand = { \"%s\", %s }\n"
	    "access { allow = 127.0.0.0/30 }",
	    addresses, name, daemon_tool(d, *command == 'o' ? "listener" : "dgram"), command);
	daemon_service(d, "other",
	    "listen = \"%s:0/%s\"\nwait = true\ncommand = { \"%s\", %s }\n"
	    "access { deny = 127.0.0.1 }",
	    addresses, name, daemon_tool(d, *command == 'o' ? "listener" : "dgram"), command);
	daemon_start(d);
	fd = ask(name, "127.0.0.1", daemon_port(d, "own", ""));
	cr_expect_gt(read_record(fd, text, sizeof(text), LONG), 0);
	close(fd);
	fd = transport_try(
	    find(name)->accepts ? name : "sctp", "127.0.0.1", daemon_port(d, "other", ""), BRIEF);
	cr_expect_eq(fd, -ETIMEDOUT, "%d", fd);
	cr_expect_eq(log_count(d, "@start", "service=other", NULL), 0);
	daemon_stop(d);
}

Test(transports, lists_of_handlers_sctp)
{
	NEED_ROOT();
	NEED_KERNEL("sctp");
	lists_of_handlers("sctp", "127.0.0.1", "one, \"/dev/null\"");
	lists_of_handlers("sctp-seqpacket", "127.0.0.1", "answer, \"/dev/null\"");
}

/* To one socket packets of both families come. */
Test(transports, lists_of_both_families)
{
	NEED_ROOT();
	NEED_KERNEL("sctp");
	lists_of_handlers("sctp", "127.0.0.1+[::1]", "one, \"/dev/null\"");
}

Test(transports, lists_of_handlers_dccp)
{
	NEED_ROOT();
	NEED_KERNEL("dccp");
	lists_of_handlers("dccp", "127.0.0.1", "one, \"/dev/null\"");
}

/* Handlers that take one of the queue and end at once: all are served. */
static void
one_of_the_queue(const char *name, const char *addresses, int counted)
{
	enum { PEERS = 7 };
	struct daemon *d = daemon_new();
	unsigned port;
	int fd[PEERS], i;

	daemon_service(d, "one",
	    "listen = \"%s:0/%s\"\nwait = true\ncommand = { \"%s\", one, \"%s\" }", addresses, name,
	    daemon_tool(d, "listener"), daemon_path(d, "out/count"));
	daemon_start(d);
	port = daemon_port(d, "one", "");
	/* Before the first of them sees the socket. */
	cr_assert_eq(kill(d->pid, SIGSTOP), 0);
	for (i = 0; i < PEERS; i++)
		fd[i] = transport_connect(name, "127.0.0.1", port);
	cr_assert_eq(kill(d->pid, SIGCONT), 0);
	for (i = 0; i < PEERS; i++) {
		cr_expect_gt(read_record(fd[i], text, sizeof(text), LONG), 0, "%s: %d", name, i);
		close(fd[i]);
	}
	if (counted >= 0)
		cr_expect_eq(log_count(d, "the handler ended", NULL) == 0, counted > 0, "%s", name);
	cr_expect_eq(log_count(d, "accepted no connection", NULL), 0, "%s", name);
	daemon_stop(d);
}

Test(transports, one_of_the_queue_mptcp)
{
	NEED_KERNEL("mptcp");
	one_of_the_queue("mptcp", "127.0.0.1", 1);
}

/* By sctp_diag, a module of its own: 1, or -1 where it is not there. */
static int
sctp_is_counted(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP), n;

	cr_assert(fd >= 0 && listen(fd, 1) == 0);
	n = find("sctp")->queued(fd);
	close(fd);
	return n >= 0 ? 1 : -1;
}

Test(transports, one_of_the_queue_sctp)
{
	NEED_KERNEL("sctp");
	one_of_the_queue("sctp", "127.0.0.1", sctp_is_counted());
}

Test(transports, one_of_the_queue_of_both_families)
{
	NEED_KERNEL("sctp");
	one_of_the_queue("sctp", "127.0.0.1+[::1]", sctp_is_counted());
}

Test(transports, one_of_the_queue_dccp)
{
	NEED_KERNEL("dccp");
	one_of_the_queue("dccp", "127.0.0.1", 0);
}

/* What the kernel lacks is said, and the rest is served. */
Test(transports, without_the_protocol)
{
	static const char *const names[] = {"sctp", "dccp", "udplite", "mptcp"};
	const char *lacking = NULL;
	struct daemon *d;
	size_t i;

	for (i = 0; i < 4 && lacking == NULL; i++)
		lacking = kernel_has(names[i]) ? NULL : names[i];
	if (lacking == NULL)
		cr_skip_test("the kernel has every protocol");
	d = daemon_new();
	daemon_service(d, "both",
	    "listen = { \"127.0.0.1:0/%s\", \"127.0.0.1:0/tcp\" }\n"
	    "command = { \"%s\", name, both }",
	    lacking, daemon_tool(d, "stream"));
	d->options[0] = "-t";
	cr_expect_eq(daemon_run(d), 0);
	LOG_EXPECT(d, text, "warning", "service both: listen: 127.0.0.1:0/", find(lacking)->needs);
	d->options[0] = NULL;
	daemon_start(d);
	LOG_EXPECT(d, text, "@pending", "step=socket", find(lacking)->needs);
	LOG_EXPECT(d, text, "@ready", "sockets=1", "pending=1");
	cr_expect_gt(ask_tcp("127.0.0.1", daemon_port(d, "both", "tcp4"), text, sizeof(text)), 0);
	daemon_stop(d);
}
