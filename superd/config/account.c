#include "config/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/aside.h"
#include "base/fd.h"
#include "base/text.h"

enum {
	ACCOUNTS_MAX = 100000, /* more are not looked at: a directory service may have any number */
	GROUPS_MAX = 65536,    /* NGROUPS_MAX of Linux */
	NAME = 256,
	NUMBER = 16,
};

/* What a NULL of getpwnam(3) and its like means: some say "none" by an errno. */
static int
missing(void)
{
	switch (errno) {
	case EINTR:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ERANGE:
		return -errno;
	}
	return -ENOENT;
}

static int
tell_user(const struct passwd *pw, FILE *answer)
{
	if (pw == NULL)
		return missing();
	(void)fwrite(&pw->pw_uid, sizeof(pw->pw_uid), 1, answer);
	(void)fwrite(&pw->pw_gid, sizeof(pw->pw_gid), 1, answer);
	(void)fprintf(
	    answer, "%s%c%s%c%s%c", pw->pw_name, '\0', pw->pw_dir, '\0', pw->pw_shell, '\0');
	return 0;
}

static int
tell_user_named(const char *name, FILE *answer)
{
	errno = 0;
	return tell_user(getpwnam(name), answer);
}

static int
tell_user_of(const char *number, FILE *answer)
{
	errno = 0;
	return tell_user(getpwuid((uid_t)strtoul(number, NULL, 10)), answer);
}

static int
tell_group(const char *name, FILE *answer)
{
	const struct group *gr;

	errno = 0;
	gr = getgrnam(name);
	if (gr == NULL)
		return missing();
	(void)fwrite(&gr->gr_gid, sizeof(gr->gr_gid), 1, answer);
	return 0;
}

/* "GID USER". */
static int
tell_groups(const char *question, FILE *answer)
{
	autofree gid_t *groups = NULL;
	char *user;
	gid_t gid = (gid_t)strtoul(question, &user, 10);
	int n = 32, size;

	for (;;) {
		gid_t *more = reallocarray(groups, (size_t)n, sizeof(*groups));

		if (more == NULL)
			return -ENOMEM;
		groups = more;
		size = n;
		if (getgrouplist(user + 1, gid, groups, &n) >= 0)
			break;
		if (n <= size || n > GROUPS_MAX)
			return -ENOMEM;
	}
	(void)fwrite(groups, sizeof(*groups), (size_t)n, answer);
	return 0;
}

static const char *
next_user(void)
{
	const struct passwd *pw = getpwent();

	return pw != NULL ? pw->pw_name : NULL;
}

static const char *
next_group(void)
{
	const struct group *gr = getgrent();

	return gr != NULL ? gr->gr_name : NULL;
}

static int
tell_nearest(const char *name, const char *(*next)(void), FILE *answer)
{
	char best[NAME] = "";
	const char *words[] = {best, NULL};
	unsigned n;

	for (n = 0; n < ACCOUNTS_MAX && (words[1] = next()) != NULL; n++)
		if (text_nearest(name, &words[best[0] == '\0'], 1 + (best[0] != '\0')) == words[1])
			(void)snprintf(best, sizeof(best), "%s", words[1]);
	(void)fputs(best, answer);
	return 0;
}

static int
tell_near_user(const char *name, FILE *answer)
{
	setpwent();
	return tell_nearest(name, next_user, answer);
}

static int
tell_near_group(const char *name, FILE *answer)
{
	setgrent();
	return tell_nearest(name, next_group, answer);
}

static int
ask_user(struct account_user *u, aside_function *tell, const char *question)
{
	char *answer;
	size_t size;
	int r = aside_call(tell, question, &answer, &size);

	if (r < 0)
		return r;
	u->storage = answer;
	memcpy(&u->uid, answer, sizeof(u->uid));
	memcpy(&u->gid, answer + sizeof(u->uid), sizeof(u->gid));
	u->name = answer + sizeof(u->uid) + sizeof(u->gid);
	u->home = u->name + strlen(u->name) + 1;
	u->shell = u->home + strlen(u->home) + 1;
	return 0;
}

int
account_user(struct account_user *u, const char *name)
{
	return ask_user(u, tell_user_named, name);
}

int
account_user_of(struct account_user *u, uid_t uid)
{
	char number[NUMBER];

	(void)snprintf(number, sizeof(number), "%u", uid);
	return ask_user(u, tell_user_of, number);
}

void
account_user_fini(struct account_user *u)
{
	free(u->storage);
	u->storage = NULL;
}

int
account_group(const char *name, gid_t *gid)
{
	autofree char *answer = NULL;
	size_t size;
	int r = aside_call(tell_group, name, &answer, &size);

	if (r == 0)
		memcpy(gid, answer, sizeof(*gid));
	return r;
}

int
account_groups(const char *user, gid_t gid, gid_t **groups, size_t *n)
{
	autofree char *question = NULL;
	char *answer;
	size_t size;
	int r;

	if (asprintf(&question, "%u %s", gid, user) < 0)
		return -ENOMEM;
	r = aside_call(tell_groups, question, &answer, &size);
	if (r < 0)
		return r;
	*groups = (gid_t *)(void *)answer;
	*n = size / sizeof(**groups);
	return 0;
}

static void
hint(struct text *t, aside_function *tell, const char *name)
{
	autofree char *nearest = NULL;
	size_t size;

	if (aside_call(tell, name, &nearest, &size) == 0 && size > 0)
		text_addf(t, ", did you mean \"%s\"?", nearest);
}

void
account_hint_user(struct text *t, const char *name)
{
	hint(t, tell_near_user, name);
}

void
account_hint_group(struct text *t, const char *name)
{
	hint(t, tell_near_group, name);
}
