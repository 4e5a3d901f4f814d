/*
 * A network of the test's own, and the clock of its waiting.
 *
 * An ordinary user gets the network by a user namespace.  There root is nobody, who owns every
 * folder down from "/", and superd rightly trusts no path: so such a test also gets a root folder
 * that is its own, with everything of the old one in it.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static bool private;
static const char *folder; /* else TEST_FOLDER or /tmp */

static bool
write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static void
loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		request.ifr_flags |= IFF_UP;
		private = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	}
	if (fd >= 0)
		close(fd);
}

/* One folder of the old root, or a link to one (/bin), in the new. */
static void
take(const char *root, const char *name)
{
	char from[300], to[300], link[300];
	struct stat st;
	ssize_t n;

	snprintf(from, sizeof(from), "/%s", name);
	snprintf(to, sizeof(to), "%s/%s", root, name);
	if (lstat(from, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode) && mkdir(to, 0755) == 0)
		(void)mount(from, to, NULL, MS_BIND | MS_REC, NULL);
	n = S_ISLNK(st.st_mode) ? readlink(from, link, sizeof(link) - 1) : -1;
	if (n > 0) {
		link[n] = '\0';
		(void)!symlink(link, to);
	}
}

static void
own_root(void)
{
	const char *const root = "/mnt";
	struct dirent *entry;
	char here[4096];
	DIR *old;

	if (getcwd(here, sizeof(here)) == NULL ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", root, "tmpfs", 0, "mode=755") < 0)
		return;
	old = opendir("/");
	while (old != NULL && (entry = readdir(old)) != NULL) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "mnt") != 0)
			take(root, entry->d_name);
	}
	if (old != NULL)
		closedir(old);
	if (mkdir("/mnt/mnt", 0755) == 0 && chroot(root) == 0)
		folder = "/mnt";
	/* The same folder as before, by the new root. */
	if (chdir(here) < 0)
		(void)!chdir("/");
}

/* Before main, since a user namespace can be entered only while there is one thread. The runner
 * itself, which has no BXFI_MAP, needs none. */
__attribute__((constructor)) static void
enter(void)
{
	char uid[32], gid[32];
	bool ok;

	if (getenv("BXFI_MAP") == NULL)
		return;
	snprintf(uid, sizeof(uid), "%u %u 1", getuid(), getuid());
	snprintf(gid, sizeof(gid), "%u %u 1", getgid(), getgid());
	if (getuid() == 0)
		ok = unshare(CLONE_NEWNET) == 0;
	else
		ok = unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) == 0 &&
		     write_map("/proc/self/setgroups", "deny") &&
		     write_map("/proc/self/uid_map", uid) && write_map("/proc/self/gid_map", gid);
	if (ok)
		loopback_up();
	if (ok && getuid() != 0)
		own_root();
}

const char *
network_folder(void)
{
	if (folder == NULL)
		folder = getenv("TEST_FOLDER");
	return folder != NULL ? folder : "/tmp";
}

bool
network_private(void)
{
	return private;
}

static void
address6(const char *address)
{
	/* in6_ifreq of linux/ipv6.h, which does not go with netinet/in.h. */
	struct {
		struct in6_addr address;
		uint32_t length;
		int index;
	} request = {.length = 64, .index = (int)if_nametoindex("lo")};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert(private && fd >= 0);
	cr_assert(inet_pton(AF_INET6, address, &request.address) == 1);
	cr_assert(ioctl(fd, SIOCSIFADDR, &request) == 0);
	close(fd);
}

static void
address4(const char *address)
{
	struct ifreq request = {.ifr_name = "lo:1"};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert(private && fd >= 0);
	cr_assert(inet_pton(AF_INET, address, &in.sin_addr) == 1);
	memcpy(&request.ifr_addr, &in, sizeof(in));
	cr_assert(ioctl(fd, SIOCSIFADDR, &request) == 0);
	close(fd);
}

void
network_address(const char *address)
{
	if (strchr(address, ':') != NULL)
		address6(address);
	else
		address4(address);
}

bool
network_delay(int ms)
{
	char command[96];

	if (!private || getuid() != 0)
		return false;
	snprintf(command, sizeof(command),
	    "exec tc qdisc %s dev lo root netem delay %dms 2>/dev/null", ms > 0 ? "add" : "delete",
	    ms);
	return system(command) == 0;
}

long long
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void
retry_pause(void)
{
	(void)poll(NULL, 0, 3);
}

void
observe(int ms)
{
	long long until = now_ms() + ms;

	while (now_ms() < until)
		retry_pause();
}
