#include <grp.h>

#include "net/peercred.h"
#include "process.h"

/* A peer of uid 1001, gid 2001, in groups 3000, 3001, ... as root can make one. */
static int
peer(size_t ngroups, int fds[2])
{
	static gid_t groups[PEERCRED_GROUPS + 1];
	size_t i;

	for (i = 0; i < ngroups; i++)
		groups[i] = (gid_t)(3000 + i);
	CHECK(setgroups(ngroups, groups) == 0 && setegid(2001) == 0 && seteuid(1001) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	CHECK(seteuid(0) == 0 && setegid(0) == 0 && setgroups(0, NULL) == 0);
	return CHILD_OK;
}

static int
others(void)
{
	static struct peercred c;
	int fds[2];

	if (geteuid() != 0)
		SKIP("not root: no peer of another user");
	CHECK(peer(3, fds) == CHILD_OK && peercred_read(fds[0], &c) == 0);
	CHECK(c.uid == 1001 && c.gid == 2001 && c.pid == getpid());
	CHECK(c.ngroups == 3 && c.groups[0] == 3000 && c.groups[2] == 3002 && !c.cut);
	CHECK(peercred_in_group(&c, 2001) && peercred_in_group(&c, 3002));
	CHECK(!peercred_in_group(&c, 3003) && !peercred_in_group(&c, 0));
	CHECK(peer(PEERCRED_GROUPS, fds) == CHILD_OK && peercred_read(fds[0], &c) == 0);
	CHECK(c.ngroups == PEERCRED_GROUPS && !c.cut);
	CHECK(peercred_in_group(&c, 3000 + PEERCRED_GROUPS - 1));
	CHECK(peer(PEERCRED_GROUPS + 1, fds) == CHILD_OK && peercred_read(fds[0], &c) == 0);
	CHECK(c.ngroups == 0 && c.cut && c.uid == 1001);
	CHECK(peercred_in_group(&c, 2001) && !peercred_in_group(&c, 3000));
	return CHILD_OK;
}

Test(peercred, another_user)
{
	child_run(others);
}

Test(peercred, ourselves)
{
	static struct peercred c;
	gid_t groups[PEERCRED_GROUPS];
	int fds[2], n = getgroups(PEERCRED_GROUPS, groups), i;

	cr_assert_geq(n, 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	cr_assert_eq(peercred_read(fds[1], &c), 0);
	cr_expect(c.uid == geteuid() && c.gid == getegid() && c.pid == getpid());
	cr_expect_eq(c.ngroups, (size_t)n);
	for (i = 0; i < n; i++)
		cr_expect(peercred_in_group(&c, groups[i]));
	close(fds[0]);
	close(fds[1]);
}

Test(peercred, without_a_peer)
{
	static const int families[] = {AF_UNIX, AF_INET};
	static struct peercred c = {.uid = 77};
	size_t i;
	int fd;

	for (i = 0; i < 2; i++) {
		fd = socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0);
		cr_assert_geq(fd, 0);
		cr_expect_eq(peercred_read(fd, &c), -ENODATA);
		close(fd);
	}
	cr_expect_eq(peercred_read(fd, &c), -EBADF);
	cr_expect_eq(c.uid, 77);
}
