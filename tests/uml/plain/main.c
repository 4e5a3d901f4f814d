/*
 * PROGRAM [LEFT-OUT]...: runs the tests of a program that was built without Criterion, but those of
 * the names given; see criterion.h beside this.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <time.h>

enum { TIMEOUT = 200 }; /* seconds, for one test */

struct plain_test *plain_tests;
struct plain_options plain_suite;
bool plain_failed;

void
plain_complain(const char *file, int line, const char *what, const char *format, ...)
{
	va_list args;

	plain_failed = true;
	printf("#   %s:%d: %s ", file, line, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

void
plain_end(int status)
{
	fflush(stdout);
	if (plain_suite.fini != NULL)
		plain_suite.fini();
	_exit(status);
}

void
plain_skip(const char *why)
{
	printf("#   skipped: %s\n", why);
	plain_end(PLAIN_SKIPPED);
}

static int
run(const struct plain_test *test)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(TIMEOUT);
		if (plain_suite.init != NULL)
			plain_suite.init();
		test->run();
		plain_end(plain_failed);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
is_left_out(const struct plain_test *test, char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, test->name) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	const struct plain_test *test;
	int status, failed = 0;
	long started;

	(void)argc;
	for (test = plain_tests; test != NULL; test = test->next) {
		if (is_left_out(test, argv + 1))
			continue;
		started = now();
		status = run(test);
		failed |= status != 0 && status != PLAIN_SKIPPED;
		printf("%s - %s::%s (%ld ms)%s\n",
		    status == 0 || status == PLAIN_SKIPPED ? "ok" : "not ok", test->suite,
		    test->name, now() - started,
		    status == PLAIN_SKIPPED ? " # SKIP the kernel has not got it" : "");
	}
	return failed;
}
