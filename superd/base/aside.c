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

/* Questions go by a socket, so that a child that has ended is no SIGPIPE; answers by a pipe: a
 * supervisor reads from no socket at all. */
enum { QUESTIONS = STDERR_FILENO + 1, ANSWERS, LOOK_EVERY = 100 /* ms */ };

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
	int questions, answers;
} child = {.questions = -1, .answers = -1};

static int
send_all(int fd, const void *data, size_t n)
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
serve_one(FILE *out)
{
	struct request request;
	struct reply reply = {.result = -ENOMEM};
	autofree char *question = NULL;
	autofree char *data = NULL;
	FILE *answer;
	int r = read_all(QUESTIONS, &request, sizeof(request));

	if (r == 0)
		r = read_text(QUESTIONS, request.size, &question);
	if (r < 0)
		return r;
	answer = open_memstream(&data, &reply.size);
	if (answer != NULL)
		reply.result = request.function(question, answer);
	if (answer != NULL && fclose(answer) != 0)
		reply.result = -ENOMEM;
	if (reply.result < 0)
		reply.size = 0;
	(void)fwrite(&reply, sizeof(reply), 1, out);
	(void)fwrite(data, 1, reply.size, out);
	return fflush(out) == 0 ? 0 : -errno;
}

static _Noreturn void
serve(int questions, int answers, pid_t parent)
{
	static const int ours[] = {SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM};
	sigset_t none;
	FILE *out;
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)signal(ours[i], SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* A module may wait for longer than whoever asks. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	questions = fd_raise(questions);
	answers = fd_raise(answers);
	if (questions < 0 || answers < 0 || dup3(questions, QUESTIONS, O_CLOEXEC) < 0 ||
	    dup3(answers, ANSWERS, O_CLOEXEC) < 0 || (out = fdopen(ANSWERS, "w")) == NULL)
		_exit(1);
	(void)close_range(ANSWERS + 1, UINT_MAX, 0);
	/* What modules print is none of the answers, nor of what we print. */
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	while (serve_one(out) == 0)
		;
	_exit(0);
}

/* The two ends of each: ours, the child's. */
static int
make_channels(int questions[2], int answers[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, questions) < 0)
		return -errno;
	if (pipe2(answers, O_CLOEXEC) == 0)
		return 0;
	fd_cleanup(&questions[0]);
	fd_cleanup(&questions[1]);
	return -errno;
}

static int
begin(void)
{
	const pid_t parent = getpid();
	struct sigaction reap;
	int questions[2], answers[2], r;

	if (child.pid != 0)
		return 0;
	/* Where it is ignored, the number of a child may be another's before we are done with it.
	 */
	if (sigaction(SIGCHLD, NULL, &reap) == 0 && reap.sa_handler == SIG_IGN)
		(void)signal(SIGCHLD, SIG_DFL);
	r = make_channels(questions, answers);
	if (r < 0)
		return r;
	child.pid = fork();
	if (child.pid == 0)
		serve(questions[1], answers[1], parent);
	r = child.pid < 0 ? -errno : 0;
	(void)close(questions[1]);
	(void)close(answers[1]);
	child.questions = fd_raise(questions[0]);
	child.answers = fd_raise(answers[0]);
	if (r == 0 && child.questions < 0)
		r = child.questions;
	if (r == 0 && child.answers < 0)
		r = child.answers;
	if (r < 0)
		aside_end();
	return r;
}

static int
ask(const struct request *request, const char *question, struct reply *reply, char **answer)
{
	int r = send_all(child.questions, request, sizeof(*request));

	if (r == 0)
		r = send_all(child.questions, question, request->size);
	if (r == 0)
		r = read_all(child.answers, reply, sizeof(*reply));
	return r < 0 ? r : read_text(child.answers, reply->size, answer);
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
	fd_cleanup(&child.questions);
	fd_cleanup(&child.answers);
	/* A module that has lost the channel does not see that it is closed. */
	if (child.pid > 0) {
		(void)kill(child.pid, SIGKILL);
		while (waitpid(child.pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	child.pid = 0;
}
