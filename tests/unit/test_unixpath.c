#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net/address.h"
#include "net/listener.h"
#include "net/unixpath.h"
#include "process.h"

enum { NOBODY = 65534 };

static char folder[64];

static void
make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/superd-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

/* The few names that the tests make. */
static void
remove_folder(void)
{
	static const char *const names[] = {"s", "t", "link", "sub/s", "sub"};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	cr_expect_eq(rmdir(folder), 0);
}

TestSuite(unixpath, .init = make_folder, .fini = remove_folder);

static struct address
at(const char *name)
{
	struct address a = {.un = {.sun_family = AF_UNIX}, .length = sizeof(a.un)};

	(void)snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s/%s", folder, name);
	return a;
}

static int
stream(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

struct bound {
	int fd, r;
	uint64_t device, inode;
	const char *step;
};

static struct bound
bind_to(const char *name, const struct socket_options *o)
{
	struct bound b = {.fd = stream(), .step = ""};
	struct address a = at(name);

	b.r = unixpath_bind(b.fd, &a, o, &b.device, &b.inode, &b.step);
	return b;
}

static const struct socket_options plain = {.mode = 0666};

static mode_t
mode_of(const char *name)
{
	struct address a = at(name);
	struct stat st;

	return lstat(a.un.sun_path, &st) < 0 ? 0 : st.st_mode;
}

Test(unixpath, mode)
{
	static const mode_t modes[] = {0666, 0600, 0, 0777, 0620};
	struct address a = at("s");
	struct bound b;
	size_t i;

	(void)umask(077);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct socket_options o = {.mode = modes[i]};

		b = bind_to("s", &o);
		cr_assert_eq(b.r, 0, "%s", b.step);
		cr_expect_eq(mode_of("s"), S_IFSOCK | modes[i], "%o", mode_of("s"));
		unixpath_unlink(&a, b.device, b.inode);
		cr_expect_eq(mode_of("s"), 0);
		(void)close(b.fd);
	}
	cr_expect_eq(umask(022), 077, "the umask is as before");
}

Test(unixpath, name)
{
	struct bound b = bind_to("s", &plain);
	struct address a = at("s"), own = {.length = sizeof(own.un)};

	cr_assert_eq(b.r, 0);
	cr_assert_eq(getsockname(b.fd, &own.sa, &own.length), 0);
	cr_expect(address_equal(&a, &own), "clients and ss(8) see the configured path");
	(void)close(b.fd);
}

Test(unixpath, replaces_the_dead)
{
	struct bound b = bind_to("s", &plain);

	cr_assert_eq(b.r, 0);
	(void)close(b.fd);
	cr_expect(S_ISSOCK(mode_of("s")));
	b = bind_to("s", &plain);
	cr_assert_eq(b.r, 0, "%s %d", b.step, b.r);
	(void)close(b.fd);
}

Test(unixpath, spares_the_living)
{
	struct bound b = bind_to("s", &plain), c;

	cr_assert_eq(b.r, 0);
	cr_assert_eq(listen(b.fd, 0), 0);
	c = bind_to("s", &plain);
	cr_expect_eq(c.r, -EADDRINUSE);
	cr_expect_str_eq(c.step, "bind");
	(void)close(c.fd);
	/* With a full queue connecting is not refused either. */
	c = bind_to("s", &plain);
	cr_expect_eq(c.r, -EADDRINUSE);
	(void)close(c.fd);
	(void)close(b.fd);
}

/* One of another type is alive too. */
Test(unixpath, spares_other_types)
{
	struct address a = at("s");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct bound b;

	cr_assert_eq(bind(fd, &a.sa, a.length), 0);
	b = bind_to("s", &plain);
	cr_expect_eq(b.r, -EADDRINUSE);
	cr_expect(S_ISSOCK(mode_of("s")));
	(void)close(b.fd);
	(void)close(fd);
}

Test(unixpath, spares_files)
{
	struct address a = at("s"), target = at("t");
	struct bound b;

	cr_assert(write_file(a.un.sun_path, "precious"));
	b = bind_to("s", &plain);
	cr_expect_eq(b.r, -EEXIST);
	cr_expect(S_ISREG(mode_of("s")));
	(void)close(b.fd);
	cr_assert_eq(unlink(a.un.sun_path), 0);
	cr_assert_eq(symlink(target.un.sun_path, a.un.sun_path), 0);
	b = bind_to("s", &plain);
	cr_expect_eq(b.r, -EEXIST);
	cr_expect(S_ISLNK(mode_of("s")));
	cr_expect_eq(mode_of("t"), 0);
	(void)close(b.fd);
}

Test(unixpath, unlinks_its_own_only)
{
	struct bound b = bind_to("s", &plain);
	struct address a = at("s");
	int fd = stream();

	cr_assert_eq(b.r, 0);
	unixpath_unlink(&a, b.device, b.inode + 1);
	cr_expect(S_ISSOCK(mode_of("s")));
	cr_assert_eq(unlink(a.un.sun_path), 0);
	cr_assert_eq(bind(fd, &a.sa, a.length), 0);
	unixpath_unlink(&a, b.device, b.inode);
	cr_expect(S_ISSOCK(mode_of("s")), "somebody else's");
	(void)close(fd);
	(void)close(b.fd);
}

