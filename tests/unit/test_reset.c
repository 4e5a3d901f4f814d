#include <sys/socket.h>
#include <sys/time.h>

#include "fixture.h"
#include "net/reset.h"
#include "net/transport.h"
#include "process.h"

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
	return CHILD_OK;
}

static int
resets(void)
{
	static const char *const texts[] = {"127.0.0.1:0/udp", "127.0.0.1:0/tcp"};
	struct fixture f;
	int offset = 1 << 20, fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		CHECK(fixture_open(&f, texts[i], true) == 0);
		fd = f.l.source.fd;
		CHECK(spoil(fd) == CHILD_OK);
		reset_socket(fd, f.e.transport);
		CHECK(is_clean(fd, f.e.transport) == CHILD_OK);
		if (f.e.transport->exclusive) {
			CHECK(
			    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof(offset)) == 0);
			reset_socket(fd, f.e.transport);
			CHECK(option_of(fd, SOL_SOCKET, SO_PEEK_OFF) == -1);
		}
		listener_close(&f.l);
	}
	return CHILD_OK;
}

Test(reset, what_any_user_can_set)
{
	child_run(resets);
}
