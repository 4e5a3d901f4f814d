/*
 * What the policy says to a peer. One value is the reason in the log, the index of a counter and
 * the label of a metric at once.
 */
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

enum verdict {
	VERDICT_ACCEPTED,
	/* access {} */
	VERDICT_DENIED,	     /* its address */
	VERDICT_HOURS,	     /* now */
	VERDICT_SOURCE_PORT, /* its port */
	VERDICT_USER,	     /* a unix peer's user and groups */
	VERDICT_LIBWRAP,     /* hosts.allow, hosts.deny */
	VERDICT_NO_LIBWRAP,  /* they have no word on it that counts: not the peer's fault */
	/* limits {} of the service */
	VERDICT_INSTANCES,
	VERDICT_PER_SOURCE,
	VERDICT_RATE,
	VERDICT_SOURCE_RATE,
	VERDICT_LOAD,
	/* limits {} of the daemon */
	VERDICT_DAEMON_INSTANCES,
	VERDICT_DAEMON_PER_SOURCE,
	/* scan {} */
	VERDICT_BANNED,
	VERDICT_SENSOR,
	VERDICT_N
};

enum verdict_result {
	VERDICT_ACCEPT,
	VERDICT_LATER,	/* nobody would be served now: leave it in the kernel's queue; where
			   `overflow = refuse`, refuse it */
	VERDICT_REFUSE, /* this peer is not served, others may be */
};

/* A lower-case word: "denied", "source-port". */
const char *verdict_name(enum verdict v);
enum verdict_result verdict_result(enum verdict v);

#endif
