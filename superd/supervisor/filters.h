/*
 * Access lists and bans in the kernel, net/filter, on the sockets whose packets superd does not see
 * one by one (those that handlers get, and datagrams), and on those with `enforce = kernel`.
 *
 * A ban comes to them within a second or two, some sockets a turn, each socket at most once a
 * second. Where the kernel does not take a filter, the list comes before the bans, and the rules
 * hold in user space as far as they reach: the log says so once a service.
 */
#ifndef SUPERVISOR_FILTERS_H
#define SUPERVISOR_FILTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/loop.h"

struct port;
struct superd;

struct filters {
	struct loop_timer timer;
	size_t service, port; /* where the round goes on */
	bool again;	      /* another one after it */
};

void filters_init(struct superd *s);
/* A port that is open, anew or given back by a handler, whose filter is replaced. 0, or -EPERM if
 * that cannot be. */
int filters_port(struct superd *s, struct port *port);
/* The connection at FD_CONNECTION has inherited its listener's: a handler gets none. */
void filters_accepted(const struct port *port);
/* The bans are other ones. */
void filters_changed(struct superd *s);
/* The timer's: a slice of the ports. */
void filters_round(struct superd *s);

#endif
