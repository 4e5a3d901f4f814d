/*
 * Becoming the handler's user: groups, then gid, then uid, each replaced, checked, and read back
 * (setgroups(2), setresgid(2), setresuid(2)).  For the child between clone and exec only: system
 * calls and nothing else.
 */
#ifndef EXEC_IDENTITY_H
#define EXEC_IDENTITY_H

struct credentials;

enum identity_step {
	IDENTITY_DONE,
	IDENTITY_GROUPS,
	IDENTITY_GID,
	IDENTITY_UID,
	IDENTITY_VERIFY, /* the kernel shows other ids than were set, or root can be had back */
};

/* The step that failed with -errno in *error, or IDENTITY_DONE. */
enum identity_step identity_apply(const struct credentials *who, int *error);

#endif
