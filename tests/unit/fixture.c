#include "fixture.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/transport.h"

const struct socket_options fixture_options = {
    .mark = -1,
    .send_buffer = -1,
    .receive_buffer = -1,
    .tos = -1,
    .priority = -1,
    .defer_accept = -1,
    .fastopen = -1,
    .streams = -1,
    .heartbeat = -1,
    .service_code = -1,
    .send_coverage = -1,
    .receive_coverage = -1,
    .mode = 0666,
};

bool
fixture_prepare(struct fixture *f, const char *text, bool shared)
{
	char error[256];

	memset(f, 0, sizeof(*f));
	if (endpoint_parse(&f->list, text, 0, error, sizeof(error)) < 0 || f->list.n != 1)
		return false;
	f->e = f->list.v[0];
	f->e.shared = shared;
	f->l.source.fd = -1;
	f->l.endpoint = &f->e;
	f->l.options = &fixture_options;
	f->l.port = f->e.first;
	return true;
}

int
fixture_open(struct fixture *f, const char *text, bool wait)
{
	return fixture_prepare(f, text, false)
		   ? listener_open(&f->l, BACKLOG, wait, NULL, 0, &f->step)
		   : -EDOM;
}

int
option_of(int fd, int level, int name)
{
	socklen_t length = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &length) < 0 ? -errno : value;
}

int
fixture_client(const struct listener *l)
{
	const struct transport *t = l->endpoint->transport;
	struct address a;
	int fd;

	if (listener_local(l, &a) < 0)
		return -1;
	if (a.sa.sa_family == AF_INET && address_is_wildcard(&a))
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(a.sa.sa_family, t->type | SOCK_CLOEXEC, t->protocol);
	fd = fd_raise(fd);
	if (fd >= 0 && connect(fd, &a.sa, a.length) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool
fixture_wait(const struct listener *l)
{
	struct pollfd p = {.fd = l->source.fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1;
}
