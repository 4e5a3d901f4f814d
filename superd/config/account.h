/* Users and groups as the system knows them (passwd(5), group(5), nsswitch.conf(5)), asked aside
 * (base/aside.h), and the nearest to a name that nobody has. */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include <sys/types.h>

#include <stddef.h>

struct text;

struct account_user {
	uid_t uid;
	gid_t gid;
	const char *name, *home, *shell; /* the last two as they stand there: may be empty */
	char *storage;
};

/* getpwnam(3), getpwuid(3). 0; -ENOENT: there is none; -errno: it could not be found out. */
int account_user(struct account_user *u, const char *name);
int account_user_of(struct account_user *u, uid_t uid);
void account_user_fini(struct account_user *u);

/* getgrnam(3). As above. */
int account_group(const char *name, gid_t *gid);

/* getgrouplist(3), with gid among them. 0, and *groups is the caller's to free; -errno. */
int account_groups(const char *user, gid_t gid, gid_t **groups, size_t *n);

/* Adds ", did you mean "NAME"?" where a user (getpwent(3)) or group (getgrent(3)) is near enough to
 * be meant. Goes through all that the system lists: for a name that was not found only. */
void account_hint_user(struct text *t, const char *name);
void account_hint_group(struct text *t, const char *name);

#endif
