/* Each kind of offence, and who is spared; and the load that holds services back. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(offences);

enum { PORT = 7800 };

static char text[4096];

static void
service(struct daemon *d, const char *name, unsigned port, const char *options)
{
	daemon_service(d, name, "listen = \"%u/tcp\"\ncommand = { \"%s\", name, %s }\n%s", port,
	    daemon_tool(d, "stream"), name, options);
}

static void
sensor(struct daemon *d, const char *name, const char *listen, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "services.d/%s.conf", name);
	daemon_file(d, path, "service %s { listen = \"%s\" %s }", name, listen, what);
}

/* Up to the end of the stream or a reset: was the handler's answer in it? */
static bool
is_served(const char *source, unsigned port)
{
	const char *to = strchr(source, ':') != NULL ? "2001:db8:ffff::1" : "127.0.0.1";
	int fd = tcp_from(source, to, port);
	ssize_t n = read_eof(fd, text, sizeof(text), LONG);

	close(fd);
	return n > 0;
}

static bool
is_banned(struct daemon *d, const char *prefix)
{
	char field[64];

	snprintf(field, sizeof(field), "prefix=%s", prefix);
	return LOG_WAIT(d, LONG, text, "@banned", field);
}

/* Who is refused by an access list, and comes again and again. */
Test(offences, refused_by_a_list)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 4 refused = 2 ban = 60 }");
	service(d, "closed", PORT, "access { deny = 127.0.0.64/26 }");
	service(d, "ports", PORT + 1, "access { source_ports = 0-1023 }");
	service(d, "open", PORT + 2, "");
	daemon_start(d);
	cr_expect_not(is_served("127.0.0.70", PORT));
	cr_expect(is_served("127.0.0.70", PORT + 2), "two points are not four");
	cr_expect_not(is_served("127.0.0.70", PORT));
	cr_expect(is_banned(d, "127.0.0.70/32"));
	cr_expect_not(is_served("127.0.0.70", PORT + 2));
	for (i = 0; i < 2; i++)
		cr_expect_not(is_served("127.0.0.9", PORT + 1), "of a high port");
	cr_expect(is_banned(d, "127.0.0.9/32"));
	cr_expect(is_served("127.0.0.71", PORT + 2));
	daemon_stop(d);
}

Test(offences, beyond_the_rate_of_a_source)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 3 rate = 1 ban = 60 }");
	service(d, "slow", PORT, "limits { per_source_rate = 2/h }");
	service(d, "open", PORT + 1, "limits { per_source = 0 }");
	service(d, "other", PORT + 2, "");
	daemon_start(d);
	for (i = 0; i < 5; i++) {
		cr_expect(is_served("127.0.0.70", PORT + 2), "%d", i);
		cr_expect_eq(is_served("127.0.0.70", PORT), i < 2, "%d", i);
	}
	cr_expect(is_banned(d, "127.0.0.70/32"));
	cr_expect_not(is_served("127.0.0.70", PORT + 2));
	/* To have too many connections is none. */
	for (i = 0; i < 9; i++)
		cr_expect_not(is_served("127.0.0.71", PORT + 1));
	cr_expect(is_served("127.0.0.71", PORT + 2));
	cr_expect_eq(log_count(d, "@banned", NULL), 1);
	daemon_stop(d);
}

/* Many ports of ours, each of which may be used, and one of them often. */
Test(offences, spread)
{
	struct daemon *d;
	unsigned i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 5 endpoints = 8 ban = 60 }");
	daemon_service(d, "many",
	    "listen = \"%d-%d/tcp\"\ncommand = { \"%s\", name, many }\nlimits { instances = 64 }",
	    PORT, PORT + 63, daemon_tool(d, "stream"));
	daemon_start(d);
	for (i = 0; i < 40; i++)
		cr_expect(is_served("127.0.0.9", PORT), "%u", i);
	for (i = 0; i < 64 && is_served("127.0.0.70", PORT + i); i++)
		;
	/* Some ports may fall on one bit of what is remembered. */
	cr_expect(i >= 7 && i <= 16, "%u", i);
	cr_expect(is_banned(d, "127.0.0.70/32"));
	cr_expect(is_served("127.0.0.9", PORT));
	daemon_stop(d);
}

