#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "net/transport.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

union name {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static socklen_t
inet_name(union name *a, const char *host, unsigned port)
{
	char numbers[INET6_ADDRSTRLEN];

	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, host, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)port);
		return sizeof(a->in);
	}
	snprintf(numbers, sizeof(numbers), "%.*s", (int)strcspn(host, "%"), host);
	cr_assert(inet_pton(AF_INET6, numbers, &a->in6.sin6_addr) == 1, "%s", host);
	if (strchr(host, '%') != NULL)
		a->in6.sin6_scope_id = if_nametoindex(strchr(host, '%') + 1);
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons((uint16_t)port);
	return sizeof(a->in6);
}

static socklen_t
unix_name(union name *a, const char *path, size_t n)
{
	cr_assert(n < sizeof(a->un.sun_path));
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, n);
	if (path[0] == '@')
		a->un.sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
			   (path[0] != '@' && path[0] != '\0'));
}

static int
finish(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(int);
	int error = ETIMEDOUT;

	if (poll(&p, 1, ms) == 1)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error != 0) {
		close(fd);
		return -error;
	}
	(void)fcntl(fd, F_SETFL, 0);
	return fd;
}

/* Not blocking; its connection may still be in the making. */
static int
begin(const char *transport, const char *host, unsigned port)
{
	const struct transport *t = transport_find(transport, strlen(transport));
	union name a;
	socklen_t length = inet_name(&a, host, port);
	int fd, error;

	cr_assert(t != NULL);
	fd = socket(a.sa.sa_family, t->type | SOCK_CLOEXEC | SOCK_NONBLOCK, t->protocol);
	cr_assert(fd >= 0, "socket: %s", strerror(errno));
	if (connect(fd, &a.sa, length) < 0 && errno != EINPROGRESS) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

int
transport_try(const char *transport, const char *host, unsigned port, int ms)
{
	int fd = begin(transport, host, port);

	return fd < 0 ? fd : finish(fd, ms);
}

void
transport_leave(const char *transport, const char *host, unsigned port)
{
	int fd = begin(transport, host, port);

	cr_assert(fd >= 0, "connect by %s to %s:%u: %s", transport, host, port, strerror(-fd));
	reset(fd);
}

int
transport_connect(const char *transport, const char *host, unsigned port)
{
	int fd = transport_try(transport, host, port, LONG);

	cr_assert(fd >= 0, "connect by %s to %s:%u: %s", transport, host, port, strerror(-fd));
	return fd;
}

int
tcp_try(const char *host, unsigned port, int ms)
{
	return transport_try("tcp", host, port, ms);
}

int
tcp_connect(const char *host, unsigned port)
{
	return transport_connect("tcp", host, port);
}

int
udp_connect(const char *host, unsigned port)
{
	return transport_connect("udp", host, port);
}

/* A socket bound to that address. */
static int
socket_from(int type, const char *source)
{
	const int on = 1;
	union name a;
	socklen_t length = inet_name(&a, source, 0);
	int fd = socket(a.sa.sa_family, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	/* Addresses of a routed prefix are not the loopback's own. */
	if (a.sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
	cr_assert(bind(fd, &a.sa, length) == 0, "%s: %s", source, strerror(errno));
	return fd;
}

static int
connect_from(int type, const char *source, const char *host, unsigned port)
{
	union name a;
	socklen_t length = inet_name(&a, host, port);
	int fd = socket_from(type, source);

	cr_assert(connect(fd, &a.sa, length) == 0, "from %s: %s", source, strerror(errno));
	return fd;
}

int
tcp_from_try(const char *source, const char *host, unsigned port, int ms)
{
	union name a;
	socklen_t length = inet_name(&a, host, port);
	int fd = socket_from(SOCK_STREAM | SOCK_NONBLOCK, source), error;

	if (connect(fd, &a.sa, length) < 0 && errno != EINPROGRESS) {
		error = errno;
		close(fd);
		return -error;
	}
	return finish(fd, ms);
}

int
tcp_from(const char *source, const char *host, unsigned port)
{
	return connect_from(SOCK_STREAM, source, host, port);
}

int
udp_from(const char *source, const char *host, unsigned port)
{
	return connect_from(SOCK_DGRAM, source, host, port);
}

int
bind_try(const char *host, unsigned port, int type)
{
	const int on = 1;
	union name a;
	socklen_t length = inet_name(&a, host, port);
	int fd, error;

	fd = socket(a.sa.sa_family, type | SOCK_CLOEXEC, 0);
	cr_assert(fd >= 0);
	if (a.sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &a.sa, length) < 0 || (type == SOCK_STREAM && listen(fd, 16) < 0)) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

unsigned
port_of(int fd)
{
	union name a;
	socklen_t length = sizeof(a);

	cr_assert(getsockname(fd, &a.sa, &length) == 0);
	return ntohs(a.sa.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
}

int
unix_try(const char *path, int type)
{
	union name a;
	socklen_t length = unix_name(&a, path, strlen(path));
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), error;

	cr_assert(fd >= 0);
	if (connect(fd, &a.sa, length) < 0) {
		error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

int
unix_connect(const char *path, int type)
{
	int fd = unix_try(path, type);

	cr_assert(fd >= 0, "connect to %s: %s", path, strerror(-fd));
	return fd;
}

int
unix_connect_from(const char *path, int type, const char *name, size_t n)
{
	union name a;
	socklen_t length = unix_name(&a, name, n);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0 && bind(fd, &a.sa, length) == 0, "bind: %s", strerror(errno));
	length = unix_name(&a, path, strlen(path));
	cr_assert(connect(fd, &a.sa, length) == 0, "connect to %s: %s", path, strerror(errno));
	return fd;
}

void
send_text(int fd, const char *text)
{
	ssize_t r = send(fd, text, strlen(text), MSG_NOSIGNAL);

	cr_assert(r == (ssize_t)strlen(text), "send: %s", strerror(errno));
}

bool
readable(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms > 0 ? ms : 0) == 1;
}

ssize_t
read_eof(int fd, char *text, size_t size, int ms)
{
	long long until = now_ms() + ms;
	size_t n = 0;
	ssize_t r;

	text[0] = '\0';
	for (;;) {
		if (n + 1 >= size)
			return -ENOBUFS;
		if (!readable(fd, (int)(until - now_ms())))
			return -ETIMEDOUT;
		r = recv(fd, text + n, size - n - 1, MSG_DONTWAIT);
		if (r == 0)
			return (ssize_t)n;
		if (r < 0 && errno != EAGAIN)
			return -errno;
		n += r > 0 ? (size_t)r : 0;
		text[n] = '\0';
	}
}

bool
read_until(int fd, char *text, size_t size, const char *until, int ms)
{
	long long end = now_ms() + ms;
	size_t n = 0;
	ssize_t r;

	text[0] = '\0';
	while (strstr(text, until) == NULL) {
		if (n + 1 >= size || !readable(fd, (int)(end - now_ms())))
			return false;
		r = recv(fd, text + n, size - n - 1, MSG_DONTWAIT);
		if (r == 0 || (r < 0 && errno != EAGAIN))
			return false;
		n += r > 0 ? (size_t)r : 0;
		text[n] = '\0';
	}
	return true;
}

ssize_t
read_record(int fd, char *text, size_t size, int ms)
{
	ssize_t r;

	text[0] = '\0';
	if (!readable(fd, ms))
		return -ETIMEDOUT;
	r = recv(fd, text, size - 1, MSG_DONTWAIT);
	if (r < 0)
		return -errno;
	text[r] = '\0';
	return r;
}

ssize_t
ask_tcp(const char *host, unsigned port, char *text, size_t size)
{
	int fd = tcp_connect(host, port);
	ssize_t r = read_eof(fd, text, size, LONG);

	close(fd);
	cr_assert(r >= 0, "%s:%u: %s after \"%s\"", host, port, strerror((int)-r), text);
	return r;
}

ssize_t
ask_udp(const char *host, unsigned port, const char *question, char *text, size_t size, int ms)
{
	int fd = udp_connect(host, port);
	ssize_t r;

	send_text(fd, question);
	r = read_record(fd, text, size, ms);
	close(fd);
	return r;
}

void
reset(int fd)
{
	const struct linger now = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

const char *
fact(const char *facts, const char *key)
{
	static char value[8][2048];
	static unsigned next;
	size_t n = strlen(key);
	const char *at;
	char *v = value[next++ % 8];

	for (at = facts; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, n) == 0 && at[n] == '=') {
			snprintf(v, sizeof(value[0]), "%.*s", (int)strcspn(at + n + 1, "\n"),
			    at + n + 1);
			return v;
		}
	}
	return NULL;
}
