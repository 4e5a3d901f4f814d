#include "base/aside.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "process.h"

static int
tell_pid(const char *question, FILE *answer)
{
	(void)fprintf(answer, "%s %d", question, getpid());
	return 3;
}

static int
tell_much(const char *question, FILE *answer)
{
	size_t i, n = strlen(question);

	for (i = 0; i < n; i++)
		(void)fputc(question[i] ^ 1, answer);
	return 0;
}

static int
refuse(const char *question, FILE *answer)
{
	(void)fputs(question, answer);
	return -ESRCH;
}

static int
crash(const char *question, FILE *answer)
{
	(void)question;
	(void)answer;
	(void)raise(SIGKILL);
	return 0;
}

static int
half(const char *question, FILE *answer)
{
	(void)question;
	(void)answer;
	/* What looks like the beginning of an answer. */
	_exit(write(STDERR_FILENO + 2, "x", 1) == 1 ? 0 : 1);
}

static int
tell_descriptors(const char *question, FILE *answer)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;

	(void)question;
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
			(void)fprintf(answer, "%s ", entry->d_name);
	return 0;
}

static int
tell_blocked(const char *question, FILE *answer)
{
	sigset_t mask;
	int i, n = 0;

	(void)question;
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	for (i = 1; i < SIGRTMIN; i++)
		n += sigismember(&mask, i) == 1;
	(void)fprintf(answer, "%d", n);
	return 0;
}

/* A module that waits for ever, as far as a test goes. */
static int
hang(const char *question, FILE *answer)
{
	(void)answer;
	(void)alarm(60);
	(void)!write(STDERR_FILENO, question, 1);
	while (pause() < 0)
		continue;
	return 0;
}

/* A module that closes what it did not open. */
static int
hang_up(const char *question, FILE *answer)
{
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	return hang(question, answer);
}

