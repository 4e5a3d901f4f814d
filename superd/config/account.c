#include "config/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "base/text.h"

/* More than these are not looked at: a directory service may have any number. */
enum { ACCOUNTS_MAX = 100000, NAME = 256 };

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

static void
hint(struct text *t, const char *name, const char *(*next)(void))
{
	char best[NAME] = "";
	const char *words[] = {best, NULL};
	unsigned n;

	for (n = 0; n < ACCOUNTS_MAX && (words[1] = next()) != NULL; n++)
		if (text_nearest(name, &words[best[0] == '\0'], 1 + (best[0] != '\0')) == words[1])
			(void)snprintf(best, sizeof(best), "%s", words[1]);
	if (best[0] != '\0')
		text_addf(t, ", did you mean \"%s\"?", best);
}

void
account_hint_user(struct text *t, const char *name)
{
	setpwent();
	hint(t, name, next_user);
	endpwent();
}

void
account_hint_group(struct text *t, const char *name)
{
	setgrent();
	hint(t, name, next_group);
	endgrent();
}
