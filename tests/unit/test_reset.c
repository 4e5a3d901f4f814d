#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "fixture.h"
#include "net/reset.h"
#include "net/transport.h"
#include "process.h"

/* A filter that drops all. */
static int
filter(int fd)
{
	struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
	const struct sock_fprog program = {.len = 1, .filter = &nothing};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int
spoil(int fd)
{
	const struct linger linger = {.l_onoff = 1};
	const struct timeval second = {.tv_sec = 1};
	int on = 1;

	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0);
	CHECK(filter(fd) == 0);
	return CHILD_OK;
}

static int
is_clean(int fd, const struct transport *t)
{
	struct linger linger;
	struct timeval receive, send;
	socklen_t length = sizeof(linger);

	CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length) == 0 && linger.l_onoff == 0);
	length = sizeof(receive);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, &length) == 0);
	CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, &length) == 0);
	CHECK(receive.tv_sec == 0 && send.tv_sec == 0);
	CHECK(!t->exclusive || option_of(fd, SOL_SOCKET, SO_REUSEADDR) == 0);
	CHECK(!t->exclusive || option_of(fd, SOL_SOCKET, SO_REUSEPORT) == 0);
	/* It is gone already. */
	CHECK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &length, sizeof(length)) < 0);
	CHECK(errno == ENOENT);
	return CHILD_OK;
}

static int
resets(void)
{
	static const char *const texts[] = {"127.0.0.1:0/udp", "127.0.0.1:0/tcp"};
	struct fixture f;
	int locked = 1, offset = 1 << 20, fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		CHECK(fixture_open(&f, texts[i], true) == 0);
		fd = f.l.source.fd;
		/* The room of compiled filters is bounded for those without CAP_BPF. */
		if (filter(fd) < 0 && errno == EPERM && geteuid() != 0)
			SKIP("the kernel takes no filter of this user now");
		CHECK(spoil(fd) == CHILD_OK && reset_socket(fd, f.e.transport) == 0);
		CHECK(is_clean(fd, f.e.transport) == CHILD_OK);
		if (f.e.transport->exclusive) {
			CHECK(
			    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset)) == 0);
			CHECK(reset_socket(fd, f.e.transport) == 0);
			CHECK(option_of(fd, SOL_SOCKET, SO_PEEK_OFF) == -1);
		}
		CHECK(filter(fd) == 0);
		CHECK(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof(locked)) == 0);
		CHECK(reset_socket(fd, f.e.transport) == -EPERM);
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(reset, what_any_user_can_set)
{
	child_run(resets);
}