/* A module that starts a program, which ends with its standard input, and crashes. */
static int
leave_a_program(const char *question, FILE *answer)
{
	if (fork() == 0) {
		(void)execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	return crash(question, answer);
}

/* The same without another program: what it has started has the channel as well. */
static int
leave_a_process(const char *question, FILE *answer)
{
	char byte;

	if (fork() == 0)
		_exit(read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1);
	return crash(question, answer);
}

static int
tell_standard_output(const char *question, FILE *answer)
{
	(void)answer;
	(void)puts(question);
	return fflush(stdout);
}

/* One child for all that is asked, and none afterwards. */
static int
one_child(void)
{
	char *first, *second;
	char expected[64];
	size_t size;
	int status;

	CHECK(aside_call(tell_pid, "a", &first, &size) == 3);
	CHECK(size == strlen(first));
	CHECK(aside_call(tell_pid, "b", &second, &size) == 3);
	CHECK(strcmp(first + 1, second + 1) == 0 && first[0] == 'a' && second[0] == 'b');
	(void)snprintf(expected, sizeof(expected), "a %d", getpid());
	CHECK(strcmp(first, expected) != 0);
	aside_end();
	aside_end();
	CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
	CHECK(aside_call(tell_pid, "c", &second, &size) == 3);
	CHECK(strcmp(first + 1, second + 1) != 0);
	aside_end();
	free(first);
	free(second);
	return CHILD_OK;
}

Test(aside, one_child)
{
	child_run(one_child);
}

/* Both ways more than a socket holds. */
static int
large(void)
{
	size_t size, n = 3000000;
	char *question = malloc(n + 1), *answer;

	CHECK(question != NULL);
	memset(question, 'b', n);
	question[n] = '\0';
	CHECK(aside_call(tell_much, question, &answer, &size) == 0);
	CHECK(size == n && strlen(answer) == n && strspn(answer, "c") == n);
	free(answer);
	CHECK(aside_call(tell_much, "", &answer, &size) == 0);
	CHECK(size == 0 && answer[0] == '\0');
	free(answer);
	free(question);
	aside_end();
	return CHILD_OK;
}

Test(aside, large)
{
	child_run(large);
}

/* An error has no answer; a child that ends in the middle of one is followed by another. */
static int
errors(void)
{
	char *answer = NULL;
	size_t size = 7;

	CHECK(aside_call(refuse, "x", &answer, &size) == -ESRCH);
	CHECK(answer == NULL && size == 7);
	CHECK(aside_call(crash, "x", &answer, &size) == -EPIPE);
	CHECK(aside_call(half, "x", &answer, &size) == -EPIPE);
	CHECK(answer == NULL && size == 7);
	CHECK(aside_call(tell_much, "x", &answer, &size) == 0 && strcmp(answer, "y") == 0);
	free(answer);
	aside_end();
	return CHILD_OK;
}

Test(aside, errors)
{
	child_run(errors);
}

/* Killed between two questions. */
static int
killed(void)
{
	char *answer;
	size_t size;
	pid_t pid;
	siginfo_t info;

	CHECK(aside_call(tell_pid, "", &answer, &size) == 3);
	pid = (pid_t)atoi(answer);
	free(answer);
	CHECK(pid > 0 && pid != getpid() && kill(pid, SIGKILL) == 0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(aside_call(tell_pid, "", &answer, &size) == -EPIPE);
	CHECK(aside_call(tell_pid, "", &answer, &size) == 3 && atoi(answer) != pid);
	free(answer);
	aside_end();
	return CHILD_OK;
}

Test(aside, killed)
{
	child_run(killed);
}

/* Nothing of ours but the standard ones; nothing blocked. */
static int
surroundings(void)
{
	char *answer;
	size_t size;
	sigset_t all;

	CHECK(open("/dev/null", O_RDONLY) == 3 && open("/dev/null", O_RDONLY) == 4);
	(void)sigfillset(&all);
	CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	CHECK(aside_call(tell_descriptors, "", &answer, &size) == 0);
	CHECK_ROW(answer, strcmp(answer, "0 1 2 3 4 ") == 0);
	free(answer);
	CHECK(aside_call(tell_blocked, "", &answer, &size) == 0);
	CHECK_ROW(answer, strcmp(answer, "0") == 0);
	free(answer);
	aside_end();
	return CHILD_OK;
}

Test(aside, surroundings)
{
	child_run(surroundings);
}

/* Where no process can be made, and when one can be again. */
static int
no_descriptors(void)
{
	char *answer;
	size_t size;
	int i, last = -1;

	for (i = 0; i < 100000 && (i = open("/dev/null", O_RDONLY)) >= 0;)
		last = i;
	CHECK(last >= 0 && errno == EMFILE);
	CHECK(aside_call(tell_much, "x", &answer, &size) == -EMFILE);
	CHECK(close_range((unsigned)last - 3, (unsigned)last, 0) == 0);
	CHECK(aside_call(tell_much, "x", &answer, &size) == 0);
	free(answer);
	aside_end();
	return CHILD_OK;
}

Test(aside, no_descriptors)
{
	child_run(no_descriptors);
}

/* Whoever asks is killed while a module waits. */
static int
orphaned(void)
{
	struct pollfd p = {.events = POLLIN};
	char *answer, word;
	size_t size;
	int ends[2];
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], STDERR_FILENO);
		_exit(aside_call(hang, "x", &answer, &size));
	}
	CHECK(pid > 0 && close(ends[1]) == 0);
	CHECK(read(ends[0], &word, 1) == 1);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	/* The end comes when nobody has the pipe any more. */
	p.fd = ends[0];
	CHECK(poll(&p, 1, 10000) == 1 && read(ends[0], &word, 1) == 0);
	return CHILD_OK;
}

Test(aside, orphaned)
{
	child_run(orphaned);
}

/* Neither a module that has lost the channel nor what it started holds up who asks; also where the
 * end of children is ignored. */
static int
lost(void)
{
	char *answer = NULL;
	size_t size;
	int ends[2];

	(void)alarm(20);
	CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	CHECK(pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
	CHECK(aside_call(hang_up, "", &answer, &size) == -EPIPE);
	CHECK(aside_call(leave_a_program, "", &answer, &size) == -EPIPE);
	CHECK(aside_call(leave_a_process, "", &answer, &size) == -EPIPE);
	CHECK(answer == NULL);
	aside_end();
	return CHILD_OK;
}

Test(aside, lost)
{
	child_run(lost);
}

/* What a module prints is not taken for what we print. */
static int
standard_output(void)
{
	char *answer, word;
	size_t size;
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
	CHECK(aside_call(tell_standard_output, "as it should be", &answer, &size) == 0);
	free(answer);
	aside_end();
	CHECK(dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO && close(ends[1]) == 0);
	CHECK(read(ends[0], &word, 1) == 0);
	return CHILD_OK;
}

Test(aside, standard_output)
{
	child_run(standard_output);
}
