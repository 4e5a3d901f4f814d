/*
 * access {}: who may connect. Compiled once from what the configuration says into plain data, which
 * answers a question without a system call, without memory and without a clock of its own.
 *
 * Of addresses the longest prefix of both lists decides, and deny where both have the same; where
 * none covers, a peer is refused if there is an allow list. Addresses and ports judge peers that
 * have them, users and groups those of unix sockets; a unix peer passes as one of the users or as a
 * member of one of the groups. Hours judge all. What a rule asks for and the question does not
 * know is refused.
 */
#ifndef POLICY_ACCESS_H
#define POLICY_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "net/port_range.h"
#include "net/ranges.h"
#include "policy/verdict.h"

struct address;
struct hours;
struct peercred;
struct prefix;

/* What access is compiled from: borrowed, and not looked at afterwards. All zero: everyone. */
struct access_rules {
	const struct prefix *allow, *deny;
	size_t nallow, ndeny;
	const struct hours *hours;
	size_t nhours;			       /* 0: always */
	const struct port_range *source_ports; /* NULL: any */
	const uid_t *users;		       /* unix peers; nobody in either: everyone */
	size_t nusers;
	const gid_t *groups;
	size_t ngroups;
};

struct access {
	struct ranges *addresses; /* values: see access_drops; NULL: every address passes */
	struct port_range source_ports;
	struct hours *hours;
	size_t nhours;
	uid_t *users;
	size_t nusers;
	gid_t *groups;
	size_t ngroups;
};

struct access_question {
	const struct address *peer;	    /* of length 0 if it is not known */
	bool filtered;			    /* then: its address was let pass before, or is none */
	const struct peercred *credentials; /* of a unix peer; NULL: not known */
	const struct tm *now;		    /* local: tm_wday, tm_hour, tm_min; NULL: not known */
};

/* 0 or -ENOMEM, then a is not written. */
int access_init(struct access *a, const struct access_rules *rules);
/* Of one that was made, or all zero. */
void access_fini(struct access *a);

/* VERDICT_ACCEPTED, or the first reason against it, those that stay before those that pass:
 * VERDICT_DENIED, VERDICT_SOURCE_PORT, VERDICT_USER, VERDICT_HOURS. */
enum verdict access_check(const struct access *a, const struct access_question *q);

/* Does the answer depend on these? If not, the question may leave them out. */
bool access_asks_time(const struct access *a);
bool access_asks_credentials(const struct access *a);

/* Of the values in a->addresses: is such an address refused? For filters of the map. */
bool access_drops(uint8_t value);

#endif