Test(offences, who_is_spared)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 5 ban = 60 exempt = 127.0.0.64/26 }");
	service(d, "open", PORT, "");
	sensor(d, "trap", "7801/tcp", "sensor = 5");
	daemon_start(d);
	for (i = 0; i < 3; i++)
		cr_expect_not(is_served("127.0.0.70", PORT + 1));
	cr_expect_not(is_served("127.0.0.9", PORT + 1));
	cr_expect(is_banned(d, "127.0.0.9/32"));
	cr_expect(is_served("127.0.0.70", PORT));
	cr_expect_not(is_served("127.0.0.9", PORT));
	cr_expect_eq(log_count(d, "@banned", NULL), 1);
	daemon_stop(d);
}

Test(offences, datagrams_where_that_is_wanted)
{
	struct daemon *d;
	int i;

	NEED_NETWORK();
	d = daemon_new();
	daemon_conf(d, "scan { threshold = 10 sensor = 5 ban = 60 spoofable = true }");
	service(d, "open", PORT, "");
	sensor(d, "trap", "7801/udp", "builtin = sensor");
	daemon_start(d);
	for (i = 0; i < 2; i++)
		send_text(udp_from("127.0.0.70", "127.0.0.1", PORT + 1), "x");
	cr_expect(is_banned(d, "127.0.0.70/32"));
	cr_expect_not(is_served("127.0.0.70", PORT));
	cr_expect(is_served("127.0.0.71", PORT));
	daemon_stop(d);
}

/* Sources of one /48, none of which is banned by itself. */
Test(offences, sites_of_ipv6)
{
	struct daemon *d;
	char source[64];
	int i;

	NEED_ROOT();
	NEED_NETWORK();
	cr_assert_eq(system("ip -6 route add local 2001:db8::/32 dev lo"), 0);
	d = daemon_new();
	/* Four times as many points, if nothing is said. */
	daemon_conf(d, "scan { threshold = 10 sensor = 5 ban = 60 }");
	service(d, "open", PORT, "");
	sensor(d, "trap", "7801/tcp", "builtin = sensor");
	daemon_start(d);
	for (i = 1; i <= 8; i++) {
		snprintf(source, sizeof(source), "2001:db8:7:%d::1", i);
		cr_expect(is_served(source, PORT), "%s", source);
		cr_expect_not(is_served(source, PORT + 1), "%s", source);
	}
	cr_expect(is_banned(d, "2001:db8:7::/48"));
	cr_expect_not(is_served("2001:db8:7:99::1", PORT));
	cr_expect(is_served("2001:db8:8:1::1", PORT));
	cr_expect_eq(log_count(d, "@banned", NULL), 1);
	daemon_stop(d);
}

/* With a load average of the test's own. */
Test(offences, load)
{
	struct daemon *d;
	int fd;

	NEED_ROOT();
	NEED_NETWORK();
	d = daemon_new();
	daemon_file(d, "loadavg", "2.51 9.00 9.00 1/99 7\n");
	cr_assert_eq(unshare(CLONE_NEWNS), 0);
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount(daemon_path(d, "loadavg"), "/proc/loadavg", NULL, MS_BIND, NULL), 0);
	service(d, "queue", PORT, "limits { load = 2.5 }");
	service(d, "refuse", PORT + 1, "limits { load = 2.5 overflow = refuse }");
	service(d, "open", PORT + 2, "");
	daemon_start(d);
	fd = tcp_from("127.0.0.9", "127.0.0.1", PORT);
	cr_expect_not(readable(fd, BRIEF), "it waits");
	cr_expect_not(is_served("127.0.0.9", PORT + 1));
	LOG_EXPECT(d, text, "@refused", "service=refuse", "reason=load");
	cr_expect(is_served("127.0.0.9", PORT + 2));
	daemon_file(d, "loadavg", "2.50 9.00 9.00 1/99 7\n");
	cr_expect(read_until(fd, text, sizeof(text), "queue", LONG), "and is served");
	close(fd);
	cr_expect(WAIT(LONG, is_served("127.0.0.9", PORT + 1)));
	daemon_stop(d);
}
