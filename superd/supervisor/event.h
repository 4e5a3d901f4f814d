/*
 * What happens to a connection, as one line of the log: its start, its end, a start that failed.
 * The fields are the same in text, JSON and the journal; superd(8) lists them.
 */
#ifndef SUPERVISOR_EVENT_H
#define SUPERVISOR_EVENT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "exec/start.h"
#include "policy/verdict.h"

struct address;
struct child;
struct connection;
struct child_exit;
struct port;
struct service;
struct source_key;

/* Room for an id with its terminator. */
enum { EVENT_ID = 32 };

/* "BOOT-SERIAL": unique among the connections of this host's superds. Returns id. */
const char *event_id(char id[EVENT_ID], uint32_t boot, uint64_t serial);

/* peer and local: NULL or of length 0 if there is none. */
struct event {
	const struct port *port;
	const char *id;
	const struct address *peer, *local;
	pid_t pid;
};

void event_start(const struct event *e);
void event_end(const struct event *e, const struct child_exit *x, usec_t duration);
/* x is the child that could not execute: the step, the path or directory it was about, and why. */
void event_failed(const struct event *e, enum start_step step, int error);
/* A peer that is refused, and why; so many more of a service, in that time. */
void event_refused(const struct connection *c, enum verdict v);
void event_refused_more(const struct service *svc, uint32_t n, usec_t time);
/* A source that is banned for that time; no longer. */
void event_banned(const struct source_key *k, usec_t time);
void event_ban_over(const struct source_key *k);
/* A handler is ended: its time, or that of its connection ("session", "idle"), is over. */
void event_expired(const struct child *child, uint32_t boot, const char *reason);
/* A port that is bound: which endpoint, which number. */
void event_listening(const struct port *port);
/* A port that could not be bound: its call and errno. */
void event_pending(const struct port *port, const char *step);

#endif
