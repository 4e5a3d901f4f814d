/* Names of users and groups that nobody has, and the nearest that somebody has. */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

struct text;

/* Adds ", did you mean "NAME"?" where a user (getpwent(3)) or group (getgrent(3)) is near enough to
 * be meant. Goes through all that the system lists: for a name that was not found only. */
void account_hint_user(struct text *t, const char *name);
void account_hint_group(struct text *t, const char *name);

#endif
