/*
 * startup ADDRESS PORT [COMMAND...]: starts a server, waits until it has served a connection, lets
 * it come to rest and ends it. Prints the microseconds until the first byte, its resident memory in
 * kB, and the proportional share of it and its children together (-1: not readable). Without a
 * command it only waits for a server to serve. Status 1: it does not.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 20000000, GRACE = 3000000, REST = 300000, STEP = 200 }; /* microseconds */

static int64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* One connection; true and the time of its first byte if there was one. */
static bool
served(const struct sockaddr_in *address, int64_t *when)
{
	const struct timeval second = {.tv_sec = 1};
	char byte[512];
	bool first = false;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) < 0)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0) {
		first = read(fd, byte, sizeof(byte)) > 0;
		*when = now();
		while (first && read(fd, byte, sizeof(byte)) > 0)
			;
	}
	(void)close(fd);
	return first;
}

/* A figure of a file of /proc/PID, -1 if it cannot be read. */
static long
figure(pid_t pid, const char *name, const char *format)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "re");
	while (f != NULL && kb < 0 && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, format, &kb);
	if (f != NULL)
		(void)fclose(f);
	return kb;
}

/* status is coarse, but open to everyone. */
static long
resident(pid_t pid)
{
	long kb = figure(pid, "smaps_rollup", "Rss: %ld kB");

	return kb < 0 ? figure(pid, "status", "VmRSS: %ld kB") : kb;
}

static long
family(pid_t pid)
{
	char path[64];
	long kb = figure(pid, "smaps_rollup", "Pss: %ld kB");
	int child;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	f = fopen(path, "re");
	while (kb >= 0 && f != NULL && fscanf(f, "%d", &child) == 1)
		kb += figure(child, "smaps_rollup", "Pss: %ld kB");
	if (f != NULL)
		(void)fclose(f);
	return kb;
}

static void
stop(pid_t pid)
{
	int64_t until = now() + GRACE;

	(void)kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (now() > until)
			(void)kill(pid, SIGKILL);
		(void)usleep(STEP);
	}
}

static pid_t
spawn(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		(void)execv(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	return pid;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int64_t started = now(), first = 0;
	pid_t pid = 0;
	long kb, share;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		errx(64, "usage: startup ADDRESS PORT [COMMAND...]");
	address.sin_port = htons((uint16_t)atoi(argv[2]));
	if (argc > 3)
		pid = spawn(argv + 3);
	while (!served(&address, &first)) {
		if (pid > 0 && waitpid(pid, NULL, WNOHANG) == pid)
			errx(1, "%s ended", argv[3]);
		if (now() - started > PATIENCE) {
			if (pid > 0)
				stop(pid);
			errx(1, "%s:%s does not serve", argv[1], argv[2]);
		}
		(void)usleep(STEP);
	}
	if (pid == 0)
		return 0;
	(void)usleep(REST);
	kb = resident(pid);
	share = family(pid);
	stop(pid);
	printf("%lld %ld %ld\n", (long long)(first - started), kb, share);
	return 0;
}
