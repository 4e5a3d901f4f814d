/*
 * The real daemon under test: started in a temporary folder with a configuration written from
 * strings, watched through its readiness message and its log, and ended with its exit status
 * checked.
 *
 * Each test process has a network of its own where it can (root, or a user namespace), so that
 * ports may be fixed; elsewhere port 0 still works, and what needs a fixed port is skipped.  What
 * is awaited is awaited by trying again until a deadline, never by sleeping.
 *
 * A test that fails leaves its daemon to harness_fini, which shows the end of the log, ends every
 * process that was started here and removes the folder.
 */
#ifndef TESTS_SYSTEM_HARNESS_H
#define TESTS_SYSTEM_HARNESS_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	LONG = 10000, /* ms until what must happen is taken for failed */
	BRIEF = 400,  /* ms in which what must not happen is looked for */
	LINE = 2048,
};

enum { DAEMON_OPTIONS = 8, DAEMON_TOOLS = 16 };

struct daemon {
	/* May be set before the start. */
	const char *superd; /* the program; from SUPERD in the environment */
	const char *options[DAEMON_OPTIONS];
	const char *wrapper[DAEMON_OPTIONS];   /* a command that executes it */
	const char *variables[DAEMON_OPTIONS]; /* "K=V", added to its environment */
	void (*prepare)(struct daemon *d);     /* in the new process, just before exec */
	int passed_on;			       /* a descriptor over 3 that it gets as 3; 0: none */
	uid_t uid;			       /* not root, when the test is: who it runs as */
	int wanted;			       /* exit code that daemon_stop wants, 0 */
	bool traced; /* leaks cannot be looked for in a process that another traces */

	pid_t pid; /* 0: does not run */
	char dir[40];
	char log[64]; /* its standard error */
	size_t mark;  /* log_* look at what was written after it */
	int notify;
	char messages[4096]; /* from NOTIFY_SOCKET so far, a line each */
	char tools[DAEMON_TOOLS][64];
	size_t ntools;
	bool passed; /* ended as it should */
};

#define SUITE(name, ...)                                                                           \
	TestSuite(name, .init = harness_init, .fini = harness_fini, .timeout = 90, ##__VA_ARGS__)

void harness_init(void);
void harness_fini(void);

/* Skip the test, with a printed reason, where it cannot run. */
#define NEED_ROOT()                                                                                \
	do {                                                                                       \
		if (getuid() != 0)                                                                 \
			cr_skip_test("needs root");                                                \
	} while (0)
#define NEED_NETWORK()                                                                             \
	do {                                                                                       \
		if (!network_private())                                                            \
			cr_skip_test("needs a network namespace");                                 \
	} while (0)
bool network_private(void);
const char *network_folder(void); /* where the tests' folders go: superd trusts the path to it */
/* Adds an address to the loopback of the test's own network. */
void network_address(const char *address);
/* From now on what is sent in the test's own network arrives so many ms later; 0: at once again.
 * False where that cannot be had: it needs root, tc(8), and the kernel's sch_netem. */
bool network_delay(int ms);

/* condition, tried again and again for at most ms; its last value. */
#define WAIT(ms, condition)                                                                        \
	__extension__({                                                                            \
		long long wait_until = now_ms() + (ms);                                            \
		bool wait_result;                                                                  \
		while (!(wait_result = (condition)) && now_ms() < wait_until)                      \
			retry_pause();                                                             \
		wait_result;                                                                       \
	})
long long now_ms(void); /* monotonic */
void retry_pause(void);

/* A folder with superd.conf (services = services.d, the log on standard error, notice and above)
 * and nothing else. */
struct daemon *daemon_new(void);
void daemon_conf(struct daemon *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* services.d/NAME.conf: service NAME { format... }, with user_line unless that has a user. */
void daemon_service(struct daemon *d, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Root's services must say who they are. */
const char *user_line(const struct daemon *d);
/* Any file of the folder. */
void daemon_file(struct daemon *d, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A path in the folder, valid until the test ends. out/ in it is writable for everyone. */
const char *daemon_path(const struct daemon *d, const char *name);
/* A copy of a program of tests/system/tools in the folder, which every user can execute. */
const char *daemon_tool(struct daemon *d, const char *name);

void daemon_launch(struct daemon *d); /* does not wait */
void daemon_start(struct daemon *d);  /* waits for READY=1 */
bool daemon_message(struct daemon *d, const char *line, int ms);
/* Its exit code, 128 + signal, or -1 after ms. */
int daemon_wait(struct daemon *d, int ms);
/* SIGTERM; exit code as wanted, no sanitizer report. */
void daemon_stop(struct daemon *d);
void daemon_check(struct daemon *d); /* no sanitizer report, and it has passed */
/* Starts it to the end and returns the exit code; the output is in the log. */
int daemon_run(struct daemon *d);
/* The port of a service's socket; endpoint: a part of its name, "" for any. */
unsigned daemon_port(struct daemon *d, const char *service, const char *endpoint);

/*
 * Lines of the log, text or JSON.  A word KEY=VALUE wants that field, @WORD a record of that name,
 * any other word that text in the line. The list ends with NULL.  line may be NULL.
 */
bool log_find(struct daemon *d, char *line, ...) __attribute__((sentinel));
size_t log_count(struct daemon *d, ...) __attribute__((sentinel));
#define LOG_WAIT(d, ms, line, ...) WAIT(ms, log_find(d, line, __VA_ARGS__, NULL))
#define LOG_EXPECT(d, line, ...)                                                                   \
	cr_assert(LOG_WAIT(d, LONG, line, __VA_ARGS__), "no such line in the log: %s", #__VA_ARGS__)
/* A field's value in a line. */
bool log_value(const char *line, const char *key, char *value, size_t size);
double log_number(const char *line, const char *key); /* asserts that it is there */
void log_mark(struct daemon *d);

/* The whole of a file, with a NUL after it; the caller frees. NULL if there is none. */
char *file_read(const char *path);
bool file_exists(const char *path);
size_t file_lines(const char *path); /* 0 if there is none */

/* Lets ms pass, to look afterwards at what must not have happened or at what it cost. */
void observe(int ms);

#endif
