/* SCTP's own: an association of several addresses, one socket for the messages of many. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"
#include "transports.h"

SUITE(associations);

static char text[4096];

Test(associations, several_addresses)
{
	struct daemon *d;
	static char facts[FACTS];
	unsigned port;
	int i, fd;

	NEED_KERNEL("sctp");
	d = daemon_new();
	daemon_service(d, "homes", "listen = \"127.0.0.1+127.0.0.2:0/sctp\"\ncommand = \"%s\"",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	port = daemon_port(d, "homes", "");
	for (i = 1; i <= 2; i++) {
		snprintf(text, sizeof(text), "127.0.0.%d", i);
		fd = transport_connect("sctp", text, port);
		cr_expect_gt(read_eof(fd, facts, sizeof(facts), LONG), 0);
		FACT(facts, "env.PROTO", "SCTP");
		close(fd);
	}
	cr_expect_lt(transport_try("sctp", "127.0.0.3", port, BRIEF), 0);
	daemon_stop(d);
}

/* A handler that never takes its message costs one association, and others are served. */
Test(associations, one_to_many)
{
	struct daemon *d;
	unsigned port;

	NEED_KERNEL("sctp");
	d = daemon_new();
	answering(d, "sctp-seqpacket", "127.0.0.1:0/sctp-seqpacket");
	daemon_start(d);
	port = daemon_port(d, "sctp-seqpacket", "");
	expect_answer("sctp-seqpacket", "127.0.0.1", port);
	expect_answer("sctp-seqpacket", "127.0.0.1", port);
	cr_expect(WAIT(LONG, log_count(d, "@start", NULL) >= 2));
	daemon_stop(d);
}

/* Many at once, and a handler for each message: all are served. */
Test(associations, one_to_many_at_once)
{
	enum { PEERS = 24 };
	struct daemon *d;
	unsigned port;
	int fd[PEERS], i;

	NEED_KERNEL("sctp");
	d = daemon_new();
	answering(d, "sctp-seqpacket", "127.0.0.1:0/sctp-seqpacket");
	daemon_start(d);
	port = daemon_port(d, "sctp-seqpacket", "");
	for (i = 0; i < PEERS; i++)
		fd[i] = ask("sctp-seqpacket", "127.0.0.1", port);
	for (i = 0; i < PEERS; i++)
		expect_from(fd[i], "sctp-seqpacket");
	cr_expect_eq(log_count(d, "the handler ended", NULL), 0);
	daemon_stop(d);
}

Test(associations, one_to_many_that_takes_nothing)
{
	struct daemon *d;
	char file[128];
	int fd;

	NEED_KERNEL("sctp");
	d = daemon_new();
	snprintf(file, sizeof(file), "%s", daemon_path(d, "out/fixed"));
	daemon_service(d, "many",
	    "listen = \"127.0.0.1:0/sctp-seqpacket\"\n"
	    "command = { \"%s\", fixed, \"/dev/null\", \"%s\" }",
	    daemon_tool(d, "dgram"), file);
	daemon_start(d);
	fd = transport_connect("sctp", "127.0.0.1", daemon_port(d, "many", ""));
	cr_assert_eq(send(fd, "lost", 4, 0), 4);
	cr_expect(readable(fd, LONG), "the association is not dropped");
	cr_expect_leq(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cr_assert_geq(fd, 0);
	close(fd);
	fd = transport_connect("sctp", "127.0.0.1", daemon_port(d, "many", ""));
	cr_assert_eq(send(fd, "served", 6, 0), 6);
	cr_expect(read_until(fd, text, sizeof(text), "served", LONG));
	daemon_stop(d);
}

/* As systemd would, for this process. */
static void
name_process(struct daemon *d)
{
	static char pid[32];

	snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
	d->variables[1] = pid;
}

/* A socket that has served a client is taken over at the next start. */
Test(associations, of_a_service_manager)
{
	struct daemon *d;
	int fd, i;

	NEED_KERNEL("sctp");
	fd = fcntl(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), F_DUPFD_CLOEXEC, 50);
	/* Bound to every address by it. */
	cr_assert(fd >= 0 && listen(fd, 16) == 0);
	for (i = 0; i < 2; i++) {
		d = daemon_new();
		d->passed_on = fd;
		d->prepare = name_process;
		d->variables[0] = "LISTEN_FDS=1";
		snprintf(text, sizeof(text), "0.0.0.0:%u/sctp", port_of(fd));
		answering(d, "sctp", text);
		daemon_start(d);
		LOG_EXPECT(d, text, "@ready", "sockets=1", "pending=0");
		expect_answer("sctp", "127.0.0.1", port_of(fd));
		daemon_stop(d);
	}
}
