/*
 * probe [-o FILE] [-r | -a | -l] : writes what it was started with as key=value lines, to its
 * standard output or, as a whole, to FILE.  Then -r receives one datagram from fd 0 (first, so that
 * the guard is content), -a accepts one connection from it and closes it, -l does either for each
 * of the LISTEN_FDS that has one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const char *
stat_text(int fd)
{
	static char text[64];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return "closed";
	snprintf(text, sizeof(text), "%lx:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
	return text;
}

static void
show_descriptor(FILE *out, int fd)
{
	char path[64], link[512];
	int flags = fcntl(fd, F_GETFL), on;
	socklen_t length = sizeof(on);
	struct linger linger = {.l_onoff = -1};
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	fprintf(out, "fd%d=%.*s\n", fd, (int)strcspn(link, ":["), link);
	fprintf(out, "fd%d.file=%s\n", fd, stat_text(fd));
	fprintf(out, "fd%d.nonblock=%d\n", fd, (flags & O_NONBLOCK) != 0);
	fprintf(out, "fd%d.async=%d\n", fd, (flags & O_ASYNC) != 0);
	fprintf(out, "fd%d.cloexec=%d\n", fd, fcntl(fd, F_GETFD));
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &on, &length) < 0)
		return;
	fprintf(out, "fd%d.type=%d\n", fd, on);
	length = sizeof(on);
	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &on, &length);
	fprintf(out, "fd%d.domain=%d\n", fd, on);
	length = sizeof(on);
	(void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &length);
	fprintf(out, "fd%d.listens=%d\n", fd, on);
	length = sizeof(on);
	(void)getsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, &length);
	fprintf(out, "fd%d.oobinline=%d\n", fd, on);
	length = sizeof(on);
	(void)getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, &length);
	fprintf(out, "fd%d.reuseaddr=%d\n", fd, on);
	length = sizeof(linger);
	(void)getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length);
	fprintf(out, "fd%d.linger=%d:%d\n", fd, linger.l_onoff, linger.l_linger);
}

/* Before anything is opened here: the directory's own descriptor is the one exception. */
static void
show_descriptors(FILE *out)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");
	int fd, open[256], n = 0, i;

	while (dir != NULL && (entry = readdir(dir)) != NULL && n < 256) {
		fd = atoi(entry->d_name);
		if (entry->d_name[0] != '.' && fd != dirfd(dir) && (fd < 100 || fd != fileno(out)))
			open[n++] = fd;
	}
	if (dir != NULL)
		closedir(dir);
	fprintf(out, "descriptors=");
	for (i = 0; i < n; i++)
		fprintf(out, "%s%d", i > 0 ? "," : "", open[i]);
	fprintf(out, "\n");
	for (i = 0; i < n; i++)
		show_descriptor(out, open[i]);
}

static void
show_signals(FILE *out)
{
	struct sigaction action;
	sigset_t set;
	int signo;

	fprintf(out, "ignored=");
	for (signo = 1; signo < NSIG; signo++) {
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			fprintf(out, "%d,", signo);
	}
	fprintf(out, "\nblocked=");
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (signo = 1; signo < NSIG; signo++) {
		if (sigismember(&set, signo) == 1)
			fprintf(out, "%d,", signo);
	}
	fprintf(out, "\npending=");
	sigpending(&set);
	for (signo = 1; signo < NSIG; signo++) {
		if (sigismember(&set, signo) == 1)
			fprintf(out, "%d,", signo);
	}
	fprintf(out, "\n");
}

static void
show_identity(FILE *out)
{
	gid_t group[256];
	uid_t r, e, s;
	gid_t rg, eg, sg;
	int i, n;

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	fprintf(out, "uid=%u,%u,%u\ngid=%u,%u,%u\ngroups=", r, e, s, rg, eg, sg);
	n = getgroups(256, group);
	for (i = 0; i < n; i++)
		fprintf(out, "%s%u", i > 0 ? "," : "", group[i]);
	fprintf(out, "\n");
}

