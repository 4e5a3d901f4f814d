#include "workers/libwrap.h"

#ifdef HAVE_LIBWRAP

#define INET6 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <tcpd.h>
#include <unistd.h>

#include "base/fd.h"
#include "exec/question.h"

enum { CHANNEL = 3, DESCRIPTORS = 32, MESSAGE = 1024, WORD = 32 };

/* Loaded by the worker alone: it brings name services and more with it, which have no business in
 * the supervisor. */
#define LIBRARY "libwrap.so.0"

static struct {
	struct request_info *(*init)(struct request_info *, ...);
	struct request_info *(*set)(struct request_info *, ...);
	void (*hostname)(struct host_info *); /* look-ups, sock_methods has them */
	void (*hostaddr)(struct host_info *);
	int (*access)(struct request_info *);
	jmp_buf *back; /* where hosts_access returns to from an option */
	char **allow, **deny;
} wrap;

static bool
load_library(void)
{
	static const struct {
		const char *name;
		void *pointer;
	} symbols[] = {
	    {"request_init", &wrap.init},
	    {"request_set", &wrap.set},
	    {"sock_hostname", &wrap.hostname},
	    {"sock_hostaddr", &wrap.hostaddr},
	    {"hosts_access", &wrap.access},
	    {"tcpd_buf", &wrap.back},
	    {"hosts_allow_table", &wrap.allow},
	    {"hosts_deny_table", &wrap.deny},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *found;
	size_t i;

	for (i = 0; library != NULL && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		found = dlsym(library, symbols[i].name);
		if (found == NULL)
			return false;
		memcpy(symbols[i].pointer, &found, sizeof(found));
	}
	return library != NULL;
}

static bool refused_option;

static bool
is(const char *option, const char *word)
{
	return strcasecmp(option, word) == 0;
}

/* The first word of the option at *at, which then is at the next one. */
static void
next_option(const char **at, char word[WORD])
{
	size_t length;

	*at += strspn(*at, " \t\n:");
	length = strcspn(*at, " \t\n:=");
	length = length < WORD ? length : WORD - 1;
	memcpy(word, *at, length);
	word[length] = '\0';
	*at += strcspn(*at, ":");
}

/*
 * In place of libwrap's own, which would execute programs, change this process and write to the
 * peer. hosts_options(5): severity is of its log, which is superd's here.
 */
__attribute__((visibility("default"))) void
process_options(char *options, struct request_info *request)
{
	const char *at = options;
	char word[WORD];

	(void)request;
	for (next_option(&at, word); word[0] != '\0'; next_option(&at, word)) {
		if (is(word, "allow") || is(word, "permit"))
			longjmp(*wrap.back, AC_PERMIT);
		if (is(word, "deny"))
			longjmp(*wrap.back, AC_DENY);
		if (is(word, "severity"))
			continue;
		refused_option = true;
		longjmp(*wrap.back, AC_DENY);
	}
}

/* Of a libwrap that was built without options. */
__attribute__((visibility("default"))) void
shell_cmd(char *command)
{
	(void)command;
	refused_option = true;
	longjmp(*wrap.back, AC_DENY);
}

/* libwrap goes on without a file that it cannot open, which would let everybody in. */
static bool
is_readable(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	return fd >= 0 || errno == ENOENT;
}

static enum answer_kind
decide(struct question *q)
{
	struct request_info request;

	if (!is_readable(*wrap.allow) || !is_readable(*wrap.deny))
		return ANSWER_UNREADABLE;
	refused_option = false;
	/* A user means that the peer's ident server is not asked. */
	(void)wrap.init(&request, RQ_DAEMON, q->service, RQ_USER, STRING_UNKNOWN, RQ_CLIENT_SIN,
	    &q->peer.sa, 0);
	if (q->local.length > 0)
		(void)wrap.set(&request, RQ_SERVER_SIN, &q->local.sa, 0);
	request.hostname = wrap.hostname;
	request.hostaddr = wrap.hostaddr;
	if (wrap.access(&request) != 0 && !refused_option)
		return ANSWER_ALLOW;
	return refused_option ? ANSWER_OPTION : ANSWER_DENY;
}

/* No program is executed from here, whatever libwrap does. The number alone is looked at: other
 * architectures' system calls have no_new_privs and RLIMIT_NPROC against them. */
static int
forbid_exec(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int
cage(void)
{
	const struct rlimit files = {DESCRIPTORS, DESCRIPTORS}, none = {0, 0};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_NPROC, &none) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_FSIZE, &none) < 0)
		return -errno;
	/* A kernel without filters has the rest. */
	return forbid_exec() < 0 && errno != EINVAL ? -errno : 0;
}

static bool
greet(const char *build)
{
	char message[MESSAGE];
	size_t size = strlen(build) + 1;
	ssize_t n;

	if (send(CHANNEL, build, size, MSG_NOSIGNAL) < 0)
		return false;
	n = recv(CHANNEL, message, sizeof(message), MSG_TRUNC);
	return n == (ssize_t)size && memcmp(message, build, size) == 0;
}

int
libwrap_main(const char *build)
{
	char message[MESSAGE];
	struct question q;
	struct answer a;
	ssize_t n;

	if (!load_library())
		return EX_UNAVAILABLE;
	if (cage() < 0 || geteuid() == 0)
		return EX_OSERR;
	if (!greet(build))
		return EX_PROTOCOL;
	for (;;) {
		n = recv(CHANNEL, message, sizeof(message), MSG_TRUNC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? EX_OSERR : EX_OK;
		if ((size_t)n > sizeof(message) || !question_decode(&q, message, (size_t)n))
			return EX_PROTOCOL;
		a.id = q.id;
		a.kind = decide(&q);
		if (send(CHANNEL, &a, sizeof(a), MSG_NOSIGNAL) < 0)
			return EX_OSERR;
	}
}

#else

#include <sysexits.h>

int
libwrap_main(const char *build)
{
	(void)build;
	return EX_UNAVAILABLE;
}

#endif
