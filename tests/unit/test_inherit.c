#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/fd.h"
#include "net/endpoint.h"
#include "net/inherit.h"
#include "process.h"

/* A socket at a free port of that loopback address, at the next free descriptor. */
static int
passed(int family, int type, int v6only, int queue, uint16_t *port)
{
	struct address a;
	int fd = socket(family, type, 0);

	if (fd < 0 || address_parse(&a, family == AF_INET ? "127.0.0.1" : "::", 0) < 0 ||
	    (family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0) ||
	    bind(fd, &a.sa, a.length) < 0 || (queue > 0 && listen(fd, queue) < 0) ||
	    getsockname(fd, &a.sa, &a.length) < 0)
		return -1;
	*port = address_port(&a);
	return fd;
}

static int
match(struct inherit *in, const char *text, uint16_t port)
{
	struct endpoints list = {0};
	char error[256];
	int r = endpoint_parse(&list, text, 0, error, sizeof(error));

	r = r < 0 ? -2 : inherit_match(in, &list.v[0], port);
	endpoints_fini(&list);
	return r;
}

static int
matches(void)
{
	uint16_t tcp, udp, mute, six, dual;
	struct inherit in;
	struct stat st;
	int fd, other;

	CHECK(passed(AF_INET, SOCK_STREAM, 0, 8, &tcp) == 3);
	CHECK(passed(AF_INET, SOCK_DGRAM, 0, 0, &udp) == 4);
	CHECK(passed(AF_INET, SOCK_STREAM, 0, 0, &mute) == 5);
	CHECK(passed(AF_INET6, SOCK_DGRAM, 1, 0, &six) == 6);
	CHECK(passed(AF_INET6, SOCK_STREAM, 0, 8, &dual) == 7);
	CHECK(open("/dev/null", O_RDONLY) == 8);
	CHECK(inherit_init(&in, 7) == 0); /* one more than there are */
	CHECK(in.n == 7);
	for (fd = 3; fd < FD_RESERVED; fd++)
		CHECK(fcntl(fd, F_GETFD) < 0 && errno == EBADF);
	CHECK(match(&in, "127.0.0.1:0/tcp", 0) == -1);
	CHECK(match(&in, "127.0.0.2:0/tcp", tcp) == -1);
	CHECK(match(&in, "0/tcp4", tcp) == -1);
	CHECK(match(&in, "127.0.0.1:0/udp", tcp) == -1);
	CHECK(match(&in, "127.0.0.1:0/tcp", mute) == -1);
	CHECK(match(&in, "0/tcp6", dual) == -1);
	fd = match(&in, "127.0.0.1:0/tcp", tcp);
	CHECK(fd >= FD_RESERVED && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(match(&in, "127.0.0.1:0/tcp", tcp) == -1);
	CHECK((other = match(&in, "0/udp6", six)) >= FD_RESERVED && other != fd);
	CHECK(match(&in, "127.0.0.1:0/udp", udp) >= FD_RESERVED);
	other = in.fd[4];
	CHECK(other >= FD_RESERVED);
	inherit_fini(&in);
	CHECK(fstat(other, &st) < 0 && fstat(fd, &st) == 0);
	inherit_fini(&in);
	return CHILD_OK;
}

Test(inherit, matches)
{
	child_run(matches);
}

static int
unix_sockets(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/superd-test-XXXXXX", text[128];
	struct inherit in;

	CHECK(mkdtemp(folder) != NULL);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", folder);
	CHECK(socket(AF_UNIX, SOCK_SEQPACKET, 0) == 3);
	CHECK(bind(3, (struct sockaddr *)&un, sizeof(un)) == 0 && listen(3, 1) == 0);
	(void)unlink(un.sun_path);
	(void)rmdir(folder);
	CHECK(inherit_init(&in, 1) == 0);
	(void)snprintf(text, sizeof(text), "unix:%s", un.sun_path);
	CHECK(match(&in, text, 0) == -1);
	(void)snprintf(text, sizeof(text), "unix-seqpacket:%s", un.sun_path);
	CHECK(match(&in, "unix-seqpacket:/tmp/other", 0) == -1);
	CHECK(match(&in, text, 0) >= FD_RESERVED);
	inherit_fini(&in);
	return CHILD_OK;
}

Test(inherit, unix_sockets)
{
	child_run(unix_sockets);
}

static int
many(void)
{
	uint16_t port[20];
	struct inherit in;
	int i;

	for (i = 0; i < 20; i++)
		CHECK(passed(AF_INET, SOCK_STREAM, 0, 1, &port[i]) == 3 + i);
	CHECK(inherit_init(&in, 20) == 0);
	for (i = 0; i < 20; i++)
		CHECK(match(&in, "127.0.0.1:0/tcp", port[i]) >= FD_RESERVED);
	inherit_fini(&in);
	return CHILD_OK;
}

Test(inherit, more_than_the_reserved_descriptors)
{
	child_run(many);
}

/* More are announced than there are: no copy is taken for one of them. */
static int
gaps(void)
{
	struct inherit in;
	uint16_t port;
	size_t i, n = 0;
	int fd;

	CHECK(passed(AF_INET, SOCK_STREAM, 0, 1, &port) == 3);
	CHECK(inherit_init(&in, 30) == 0);
	for (i = 0; i < in.n; i++)
		n += in.fd[i] >= 0;
	CHECK(n == 1);
	CHECK((fd = match(&in, "127.0.0.1:0/tcp", port)) >= FD_RESERVED);
	inherit_fini(&in);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	return CHILD_OK;
}

Test(inherit, fewer_than_announced)
{
	child_run(gaps);
}

Test(inherit, nothing)
{
	struct inherit in;

	cr_assert_eq(inherit_init(&in, 0), 0);
	cr_expect_eq(in.n, 0);
	cr_expect_eq(match(&in, "1/tcp4", 1), -1);
	inherit_fini(&in);
	inherit_fini(NULL);
}