static void
show_file(FILE *out, const char *key, const char *path)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	fprintf(out, "%s=%.*s\n", key, (int)strcspn(text, "\n"), text);
}

static void
show_process(FILE *out)
{
	char directory[1024];
	mode_t mask = umask(0);
	struct rlimit limit;
	int i;

	umask(mask);
	fprintf(out, "umask=%03o\n", mask);
	fprintf(out, "directory=%s\n", getcwd(directory, sizeof(directory)));
	fprintf(out, "pid=%d\n", getpid());
	fprintf(out, "session_leader=%d\n", getsid(0) == getpid());
	fprintf(out, "group_leader=%d\n", getpgid(0) == getpid());
	errno = 0;
	fprintf(out, "nice=%d\n", getpriority(PRIO_PROCESS, 0));
	show_file(out, "oom_score_adj", "/proc/self/oom_score_adj");
	show_file(out, "comm", "/proc/self/comm");
	fprintf(out, "no_new_privs=%d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	fprintf(out, "dumpable=%d\n", prctl(PR_GET_DUMPABLE));
	fprintf(out, "deathsig=%d\n", prctl(PR_GET_PDEATHSIG, &i) == 0 ? i : -1);
	fprintf(out, "keepcaps=%d\n", prctl(PR_GET_KEEPCAPS));
	fprintf(out, "scheduler=%d\n", (int)syscall(SYS_sched_getscheduler, 0));
	for (i = 0; i < RLIM_NLIMITS; i++) {
		if (getrlimit(i, &limit) == 0)
			fprintf(out, "rlimit%d=%lld:%lld\n", i, (long long)limit.rlim_cur,
			    (long long)limit.rlim_max);
	}
}

static void
show(FILE *out, int argc, char **argv)
{
	int i;

	show_descriptors(out);
	for (i = 0; i < argc; i++)
		fprintf(out, "argv%d=%s\n", i, argv[i]);
	fprintf(out, "argc=%d\n", argc);
	for (i = 0; environ[i] != NULL; i++)
		fprintf(out, "env.%s\n", environ[i]);
	fprintf(out, "environment=%d\n", i);
	show_identity(out);
	show_signals(out);
	show_process(out);
	fprintf(out, "end=1\n");
}

static void
consume(int fd)
{
	char text[65536];
	int listens = 0, c;
	socklen_t length = sizeof(listens);

	(void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length);
	if (!listens) {
		(void)recv(fd, text, sizeof(text), MSG_DONTWAIT);
		return;
	}
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	c = accept(fd, NULL, NULL);
	(void)fcntl(fd, F_SETFL, 0);
	if (c >= 0) {
		if (write(c, "accepted\n", 9) < 0)
			_exit(1);
		close(c);
	}
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	char temporary[1024];
	FILE *out = stdout;
	int c, fd;
	char mode = '\0';

	alarm(60);
	while ((c = getopt(argc, argv, "o:ral")) != -1) {
		if (c == 'o')
			path = optarg;
		else
			mode = (char)c;
	}
	if (path == NULL) {
		/* One write, whatever becomes of the peer meanwhile. */
		setvbuf(out, NULL, _IOFBF, 65536);
		show(out, argc, argv);
		return fflush(out) == 0 ? 0 : 1;
	}
	snprintf(temporary, sizeof(temporary), "%s.part", path);
	/* Above what may be a passed socket. */
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	out = fd >= 0 ? fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 100), "w") : NULL;
	if (out == NULL)
		return 1;
	close(fd);
	show(out, argc, argv);
	for (fd = mode == 'l' ? 3 : 0; mode != '\0'; fd++) {
		if (mode == 'l' && fd - 3 >= atoi(getenv("LISTEN_FDS")))
			break;
		consume(fd);
		if (mode != 'l')
			break;
	}
	if (fclose(out) != 0 || rename(temporary, path) < 0)
		return 1;
	return 0;
}
