#include "transports.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "net/transport.h"
#include "peer.h"

const struct transport *
find(const char *name)
{
	const struct transport *t = transport_find(name, strlen(name));

	cr_assert(t != NULL);
	return t;
}

bool
kernel_has(const char *name)
{
	const struct transport *t = find(name);
	int fd = socket(AF_INET, t->type | SOCK_CLOEXEC, t->protocol);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void
answering(struct daemon *d, const char *name, const char *listen)
{
	if (find(name)->accepts)
		daemon_service(d, name,
		    "listen = \"%s\"\ncommand = { \"%s\", name, %s }\n"
		    "limits { per_source = 64 }",
		    listen, daemon_tool(d, "stream"), name);
	else
		daemon_service(d, name,
		    "listen = \"%s\"\ncommand = { \"%s\", answer, \"/dev/null\", \"%s:\" }", listen,
		    daemon_tool(d, "dgram"), name);
}

int
ask(const char *name, const char *host, unsigned port)
{
	/* A one-to-many socket is writable before there is an association: its peer is one-to-one.
	 */
	const char *client = strcmp(name, "sctp-seqpacket") == 0 ? "sctp" : name;
	int fd = transport_connect(client, host, port);

	/* What a handler of a connection would leave unread would cost the client its answer. */
	if (!find(name)->accepts)
		cr_assert_eq(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	return fd;
}

void
expect_text(int fd, const char *expected)
{
	char text[4096];

	cr_expect(read_until(fd, text, sizeof(text), expected, LONG), "not %s: %s", expected, text);
	close(fd);
}

void
expect_from(int fd, const char *name)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "%s%s", name, find(name)->accepts ? "\n" : ":x");
	expect_text(fd, expected);
}

void
expect_answer(const char *name, const char *host, unsigned port)
{
	expect_from(ask(name, host, port), name);
}
