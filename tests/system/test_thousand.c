/* A thousand connections or datagrams of each transport. */
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "net/transport.h"
#include "peer.h"
#include "procfs.h"
#include "transports.h"

SUITE(thousand);

static char text[4096];

/* A thousand of each, some at once, and the daemon has as many descriptors as before. Connections
 * by the handler that costs least: most of the time is its start. */
static void
thousand(const char *name)
{
	enum { AT_ONCE = 20 };
	struct daemon *d = daemon_new();
	int fd[AT_ONCE], i, k;
	size_t before;
	char expected[64] = "hello\n";
	unsigned port;

	if (!find(name)->accepts)
		snprintf(expected, sizeof(expected), "%s:x", name);
	snprintf(text, sizeof(text), "127.0.0.1:0/%s", name);
	if (find(name)->accepts)
		daemon_service(d, name,
		    "listen = \"%s\"  command = \"%s\"  limits { per_source = 64 }", text,
		    daemon_tool(d, "hello"));
	else
		answering(d, name, text);
	daemon_start(d);
	port = daemon_port(d, name, "");
	expect_text(ask(name, "127.0.0.1", port), expected);
	cr_assert(WAIT(LONG, log_count(d, "@end", NULL) >= 1));
	before = proc_descriptors(d->pid);
	for (i = 0; i < 1000 / AT_ONCE; i++) {
		for (k = 0; k < AT_ONCE; k++)
			fd[k] = ask(name, "127.0.0.1", port);
		for (k = 0; k < AT_ONCE; k++)
			expect_text(fd[k], expected);
	}
	cr_expect(WAIT(LONG, proc_descriptors(d->pid) == before));
	cr_expect(WAIT(LONG, log_count(d, "@end", NULL) >= 1001));
	daemon_stop(d);
}

Test(thousand, of_tcp)
{
	thousand("tcp");
}

Test(thousand, of_udp)
{
	thousand("udp");
}

Test(thousand, of_udplite)
{
	NEED_KERNEL("udplite");
	thousand("udplite");
}

Test(thousand, of_mptcp)
{
	NEED_KERNEL("mptcp");
	thousand("mptcp");
}

Test(thousand, of_sctp)
{
	NEED_KERNEL("sctp");
	thousand("sctp");
}

Test(thousand, of_dccp)
{
	NEED_KERNEL("dccp");
	thousand("dccp");
}
