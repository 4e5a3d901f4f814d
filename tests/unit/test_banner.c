#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
