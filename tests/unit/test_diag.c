#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/diag.h"

Test(diag, cookies)
{
	int fd[2] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_UNIX, SOCK_STREAM, 0)};
	uint64_t a, b, again;
	uint32_t put[2];

	cr_assert(diag_cookie(fd[0], &a) == 0 && diag_cookie(fd[1], &b) == 0);
	cr_assert_eq(diag_cookie(fd[0], &again), 0);
	cr_expect(a == again && a != b);
	cr_expect_eq(diag_cookie(-1, &b), -EBADF);
	diag_put_cookie(0x0123456789abcdef, put);
	cr_expect(put[0] == 0x89abcdef && put[1] == 0x01234567);
	close(fd[0]);
	close(fd[1]);
}

/* The sockets in no state at all: the end of that list is there at once, and nothing else. */
Test(diag, asks)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} q = {.header = {.nlmsg_flags = NLM_F_DUMP, .nlmsg_seq = 7},
	    .body = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP}};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	int fd = diag_open();

	cr_assert_geq(fd, FD_RESERVED);
	cr_expect((fcntl(fd, F_GETFL) & O_NONBLOCK) && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	cr_expect_eq(diag_receive(fd, &answer, sizeof(answer)), 0);
	cr_assert_eq(diag_send(fd, &q.header, sizeof(q)), 0);
	cr_assert_geq(diag_receive(fd, &answer, sizeof(answer)), (ssize_t)sizeof(answer.header));
	cr_expect(answer.header.nlmsg_type == NLMSG_DONE && answer.header.nlmsg_seq == 7);
	cr_expect_eq(diag_receive(fd, &answer, sizeof(answer)), 0);
	/* What does not fit is passed over. */
	cr_assert_eq(diag_send(fd, &q.header, sizeof(q)), 0);
	cr_expect_eq(diag_receive(fd, &answer, 4), 0);
	close(fd);
	cr_expect_eq(diag_send(-1, &q.header, sizeof(q)), -EBADF);
	cr_expect_eq(diag_receive(-1, &answer, sizeof(answer)), -EBADF);
}

/* A protocol of which nobody tells: that list ends as well, and its end says so. */
Test(diag, the_end_of_a_list_has_its_error)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} q = {.header = {.nlmsg_flags = NLM_F_DUMP},
	    .body = {.sdiag_family = AF_INET, .sdiag_protocol = 250}};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	int fd = diag_open(), error;

	cr_assert_eq(diag_send(fd, &q.header, sizeof(q)), 0);
	cr_assert_geq(diag_receive(fd, &answer, sizeof(answer)), (ssize_t)sizeof(answer.header));
	cr_expect_eq(diag_end(&answer.header), -ENOENT);
	q.body.sdiag_protocol = IPPROTO_TCP;
	cr_assert_eq(diag_send(fd, &q.header, sizeof(q)), 0);
	cr_assert_geq(diag_receive(fd, &answer, sizeof(answer)), (ssize_t)sizeof(answer.header));
	cr_expect_eq(diag_end(&answer.header), 0);
	close(fd);
	answer.header = (struct nlmsghdr){.nlmsg_type = NLMSG_ERROR, .nlmsg_len = NLMSG_LENGTH(0)};
	cr_expect_eq(diag_end(&answer.header), -EPROTO);
	answer.header.nlmsg_type = NLMSG_DONE;
	cr_expect_eq(diag_end(&answer.header), 0);
	answer.header.nlmsg_len = NLMSG_LENGTH(sizeof(error));
	error = -EAGAIN;
	memcpy(NLMSG_DATA(&answer.header), &error, sizeof(error));
	cr_expect_eq(diag_end(&answer.header), 0);
	answer.header.nlmsg_type = 20;
	cr_expect_eq(diag_end(&answer.header), -EAGAIN);
}

Test(diag, attributes)
{
	struct {
		struct rtattr first;
		char text[8]; /* 5 are used */
		struct rtattr second;
		uint32_t number;
	} v = {{.rta_type = 2, .rta_len = sizeof(struct rtattr) + 5}, "abcd",
	    {.rta_type = 3, .rta_len = sizeof(struct rtattr) + 4}, 42};
	char text[8], shorter[2], byte;
	uint32_t number = 0;
	size_t n;

	cr_expect_eq(diag_attribute(&v, sizeof(v), 3, &number, sizeof(number)), 0);
	cr_expect_eq(number, 42);
	memset(text, 'x', sizeof(text));
	cr_expect_eq(diag_attribute(&v, sizeof(v), 2, text, sizeof(text)), 0);
	cr_expect_arr_eq(text, "abcd\0\0\0\0", 8);
	cr_expect_eq(diag_attribute(&v, sizeof(v), 2, shorter, sizeof(shorter)), 0);
	cr_expect_arr_eq(shorter, "ab", 2);
	cr_expect_eq(diag_attribute(&v, sizeof(v), 4, &number, sizeof(number)), -ENOENT);
	for (n = 0; n < sizeof(v); n++)
		cr_expect_eq(diag_attribute(&v, n, 3, &number, sizeof(number)), -ENOENT, "%zu", n);
	/* Lengths that lead nowhere. */
	v.first.rta_len = 0;
	cr_expect_eq(diag_attribute(&v, sizeof(v), 3, &number, sizeof(number)), -ENOENT);
	v.first.rta_len = UINT16_MAX;
	cr_expect_eq(diag_attribute(&v, sizeof(v), 2, &byte, 1), -ENOENT);
	cr_expect_eq(number, 42);
}
