/* The environment of a handler, by transport, and what the configuration adds to it. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(environment);

static char facts[FACTS];

static const char *
number(unsigned n)
{
	static char text[8][16];
	static unsigned next;
	char *t = text[next++ % 8];

	snprintf(t, sizeof(text[0]), "%u", n);
	return t;
}

static void
expect_user(void)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *path = fact(facts, "env.PATH");

	cr_expect(path != NULL && strstr(path, "/usr/bin") != NULL);
	if (pw == NULL)
		return;
	FACT(facts, "env.USER", pw->pw_name);
	FACT(facts, "env.LOGNAME", pw->pw_name);
	FACT(facts, "env.HOME", pw->pw_dir);
	FACT(facts, "env.SHELL", pw->pw_shell);
}

/* Connects, and returns the client's port. */
static unsigned
probe_tcp(const char *host, unsigned port)
{
	int fd = tcp_connect(host, port);
	unsigned own = port_of(fd);

	cr_assert(read_eof(fd, facts, sizeof(facts), LONG) > 0);
	close(fd);
	FACT(facts, "end", "1");
	return own;
}

Test(environment, tcp4_and_tcp6)
{
	const char *const host[] = {"127.0.0.1", "::1"};
	struct daemon *d = daemon_new();
	unsigned port, own, i;

	daemon_service(d, "probe", "listen = 0/tcp\ncommand = \"%s\"", daemon_tool(d, "probe"));
	daemon_start(d);
	port = daemon_port(d, "probe", "");
	for (i = 0; i < 2; i++) {
		own = probe_tcp(host[i], port);
		expect_user();
		FACT(facts, "env.PROTO", "TCP");
		FACT(facts, "env.TCPLOCALIP", host[i]);
		FACT(facts, "env.TCPLOCALPORT", number(port));
		FACT(facts, "env.TCPREMOTEIP", host[i]);
		FACT(facts, "env.TCPREMOTEPORT", number(own));
		FACT(facts, "env.REMOTE_ADDR", host[i]);
		FACT(facts, "env.REMOTE_PORT", number(own));
		FACT(facts, "env.REMOTE_HOST", host[i]);
		FACT(facts, "env.SUPERD_SERVICE", "probe");
		cr_expect(fact(facts, "env.SUPERD_ID") != NULL);
		FACT(facts, "environment", "15");
	}
	daemon_stop(d);
}

Test(environment, the_id_is_the_one_in_the_log)
{
	struct daemon *d = daemon_new();
	char id[128], first[128];

	daemon_service(d, "probe", "listen = 0/tcp\ncommand = \"%s\"", daemon_tool(d, "probe"));
	daemon_start(d);
	probe_tcp("127.0.0.1", daemon_port(d, "probe", ""));
	snprintf(id, sizeof(id), "id=%s", fact(facts, "env.SUPERD_ID"));
	LOG_EXPECT(d, NULL, "@start", id, "service=probe");
	LOG_EXPECT(d, NULL, "@end", id, "service=probe");
	snprintf(first, sizeof(first), "%s", id);
	probe_tcp("127.0.0.1", daemon_port(d, "probe", ""));
	snprintf(id, sizeof(id), "id=%s", fact(facts, "env.SUPERD_ID"));
	cr_expect_str_neq(id, first);
	daemon_stop(d);
}

Test(environment, datagrams)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "out/facts"), *remote;
	unsigned port, i;
	char *text;
	int fd;

	daemon_service(d, "probe",
	    "listen = \"127.0.0.1:0/udp\"\ncommand = { \"%s\", -o, \"%s\", -r }",
	    daemon_tool(d, "probe"), path);
	daemon_start(d);
	port = daemon_port(d, "probe", "");
	for (i = 0; i < 3; i++) {
		fd = udp_connect("127.0.0.1", port);
		send_text(fd, "x");
		cr_assert(WAIT(LONG, file_exists(path)));
		text = file_read(path);
		snprintf(facts, sizeof(facts), "%s", text);
		free(text);
		cr_assert(unlink(path) == 0);
		FACT(facts, "env.PROTO", "UDP");
		FACT(facts, "env.UDPLOCALIP", "127.0.0.1");
		FACT(facts, "env.UDPLOCALPORT", number(port));
		/* Whose datagram it was may be said, another's may not. */
		remote = fact(facts, "env.UDPREMOTEPORT");
		cr_expect(remote == NULL || strcmp(remote, number(port_of(fd))) == 0);
		NO_FACT(facts, "env.TCPLOCALIP");
		close(fd);
	}
	daemon_stop(d);
}

Test(environment, nothing_stale_from_another_transport)
{
	struct daemon *d = daemon_new();
	const char *path = daemon_path(d, "u.sock");
	unsigned port;
	int fd;

	daemon_service(d, "probe",
	    "listen = { \"127.0.0.1:0/tcp\", \"unix:%s\" }\ncommand = \"%s\"", path,
	    daemon_tool(d, "probe"));
	daemon_start(d);
	port = daemon_port(d, "probe", "tcp");
	probe_tcp("127.0.0.1", port);
	FACT(facts, "env.PROTO", "TCP");
	fd = unix_connect(path, SOCK_STREAM);
	cr_assert(read_eof(fd, facts, sizeof(facts), LONG) > 0);
	close(fd);
	FACT(facts, "env.PROTO", "UNIX");
	NO_FACT(facts, "env.TCPREMOTEIP");
	NO_FACT(facts, "env.TCPREMOTEPORT");
	NO_FACT(facts, "env.TCPLOCALIP");
	NO_FACT(facts, "env.TCPLOCALPORT");
	NO_FACT(facts, "env.REMOTE_ADDR");
	NO_FACT(facts, "env.REMOTE_PORT");
	NO_FACT(facts, "env.REMOTE_HOST");
	probe_tcp("127.0.0.1", port);
	FACT(facts, "env.PROTO", "TCP");
	NO_FACT(facts, "env.UNIXLOCALPATH");
	daemon_stop(d);
}

Test(environment, added_passed_replaced)
{
	struct daemon *d = daemon_new();

	d->variables[0] = "GIVEN=from outside";
	d->variables[1] = "SECRET=1";
	d->variables[2] = "TCPREMOTEHOST=stale";
	d->variables[3] = "LISTEN_FDNAMES=stale";
	daemon_service(d, "probe",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"\n"
	    "environment = { \"OWN=a=b c\", \"REMOTE_HOST=replaced\", 'DOLLAR=${HOME}' }\n"
	    "pass_environment = { GIVEN, NOT_THERE }",
	    daemon_tool(d, "probe"));
	daemon_start(d);
	probe_tcp("127.0.0.1", daemon_port(d, "probe", ""));
	FACT(facts, "env.OWN", "a=b c");
	FACT(facts, "env.REMOTE_HOST", "replaced");
	FACT(facts, "env.DOLLAR", "${HOME}");
	FACT(facts, "env.GIVEN", "from outside");
	FACT(facts, "environment", "18");
	NO_FACT(facts, "env.SECRET");
	NO_FACT(facts, "env.NOT_THERE");
	NO_FACT(facts, "env.NOTIFY_SOCKET");
	NO_FACT(facts, "env.TCPREMOTEHOST");
	NO_FACT(facts, "env.LISTEN_FDNAMES");
	daemon_stop(d);
}
