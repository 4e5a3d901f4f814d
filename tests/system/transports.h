/* Services and clients of any transport, by the names of net/transport. */
#ifndef TESTS_SYSTEM_TRANSPORTS_H
#define TESTS_SYSTEM_TRANSPORTS_H

#include <stdbool.h>

struct daemon;
struct transport;

const struct transport *find(const char *name);
bool kernel_has(const char *name);
#define NEED_KERNEL(name)                                                                          \
	do {                                                                                       \
		if (!kernel_has(name))                                                             \
			cr_skip_test("the kernel has no " name);                                   \
	} while (0)

/* A service of that name that answers with it: one handler a connection, or for the socket. */
void answering(struct daemon *d, const char *name, const char *listen);
/* A client's socket that has sent its question, where one is needed. */
int ask(const char *name, const char *host, unsigned port);
/* The answer in time; closes. */
void expect_text(int fd, const char *expected);
/* That of answering. */
void expect_from(int fd, const char *name);
void expect_answer(const char *name, const char *host, unsigned port);

#endif
