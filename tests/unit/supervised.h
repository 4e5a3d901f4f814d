/* A supervisor inside a test: services made by hand, real sockets, the loop turned until something
 * is so. */
#ifndef TESTS_SUPERVISED_H
#define TESTS_SUPERVISED_H

#include <stdbool.h>

#include "config/service.h"
#include "supervisor/superd.h"

enum { SUPERVISED_SERVICES = 4 };

struct supervised {
	struct superd s;
	struct conf conf;
	struct service_conf *list[SUPERVISED_SERVICES];
	struct service_conf services[SUPERVISED_SERVICES];
	struct credentials who;
};

/* The next service: its endpoint as in `listen`, its command. To be changed before supervised_open.
 */
struct service_conf *supervised_add(
    struct supervised *t, const char *listen, const char *const *command);
/* superd_init and superd_open; false if that fails. */
bool supervised_open(struct supervised *t);
void supervised_close(struct supervised *t);

/* Turns the loop until done(t) or ten seconds have passed; false then. */
bool supervised_until(struct supervised *t, bool (*done)(struct supervised *t));
/* Turns it until nothing is ready. */
void supervised_idle(struct supervised *t);

/* A client's socket connected to the first port of that service. */
int supervised_connect(struct supervised *t, size_t service);
struct port *supervised_port(struct supervised *t, size_t service);

#endif
