#include "base/aside.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

enum { CHANNEL = STDERR_FILENO + 1, LOOK_EVERY = 100 /* ms */ };

/* Both sides are the same program: a function is where it was. */
struct request {
	aside_function *function;
	size_t size;
};

struct reply {
	int result;
	size_t size;
};

static struct {
	pid_t pid; /* 0: there is none */
	int fd;
} child = {.fd = -1};

static int
write_all(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t done;

	while (n > 0) {
		done = send(fd, p, n, MSG_NOSIGNAL);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* For who asks: until there is something to read. -EPIPE: the child has ended, though what it has
 * started may hold the channel for longer. */
static int
await(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	siginfo_t info = {.si_pid = 0};
	bool ended = false;
	int n = 0;

	while (child.pid != 0 && n <= 0 && !ended) {
		ended = waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			info.si_pid != 0;
		n = poll(&p, 1, ended ? 0 : LOOK_EVERY);
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return ended && n <= 0 ? -EPIPE : 0;
}

/* -EPIPE where it ends early. */
static int
read_all(int fd, void *data, size_t n)
{
	char *p = data;
	ssize_t done;
	int r;

	while (n > 0) {
		r = await(fd);
		if (r < 0)
			return r;
		done = read(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 && errno != ECONNRESET ? -errno : -EPIPE;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* What a header announced, and a NUL. */
static int
read_text(int fd, size_t size, char **text)
{
	char *data = malloc(size + 1);
	int r = data == NULL ? -ENOMEM : read_all(fd, data, size);

	if (r < 0) {
		free(data);
		return r;
	}
	data[size] = '\0';
	*text = data;
	return 0;
}

static int
serve_one(int fd)
{
	struct request request;
	struct reply reply = {.result = -ENOMEM};
	autofree char *question = NULL;
	autofree char *data = NULL;
	FILE *answer;
	int r = read_all(fd, &request, sizeof(request));

	if (r == 0)
		r = read_text(fd, request.size, &question);
	if (r < 0)
		return r;
	answer = open_memstream(&data, &reply.size);
	if (answer != NULL)
		reply.result = request.function(question, answer);
	if (answer != NULL && fclose(answer) != 0)
		reply.result = -ENOMEM;
	if (reply.result < 0)
		reply.size = 0;
	r = write_all(fd, &reply, sizeof(reply));
	return r < 0 ? r : write_all(fd, data, reply.size);
}

static _Noreturn void
serve(int fd, pid_t parent)
{
	static const int ours[] = {SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM};
	sigset_t none;
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)signal(ours[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* A module may wait for longer than whoever asks. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	if (fd != CHANNEL && dup3(fd, CHANNEL, O_CLOEXEC) < 0)
		_exit(1);
	(void)close_range(CHANNEL + 1, UINT_MAX, 0);
	/* What modules print is none of the answers, nor of what we print. */
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	while (serve_one(CHANNEL) == 0)
		;
	_exit(0);
}

static int
begin(void)
{
	const pid_t parent = getpid();
	struct sigaction reap;
	int ends[2], r;

	if (child.pid != 0)
		return 0;
	/* Where it is ignored, the number of a child may be another's before we are done with it.
	 */
	if (sigaction(SIGCHLD, NULL, &reap) == 0 && reap.sa_handler == SIG_IGN)
		(void)signal(SIGCHLD, SIG_DFL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child.pid = fork();
	if (child.pid == 0)
		serve(ends[1], parent);
	r = -errno;
	(void)close(ends[1]);
	if (child.pid < 0) {
		child.pid = 0;
		(void)close(ends[0]);
		return r;
	}
	child.fd = fd_raise(ends[0]);
	if (child.fd >= 0)
		return 0;
	r = child.fd;
	aside_end();
	return r;
}

static int
ask(const struct request *request, const char *question, struct reply *reply, char **answer)
{
	int r = write_all(child.fd, request, sizeof(*request));

	if (r == 0)
		r = write_all(child.fd, question, request->size);
	if (r == 0)
		r = read_all(child.fd, reply, sizeof(*reply));
	return r < 0 ? r : read_text(child.fd, reply->size, answer);
}

int
aside_call(aside_function *function, const char *question, char **answer, size_t *size)
{
	const struct request request = {.function = function, .size = strlen(question)};
	struct reply reply = {0};
	autofree char *text = NULL;
	int r = begin();

	if (r < 0)
		return r;
	r = ask(&request, question, &reply, &text);
	if (r < 0) {
		aside_end();
		return r;
	}
	if (reply.result < 0)
		return reply.result;
	*answer = text;
	*size = reply.size;
	text = NULL;
	return reply.result;
}

void
aside_end(void)
{
	if (child.pid == 0)
		return;
	(void)close(child.fd);
	child.fd = -1;
	/* A module that has lost the channel does not see that it is closed. */
	(void)kill(child.pid, SIGKILL);
	while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
		;
	child.pid = 0;
}
