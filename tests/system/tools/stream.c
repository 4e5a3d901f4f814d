/*
 * stream VERB [ARGUMENT]: handlers of connections.
 *   hold        "held PID", then waits for the end of input
 *   name TEXT   TEXT and a line end
 *   echo        every byte back
 *   records     the length of each record, in decimal
 *   exit N      ends with N         crash        ends by SIGABRT
 *   term        ends by SIGTERM     work MS      uses MS of CPU time, then "done"
 *   stubborn    as hold, but SIGTERM is ignored: "held PID"
 *   child       "held PID CHILD", and waits; the child of the same process group waits as well
 *   shielding   as child, but the child ignores SIGTERM
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(1);
}

static void
hold(void)
{
	char text[256];

	while (read(0, text, sizeof(text)) > 0)
		;
}

static void
say_held(pid_t child)
{
	char text[64];

	snprintf(text, sizeof(text), child > 0 ? "held %d %d\n" : "held %d\n", getpid(), child);
	say(text);
}

static void
echo(void)
{
	char text[4096];
	ssize_t n;

	while ((n = read(0, text, sizeof(text))) > 0) {
		if (write(1, text, (size_t)n) != n)
			_exit(1);
	}
}

static void
records(void)
{
	char text[65536];
	ssize_t n;

	while ((n = read(0, text, sizeof(text))) > 0) {
		n = snprintf(text, sizeof(text), "%zd", n);
		if (write(1, text, (size_t)n) != n)
			_exit(1);
	}
}

static void
work(int ms)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < ms);
	say("done\n");
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "hold";
	const char *argument = argc > 2 ? argv[2] : "";
	pid_t child = 0;
	int two;

	alarm(60);
	if (strcmp(verb, "name") == 0) {
		say(argument);
		say("\n");
	} else if (strcmp(verb, "echo") == 0) {
		echo();
	} else if (strcmp(verb, "records") == 0) {
		records();
	} else if (strcmp(verb, "exit") == 0) {
		return atoi(argument);
	} else if (strcmp(verb, "crash") == 0) {
		abort();
	} else if (strcmp(verb, "term") == 0) {
		raise(SIGTERM);
	} else if (strcmp(verb, "work") == 0) {
		work(atoi(argument));
	} else {
		if (strcmp(verb, "stubborn") == 0)
			signal(SIGTERM, SIG_IGN);
		two = strcmp(verb, "child") == 0 || strcmp(verb, "shielding") == 0;
		if (two) {
			child = fork();
			alarm(60);
		}
		if (two && child == 0 && strcmp(verb, "shielding") == 0)
			signal(SIGTERM, SIG_IGN);
		if (child > 0 || !two)
			say_held(child);
		hold();
	}
	return 0;
}
