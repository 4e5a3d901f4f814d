#include "process.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* The exit status of body in a child, 128 for a signal. */
static int
child_status(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		(void)close_range(3, ~0U, 0);
		_exit(body());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void
child_run(int (*body)(void))
{
	int status = child_status(body);

	if (status == CHILD_SKIPPED)
		cr_skip_test("not possible for this user on this system");
	cr_assert_eq(status, CHILD_OK, "the child ended with %d", status);
}

bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool written;

	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	return close(fd) == 0 && written;
}

static bool
loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
	request.ifr_flags |= IFF_UP;
	up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	(void)close(fd);
	return up;
}

bool
isolate(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (uid == 0) {
		if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
			return false;
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
			return false;
		(void)write_file("/proc/self/setgroups", "deny");
		(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
		if (!write_file("/proc/self/uid_map", map))
			return false;
		(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
		if (!write_file("/proc/self/gid_map", map))
			return false;
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && loopback_up();
}

/* Another text in place of a file of /etc, after isolate. */
bool
replace_file(const char *path, const char *text)
{
	char name[] = "/tmp/superd-test-XXXXXX";
	int fd = mkstemp(name);
	bool replaced;

	if (fd < 0)
		return false;
	(void)fchmod(fd, 0644);
	(void)close(fd);
	replaced = write_file(name, text) && mount(name, path, NULL, MS_BIND, NULL) == 0;
	(void)unlink(name);
	return replaced;
}
