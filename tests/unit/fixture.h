/* Listeners under test, each with an endpoint of its own. */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <stdbool.h>

#include "net/endpoint.h"
#include "net/listener.h"

enum { BACKLOG = 64, NOBODY = 65534, WAIT_MS = 5000 };

/* Nothing set. */
extern const struct socket_options fixture_options;

struct fixture {
	struct listener l;
	struct endpoint e; /* as in list, to be changed */
	struct endpoints list;
	const char *step;
};

/* A listener that is not yet open, for a text that means one endpoint. */
bool fixture_prepare(struct fixture *f, const char *text, bool shared);
/* The same, opened. What listener_open returns. */
int fixture_open(struct fixture *f, const char *text, bool wait);
/* A socket of the same kind, connected to the listener; -1. */
int fixture_client(const struct listener *l);
/* Waits until there is something to accept or read. */
bool fixture_wait(const struct listener *l);

/* getsockopt(2): the value, or -errno. */
int option_of(int fd, int level, int name);

#endif
