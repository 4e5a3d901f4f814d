#include <criterion/criterion.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process.h"
#include "supervisor/banner.h"

Test(banner, text_of_a_file)
{
	char path[] = "/tmp/superd-banner-XXXXXX", text[64];
	struct banner b;
	int fd = mkstemp(path), pair[2];

	cr_assert_eq(write(fd, "go away\r\n", 9), 9);
	cr_assert_eq(banner_load(&b, path), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	banner_send(&b, pair[0]);
	cr_expect_eq(read(pair[1], text, sizeof(text)), 9);
	cr_expect_eq(memcmp(text, "go away\r\n", 9), 0);
	/* A peer that is gone costs neither a signal nor time. */
	close(pair[1]);
	banner_send(&b, pair[0]);
	banner_fini(&b);
	banner_send(&b, pair[0]);
	cr_expect_eq(unlink(path), 0);
}

/* A pair of sockets that send no more than a packet of 1,500 bytes at once. */
static int
short_records(int pair[2])
{
	struct ifreq request = {.ifr_name = "lo", .ifr_mtu = 1500};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(in);
	int whole = IP_PMTUDISC_DO, i;

	for (i = 0; i < 2; i++)
		pair[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(ioctl(pair[0], SIOCSIFMTU, &request) == 0);
	CHECK(bind(pair[1], (struct sockaddr *)&in, sizeof(in)) == 0);
	CHECK(getsockname(pair[1], (struct sockaddr *)&in, &length) == 0);
	CHECK(connect(pair[0], (struct sockaddr *)&in, sizeof(in)) == 0);
	CHECK(setsockopt(pair[0], IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole)) == 0);
	return CHILD_OK;
}

static int
several(void)
{
	char text[BANNER_MAX], got[BANNER_MAX];
	struct banner b = {text, sizeof(text)};
	size_t n = 0, i;
	ssize_t r;
	int pair[2];

	if (!isolate())
		SKIP("no network namespace of our own");
	CHECK(short_records(pair) == CHILD_OK);
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 251);
	banner_send(&b, pair[0]);
	while (n < sizeof(got) && (r = recv(pair[1], got + n, sizeof(got) - n, MSG_DONTWAIT)) > 0)
		n += (size_t)r;
	CHECK(n == sizeof(got) && memcmp(text, got, n) == 0);
	return CHILD_OK;
}

Test(banner, in_records_of_the_size_there_is_room_for)
{
	child_run(several);
}

Test(banner, nothing_to_say)
{
	struct banner b;

	cr_expect_eq(banner_load(&b, NULL), 0);
	cr_expect_null(b.text);
	cr_expect_eq(banner_load(&b, "/nonexistent"), -ENOENT);
	cr_expect_eq(banner_load(&b, "/"), -EINVAL);
	cr_expect_null(b.text);
	banner_fini(&b);
}
