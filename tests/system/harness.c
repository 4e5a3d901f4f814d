#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "procfs.h"

enum { DAEMONS = 4, PATHS = 64, PATH = 128 };

static struct daemon all[DAEMONS];
static size_t nall;

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	(void)remove(path);
	return 0;
}

static void
show_log(const struct daemon *d)
{
	char *text = file_read(d->log), *at;
	size_t n = 0;

	if (text == NULL)
		return;
	for (at = text + strlen(text); at > text && n <= 40; at--)
		n += at[-1] == '\n';
	fprintf(stderr, "--- the log of %s ends with:\n%s---\n", d->superd, at);
	free(text);
}

void
harness_init(void)
{
	/* A daemon that daemonizes, and handlers that outlive theirs, stay in reach. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(022);
}

void
harness_fini(void)
{
	pid_t pid[64];
	size_t i, n;
	int round;

	for (i = 0; i < nall; i++) {
		if (!all[i].passed)
			show_log(&all[i]);
		if (all[i].pid > 0)
			(void)kill(all[i].pid, SIGKILL);
	}
	for (round = 0; round < 20; round++) {
		n = proc_children(getpid(), pid, 64);
		for (i = 0; i < n; i++)
			(void)kill(pid[i], SIGKILL);
		for (i = 0; i < n; i++)
			(void)waitpid(pid[i], NULL, WNOHANG);
		if (n == 0)
			break;
		retry_pause();
	}
	for (i = 0; i < nall; i++)
		(void)nftw(all[i].dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct daemon *
daemon_new(void)
{
	struct daemon *d;

	cr_assert(nall < DAEMONS);
	d = &all[nall++];
	d->superd = getenv("SUPERD") != NULL ? getenv("SUPERD") : "build/superd";
	d->superd = realpath(d->superd, NULL);
	cr_assert(d->superd != NULL, "there is no superd to test: set SUPERD");
	snprintf(d->dir, sizeof(d->dir), "%s/superd-test-XXXXXX", network_folder());
	cr_assert(mkdtemp(d->dir) != NULL);
	cr_assert(chmod(d->dir, 0755) == 0);
	cr_assert(mkdir(daemon_path(d, "services.d"), 0755) == 0);
	cr_assert(mkdir(daemon_path(d, "out"), 0755) == 0);
	cr_assert(chmod(daemon_path(d, "out"), 0777) == 0);
	snprintf(d->log, sizeof(d->log), "%s", daemon_path(d, "log"));
	d->notify = -1;
	daemon_conf(d, "%s", "");
	return d;
}

const char *
daemon_path(const struct daemon *d, const char *name)
{
	static char known[PATHS][PATH];
	char path[PATH];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	for (i = 0; i < PATHS && known[i][0] != '\0'; i++) {
		if (strcmp(known[i], path) == 0)
			return known[i];
	}
	cr_assert(i < PATHS);
	memcpy(known[i], path, sizeof(path));
	return known[i];
}

__attribute__((format(printf, 3, 0))) static void
write_file(const char *path, const char *before, const char *format, va_list ap)
{
	FILE *f = fopen(path, "we");

	cr_assert(f != NULL, "%s: %s", path, strerror(errno));
	fputs(before, f);
	vfprintf(f, format, ap);
	cr_assert(fclose(f) == 0);
}

void
daemon_conf(struct daemon *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_file(daemon_path(d, "superd.conf"), "services = \"services.d\"\n", format, ap);
	va_end(ap);
}

const char *
user_line(const struct daemon *d)
{
	return getuid() == 0 && d->uid == 0 ? "user = root" : "";
}

void
daemon_file(struct daemon *d, const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_file(daemon_path(d, name), "", format, ap);
	va_end(ap);
}

void
daemon_service(struct daemon *d, const char *name, const char *format, ...)
{
	char path[64], *text;
	va_list ap;

	snprintf(path, sizeof(path), "services.d/%s.conf", name);
	va_start(ap, format);
	cr_assert(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	daemon_file(d, path, "service %s {\n%s\n%s\n}\n", name, text,
	    strstr(text, "user =") == NULL ? user_line(d) : "");
	free(text);
}

const char *
daemon_tool(struct daemon *d, const char *name)
{
	const char *folder = getenv("TEST_TOOLS");
	char from[512], block[65536];
	ssize_t n = 0;
	int in, out;
	size_t i;

	snprintf(block, sizeof(block), "%s/%s", d->dir, name);
	for (i = 0; i < d->ntools; i++) {
		if (strcmp(d->tools[i], block) == 0)
			return d->tools[i];
	}
	cr_assert(d->ntools < DAEMON_TOOLS);
	snprintf(d->tools[d->ntools], sizeof(d->tools[0]), "%.60s", block);
	snprintf(from, sizeof(from), "%s/%s", folder != NULL ? folder : "build/tests/system/tools",
	    name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	cr_assert(in >= 0, "%s: %s", from, strerror(errno));
	out = open(d->tools[d->ntools], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	while ((n = read(in, block, sizeof(block))) > 0)
		cr_assert(write(out, block, (size_t)n) == n);
	cr_assert(n == 0);
	cr_assert(close(in) == 0 && close(out) == 0);
	return d->tools[d->ntools++];
}

/* The environment of the daemon: small, known, and where its messages and reports are to go. */
static size_t
make_environment(const struct daemon *d, char **v)
{
	static char text[8][256];
	const char *const sanitizer[] = {"ASAN", "UBSAN", "LSAN"};
	const char *given;
	size_t i, n = 0;

	snprintf(text[n], sizeof(text[n]), "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
	n++;
	snprintf(text[n], sizeof(text[n]), "NOTIFY_SOCKET=%s/notify", d->dir);
	n++;
	for (i = 0; i < 3; i++, n++) {
		snprintf(text[n], sizeof(text[n]), "%s_OPTIONS", sanitizer[i]);
		given = getenv(text[n]);
		snprintf(text[n], sizeof(text[n]), "%s_OPTIONS=%.100s%slog_path=%s/%s.report%s",
		    sanitizer[i], given != NULL ? given : "", given != NULL ? ":" : "", d->dir,
		    sanitizer[i], d->traced && i == 0 ? ":detect_leaks=0" : "");
	}
	for (i = 0; i < n; i++)
		v[i] = text[i];
	for (i = 0; i < DAEMON_OPTIONS && d->variables[i] != NULL; i++)
		v[n++] = (char *)d->variables[i];
	v[n] = NULL;
	return n;
}

static void
become(struct daemon *d)
{
	if (d->uid == 0 || getuid() != 0)
		return;
	if (setgroups(0, NULL) < 0 || setresgid(d->uid, d->uid, d->uid) < 0 ||
	    setresuid(d->uid, d->uid, d->uid) < 0)
		_exit(120);
}

/* The new process: as clean as a service manager would make it, then what the test wants. */
static _Noreturn void
execute(struct daemon *d, int log)
{
	char *argv[2 * DAEMON_OPTIONS + 4], *environment[3 * DAEMON_OPTIONS];
	struct rlimit files;
	sigset_t none;
	size_t i, n = 0;
	int signo, null;

	for (signo = 1; signo < NSIG; signo++)
		(void)signal(signo, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(log, 2) < 0)
		_exit(121);
	if (d->passed_on > 0 && dup2(d->passed_on, 3) < 0)
		_exit(121);
	(void)close_range(d->passed_on > 0 ? 4 : 3, ~0U, 0);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max > 4000) {
		files.rlim_cur = 1000;
		files.rlim_max = 4000;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	for (i = 0; i < DAEMON_OPTIONS && d->wrapper[i] != NULL; i++)
		argv[n++] = (char *)d->wrapper[i];
	argv[n++] = (char *)d->superd;
	for (i = 0; i < DAEMON_OPTIONS && d->options[i] != NULL; i++)
		argv[n++] = (char *)d->options[i];
	argv[n++] = (char *)"-c";
	argv[n++] = (char *)daemon_path(d, "superd.conf");
	argv[n] = NULL;
	become(d);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (d->prepare != NULL)
		d->prepare(d);
	(void)make_environment(d, environment);
	(void)execve(argv[0], argv, environment);
	_exit(122);
}

static void
open_notify(struct daemon *d)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/notify", d->dir);
	(void)unlink(un.sun_path);
	d->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert(d->notify >= 0);
	cr_assert(bind(d->notify, (struct sockaddr *)&un, sizeof(un)) == 0);
	(void)chmod(un.sun_path, 0777);
}

static int
give_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return lchown(path, all[nall - 1].uid, all[nall - 1].uid);
}

