/*
 * A handler's environment, built from nothing for each start: the user's PATH USER LOGNAME HOME
 * SHELL, the connection's addresses by UCSPI's, systemd's and xinetd's names, superd's own
 * SUPERD_*, then what the configuration passes on or sets.  What does not apply is not there.
 */
#ifndef EXEC_ENVIRONMENT_H
#define EXEC_ENVIRONMENT_H

#include <stddef.h>

struct address;
struct service_conf;
struct transport;

/* Storage that is used again from start to start. Zero it first. */
struct environment {
	char **v; /* NULL-terminated after a build */
	size_t n, vsize;
	char *text;
	size_t length, size;
	char *listen_pid; /* room for LISTEN_PID_DIGITS, for the child to fill in; NULL without */
};

/* What a start is about. */
struct environment_facts {
	const struct service_conf *service;
	const struct transport *transport;  /* NULL: several sockets (wait = all) */
	const struct address *local, *peer; /* NULL: not known */
	const char *id;
	size_t nsockets;	  /* wait = all: LISTEN_FDS; else 0 */
	const char *socket_names; /* LISTEN_FDNAMES */
};

enum { LISTEN_PID_DIGITS = 10 };

/* 0 or -ENOMEM. */
int environment_build(struct environment *e, const struct environment_facts *facts);
void environment_fini(struct environment *e);

#endif
