/* Parts of tests that need a process of their own: free low descriptors, another user, namespaces,
 * an /etc of their own. */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_OK = 0, CHILD_FAILED = 1, CHILD_SKIPPED = 77 };

/* In a child: leaves the function with the place and the error of what does not hold. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			int check_errno = errno;                                                   \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition,  \
			    check_errno);                                                          \
			return CHILD_FAILED;                                                       \
		}                                                                                  \
	} while (0)

/* The same for a row of a table. */
#define CHECK_ROW(row, condition)                                                                  \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, row, #condition);   \
			return CHILD_FAILED;                                                       \
		}                                                                                  \
	} while (0)

#define SKIP(reason)                                                                               \
	do {                                                                                       \
		fprintf(stderr, "skipped: %s\n", reason);                                          \
		return CHILD_SKIPPED;                                                              \
	} while (0)

/* Runs body in a child that has nothing open above 2, and fails or skips the test as it ends. */
void child_run(int (*body)(void));

/* Makes or overwrites. */
bool write_file(const char *path, const char *text);

/* Namespaces of our own (network with a loopback, mounts; as an ordinary user through a user
 * namespace). False: not possible here. */
bool isolate(void);

/* Another text in place of a file of /etc, after isolate. */
bool replace_file(const char *path, const char *text);

#endif
