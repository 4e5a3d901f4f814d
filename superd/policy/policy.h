/* The order in which the rules judge a peer, and nothing else. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>

#include "base/clock.h"
#include "policy/access.h"
#include "policy/verdict.h"

struct limit_daemon;
struct limit_service;
struct source;

struct policy_question {
	bool banned;
	bool sensor; /* of the service: nobody is welcome */
	const struct access *access;
	struct access_question who;
	const struct limit_daemon *daemon;
	const struct limit_service *service;
	const struct source *of_service, *of_daemon; /* NULL: a peer without a source */
	usec_t now;
};

/* VERDICT_ACCEPTED or the first reason against the peer: what it has done, where it has come to,
 * who it is, how much it already has. */
enum verdict policy_check(const struct policy_question *q);

#endif