void
daemon_launch(struct daemon *d)
{
	int log;

	if (d->notify < 0)
		open_notify(d);
	if (d->uid != 0 && getuid() == 0)
		cr_assert(nftw(d->dir, give_one, 16, FTW_PHYS) == 0);
	log = open(d->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	cr_assert(log >= 0);
	d->passed = false;
	d->pid = fork();
	cr_assert(d->pid >= 0);
	if (d->pid == 0)
		execute(d, log);
	(void)close(log);
}

bool
daemon_message(struct daemon *d, const char *line, int ms)
{
	long long until = now_ms() + ms, left;
	struct pollfd p = {.fd = d->notify, .events = POLLIN};
	size_t n;
	ssize_t r;

	for (;;) {
		if (strstr(d->messages, line) != NULL)
			return true;
		left = until - now_ms();
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		n = strlen(d->messages);
		r = recv(d->notify, d->messages + n, sizeof(d->messages) - n - 2, MSG_DONTWAIT);
		if (r <= 0)
			continue;
		d->messages[n + (size_t)r] = '\n';
		d->messages[n + (size_t)r + 1] = '\0';
	}
}

void
daemon_start(struct daemon *d)
{
	long long until = now_ms() + LONG;
	int code;

	daemon_launch(d);
	while (!daemon_message(d, "READY=1", 20)) {
		code = daemon_wait(d, 0);
		cr_assert(code < 0, "superd ended with %d before it was ready", code);
		cr_assert(now_ms() < until, "superd did not become ready");
	}
}

int
daemon_wait(struct daemon *d, int ms)
{
	int status = 0;

	if (d->pid <= 0 || !WAIT(ms, waitpid(d->pid, &status, WNOHANG) == d->pid))
		return -1;
	d->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
daemon_check(struct daemon *d)
{
	size_t i, n;
	glob_t reports = {0};
	char *text;

	(void)glob(daemon_path(d, "*.report.*"), 0, NULL, &reports);
	n = reports.gl_pathc;
	for (i = 0; i < n; i++) {
		text = file_read(reports.gl_pathv[i]);
		fprintf(stderr, "%s:\n%s\n", reports.gl_pathv[i], text);
		free(text);
	}
	globfree(&reports);
	cr_assert(n == 0, "%zu reports of a sanitizer", n);
	d->passed = true;
}

void
daemon_stop(struct daemon *d)
{
	int code;

	cr_assert(d->pid > 0 && kill(d->pid, SIGTERM) == 0);
	code = daemon_wait(d, LONG);
	cr_assert(code == d->wanted, "superd ended with %d", code);
	daemon_check(d);
}

int
daemon_run(struct daemon *d)
{
	int code;

	daemon_launch(d);
	code = daemon_wait(d, LONG);
	cr_assert(code >= 0, "superd runs on");
	daemon_check(d);
	return code;
}