Test(unixpath, folders)
{
	static const struct {
		mode_t outer, inner;
		int r;
	} rows[] = {
	    {0700, 0755, 0},
	    {0755, 0700, 0},
	    {0700, 0775, -EPERM},
	    {0700, 0757, -EPERM},
	    {0775, 0755, -EPERM},
	    {0707, 0755, -EPERM},
	};
	struct address inner = at("sub");
	const char *words = "make sure that others can not write the folder of";
	struct bound b;
	size_t i;

	cr_assert_eq(mkdir(inner.un.sun_path, 0700), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(chmod(folder, rows[i].outer), 0);
		cr_assert_eq(chmod(inner.un.sun_path, rows[i].inner), 0);
		b = bind_to("sub/s", &plain);
		cr_expect_eq(b.r, rows[i].r, "row %zu: %d %s", i, b.r, b.step);
		if (b.r < 0)
			cr_expect_str_eq(b.step, words);
		(void)close(b.fd);
	}
	(void)chmod(folder, 0700);
}

Test(unixpath, sticky_folders)
{
	/* Only root's pass, whoever runs superd. */
	static const struct {
		uid_t owner;
		mode_t mode;
		const char *name;
		int r;
	} rows[] = {
	    {0, 01777, "s", 0},
	    {0, 01777, "sub/s", 0},
	    {0, 01775, "s", 0},
	    {NOBODY, 01777, "s", -EPERM},
	    {NOBODY, 01777, "sub/s", -EPERM},
	    {NOBODY, 01775, "s", -EPERM},
	};
	struct address a = {.un = {.sun_family = AF_UNIX}, .length = sizeof(a.un)};
	struct address inner = at("sub");
	uint64_t device, inode;
	const char *step = "";
	struct bound b;
	int fd = stream();
	size_t i;

	/* /tmp itself. */
	(void)snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s-s", folder);
	cr_expect_eq(unixpath_bind(fd, &a, &plain, &device, &inode, &step), 0, "%s", step);
	unixpath_unlink(&a, device, inode);
	(void)close(fd);
	/* The socket's own folder and one above it. */
	cr_assert_eq(mkdir(inner.un.sun_path, 0755), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (geteuid() != 0 && rows[i].owner != 0)
			continue;
		cr_assert(geteuid() != 0 || chown(folder, rows[i].owner, (gid_t)-1) == 0);
		cr_assert_eq(chmod(folder, rows[i].mode), 0);
		b = bind_to(rows[i].name, &plain);
		cr_expect_eq(b.r, geteuid() == 0 ? rows[i].r : -EPERM, "row %zu: %d", i, b.r);
		(void)close(b.fd);
	}
	(void)chmod(folder, 0700);
	cr_assert(geteuid() != 0 || chown(folder, 0, (gid_t)-1) == 0);
}

Test(unixpath, no_folder)
{
	struct bound b = bind_to("nosuch/s", &plain);
	struct address a = at("t");

	cr_expect_eq(b.r, -ENOENT);
	cr_expect_str_eq(b.step, "open the folder of");
	(void)close(b.fd);
	cr_assert(write_file(a.un.sun_path, ""));
	b = bind_to("t/s", &plain);
	cr_expect_eq(b.r, -ENOTDIR);
	(void)close(b.fd);
}

Test(unixpath, long_path)
{
	struct address a = at("");
	size_t n = strlen(a.un.sun_path);
	uint64_t device, inode;
	const char *step = "";
	int fd = stream();

	memset(a.un.sun_path + n, 'x', sizeof(a.un.sun_path) - n - 1);
	a.un.sun_path[sizeof(a.un.sun_path) - 1] = '\0';
	cr_expect_eq(unixpath_bind(fd, &a, &plain, &device, &inode, &step), 0, "%s", step);
	unixpath_unlink(&a, device, inode);
	(void)close(fd);
}

/* By the numbers: no name is looked up. */
Test(unixpath, owner)
{
	char name[] = "no such user", group[] = "no such group";
	struct socket_options o = {
	    .mode = 0660, .owner = name, .uid = NOBODY, .group = group, .gid = 12345};
	struct address a = at("s");
	struct bound b = bind_to("s", &o);
	struct stat st;

	if (geteuid() != 0) {
		cr_expect_eq(b.r, -EPERM);
		cr_expect_str_eq(b.step, "chown");
		cr_expect_eq(mode_of("s"), 0, "nothing is left");
		(void)close(b.fd);
		return;
	}
	cr_assert_eq(b.r, 0, "%s", b.step);
	cr_assert_eq(lstat(a.un.sun_path, &st), 0);
	cr_expect_eq(st.st_uid, NOBODY);
	cr_expect_eq(st.st_gid, 12345);
	cr_expect_eq(st.st_mode, S_IFSOCK | 0660);
	unixpath_unlink(&a, b.device, b.inode);
	cr_expect_eq(mode_of("s"), 0);
	(void)close(b.fd);
}

/* A folder of another user's: he can put anything in the place of the socket. */
Test(unixpath, foreign_folder)
{
	struct address inner = at("sub");
	struct bound b;

	if (geteuid() != 0) {
		remove_folder(); /* a test that is skipped has no end */
		cr_skip_test("needs another user");
	}
	cr_assert_eq(mkdir(inner.un.sun_path, 0755), 0);
	cr_assert_eq(chown(inner.un.sun_path, NOBODY, NOBODY), 0);
	b = bind_to("sub/s", &plain);
	cr_expect_eq(b.r, -EPERM);
	(void)close(b.fd);
}
