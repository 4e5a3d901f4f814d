/*
 * Who may come in: what the pure rules of policy/ know of this daemon's services and peers, and
 * what becomes of those that may not.
 *
 * Two tables remember peers: one those that have completed a handshake, the other the sources of
 * datagrams, which anybody can forge, so that no flood of these costs the first anything.
 */
#ifndef SUPERVISOR_GATE_H
#define SUPERVISOR_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "net/own.h"
#include "policy/ban.h"
#include "policy/limit.h"
#include "policy/scan.h"
#include "policy/source.h"
#include "policy/verdict.h"

struct child;
struct connection;
struct port;
struct service;
struct superd;

struct gate_table {
	struct sources sources;
	struct bans bans;
};

struct gate {
	struct gate_table proven, spoofable;
	struct scan_conf scan;
	struct prefixes exempt;
	struct limit_daemon daemon;
	struct loop_timer expiry; /* the next ban ends */
	struct loop_timer tell;	  /* refusals that were only counted */
	uint32_t load;		  /* hundredths, as of load_read */
	usec_t load_read;
	bool crowded; /* somebody waits for a place of the daemon */
};

int gate_init(struct superd *s); /* 0 or -errno */
void gate_fini(struct superd *s);

/* A service's rules, for the first time; its sources have numbers of their own. 0 or -errno. */
int gate_rule(struct superd *s, struct service *svc, uint32_t number);
void gate_retire(struct service *svc);

/* May the service have one more, whoever it is? If not, and it is to wait in the kernel's queue,
 * the port is parked until it may: VERDICT_RATE and the like; `overflow = refuse`: the caller
 * refuses. */
enum verdict gate_service(struct superd *s, struct port *port);
bool gate_queues(const struct service *svc);

/* May this peer come in, by whatever it is known (FD_CONNECTION is asked for the credentials of a
 * unix peer)? VERDICT_ACCEPTED takes its tokens. */
enum verdict gate_peer(struct superd *s, const struct connection *c);
/* It may not: counted, logged with its repeats, an offence where it is one. */
void gate_refused(struct superd *s, const struct connection *c, enum verdict v);

/* Its handler lives; has ended. */
void gate_enter(struct superd *s, const struct connection *c, struct child *child);
void gate_leave(struct superd *s, struct child *child);

/* Timers: bans that end; counts to be told. */
void gate_expire(struct superd *s);
void gate_tell(struct superd *s);

/* The bans in force as prefixes for kernel filters, at most FILTER_BANS, but those that cover an
 * exempt address. */
size_t gate_bans(const struct superd *s, struct prefix *v, size_t n);

#endif
