/* Services that ask libwrap, with hosts.allow and hosts.deny of the test's own. */
#ifndef TESTS_SYSTEM_HOSTS_H
#define TESTS_SYSTEM_HOSTS_H

#include <stdbool.h>
#include <sys/types.h>

struct daemon;

#ifdef HAVE_LIBWRAP
#define NEED_TABLES()                                                                              \
	do {                                                                                       \
		NEED_ROOT();                                                                       \
		NEED_NETWORK();                                                                    \
		if (!file_exists("/etc/hosts.allow") || !file_exists("/etc/hosts.deny"))           \
			cr_skip_test(                                                              \
			    "needs /etc/hosts.allow and /etc/hosts.deny to stand in for");         \
	} while (0)
#else
#define NEED_TABLES() cr_skip_test("superd is built without libwrap")
#endif

/* The text of both, for processes of this test that start afterwards; and again. */
void hosts_tables(struct daemon *d, const char *allow, const char *deny);
/* A service with TCP on that port, whose handler says its name and goes, or holds. */
void hosts_service(
    struct daemon *d, const char *name, unsigned port, const char *verb, const char *options);
/* The end of the stream, or a reset, with nothing before; closes fd. */
bool hosts_refused(int fd, int ms);
/* A connection from that address gets the handler's answer. */
bool hosts_served(const char *source, unsigned port, const char *name);
/* The worker among the daemon's children, 0: there is none. */
pid_t hosts_worker(struct daemon *d);

#endif
