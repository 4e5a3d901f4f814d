#include "config/credentials.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/account.h"
#include "config/service.h"

#define NO_HOME "/"
#define NO_SHELL "/bin/sh"

enum { SENTENCE = 512 };

static void
credentials_free(struct credentials *c)
{
	if (c == NULL)
		return;
	free(c->groups);
	free(c->name);
	free(c->home);
	free(c->shell);
	free(c);
}

static bool
is_id(const char *text, unsigned *id)
{
	long long n;

	/* (uid_t)-1 stands for "unchanged" in setresuid(2). */
	if (text_number(text, 0, UINT32_MAX - 1LL, &n) < 0)
		return false;
	*id = (unsigned)n;
	return true;
}

static int fault(const struct credentials_faults *f, const char *option, size_t i,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static int
fault(const struct credentials_faults *f, const char *option, size_t i, const char *format, ...)
{
	char text[SENTENCE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	f->add(f->arg, option, i, text);
	return -EINVAL;
}

/* Item i of that option, which is a user or a group, is not there, or nobody can tell. */
static int
unknown(const struct credentials_faults *f, const char *option, size_t i, const char *name,
    const char *kind, void (*add_hint)(struct text *t, const char *name), int error)
{
	char hint[SENTENCE];
	struct text t;

	if (error != -ENOENT)
		return fault(f, option, i, "%s %s: asking the system for that %s: %s", option, name,
		    kind, strerror(-error));
	text_init(&t, hint, sizeof(hint));
	add_hint(&t, name);
	return fault(f, option, i, "%s %s: there is no such %s%s", option, name, kind, hint);
}

static int
unknown_user(
    const struct credentials_faults *f, const char *option, size_t i, const char *name, int error)
{
	return unknown(f, option, i, name, "user", account_hint_user, error);
}

static int
copy_user(struct credentials *c, const struct account_user *u)
{
	c->uid = u->uid;
	c->gid = u->gid;
	c->name = strdup(u->name);
	c->home = strdup(u->home[0] != '\0' ? u->home : NO_HOME);
	c->shell = strdup(u->shell[0] != '\0' ? u->shell : NO_SHELL);
	return c->name != NULL && c->home != NULL && c->shell != NULL ? 0 : -ENOMEM;
}

/* A number needs no entry. */
static int
take_user(struct credentials *c, const char *text, const struct credentials_faults *faults)
{
	struct account_user u = {.storage = NULL};
	char number[16];
	unsigned id = geteuid();
	bool numeric = text == NULL || is_id(text, &id);
	int r = numeric ? account_user_of(&u, id) : account_user(&u, text);

	(void)snprintf(number, sizeof(number), "%u", id);
	if (r == -ENOENT && numeric) {
		u = (struct account_user){
		    .uid = id, .gid = id, .name = number, .home = "", .shell = ""};
		r = 0;
	}
	if (r < 0)
		return unknown_user(faults, "user", 0, numeric ? number : text, r);
	r = copy_user(c, &u);
	account_user_fini(&u);
	return r;
}

/* Item i of that option. */
static int
find_group(const char *text, gid_t *gid, const char *option, size_t i,
    const struct credentials_faults *faults)
{
	int r;

	if (is_id(text, gid))
		return 0;
	r = account_group(text, gid);
	if (r < 0)
		return unknown(faults, option, i, text, "group", account_hint_group, r);
	return 0;
}

static bool
has_group(const struct credentials *c, gid_t gid)
{
	size_t i;

	for (i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

static int
take_written_groups(
    struct credentials *c, const struct strings *names, const struct credentials_faults *faults)
{
	gid_t gid;
	size_t i;
	int r = 0;

	c->groups = calloc(names->n + 1, sizeof(*c->groups));
	if (c->groups == NULL)
		return -ENOMEM;
	for (i = 0; i < names->n; i++) {
		if (find_group(names->v[i], &gid, "groups", i, faults) < 0)
			r = -EINVAL;
		else if (!has_group(c, gid))
			c->groups[c->ngroups++] = gid;
	}
	return r;
}

/* The groups the system has for the user, as initgroups(3) would set them. */
static int
take_own_groups(struct credentials *c, const struct credentials_faults *faults)
{
	int r = account_groups(c->name, c->gid, &c->groups, &c->ngroups);

	if (r < 0 && r != -ENOMEM)
		return fault(faults, "user", 0, "user %s: asking the system for the groups: %s",
		    c->name, strerror(-r));
	return r;
}

static bool
same(const struct credentials *a, const struct credentials *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->ngroups == b->ngroups &&
	       strcmp(a->name, b->name) == 0 &&
	       (a->ngroups == 0 ||
		   memcmp(a->groups, b->groups, a->ngroups * sizeof(*a->groups)) == 0);
}

/* Takes c. */
static const struct credentials *
intern(struct conf *conf, struct credentials *c)
{
	struct credentials *other;

	for (other = conf->credentials; other != NULL; other = other->next) {
		if (same(other, c)) {
			credentials_free(c);
			return other;
		}
	}
	c->next = conf->credentials;
	conf->credentials = c;
	return c;
}

static int
resolve_groups(
    struct credentials *c, const struct service_conf *svc, const struct credentials_faults *faults)
{
	int r = 0, s = 0;

	if (svc->group != NULL)
		r = find_group(svc->group, &c->gid, "group", 0, faults);
	if (svc->groups_set)
		s = take_written_groups(c, &svc->groups, faults);
	else if (c->name != NULL)
		s = take_own_groups(c, faults);
	return s == -ENOMEM || r == 0 ? s : r;
}

/* What only root may have. */
static int
check_privilege(const struct credentials *c, const struct service_conf *svc,
    const struct credentials_faults *faults)
{
	int r = 0;

	if (geteuid() == 0)
		return 0;
	if (c->uid != geteuid())
		r = fault(faults, "user", 0,
		    "user %s: only root can start handlers as another user", c->name);
	if (svc->groups_set || (svc->group != NULL && c->gid != getegid()))
		r = fault(faults, svc->groups_set ? "groups" : "group", 0,
		    "group, groups: only root can change the groups of handlers");
	return r;
}

/* All that is wrong, not the first alone. */
static int
resolve(
    struct credentials *c, const struct service_conf *svc, const struct credentials_faults *faults)
{
	int r, s;

	if (svc->user == NULL && geteuid() == 0)
		r = fault(faults, "user", 0,
		    "there is no user: write user = NAME, or user = root if it must be root");
	else
		r = take_user(c, svc->user, faults);
	if (r == -ENOMEM)
		return r;
	s = resolve_groups(c, svc, faults);
	if (r < 0 || s < 0)
		return s == -ENOMEM ? s : -EINVAL;
	return check_privilege(c, svc, faults);
}

/* A service that was resolved: who asks for the same gets the same. */
struct credentials_asked {
	RB_ENTRY(credentials_asked) link;
	const struct service_conf *svc;
};

static int
compare_texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int
compare(const struct credentials_asked *x, const struct credentials_asked *y)
{
	const struct service_conf *a = x->svc, *b = y->svc;
	int r = compare_texts(a->user, b->user);
	size_t i;

	if (r == 0)
		r = compare_texts(a->group, b->group);
	if (r == 0)
		r = a->groups_set - b->groups_set;
	if (r == 0)
		r = (a->groups.n > b->groups.n) - (a->groups.n < b->groups.n);
	for (i = 0; i < a->groups.n && r == 0; i++)
		r = strcmp(a->groups.v[i], b->groups.v[i]);
	return r;
}

RB_GENERATE_INTERNAL(
    credentials_cache, credentials_asked, link, compare, __attribute__((unused)) static)

/* What cannot be remembered is asked for again. */
static void
remember(struct credentials_cache *cache, const struct service_conf *svc)
{
	struct credentials_asked *asked = malloc(sizeof(*asked));

	if (asked == NULL)
		return;
	asked->svc = svc;
	RB_INSERT(credentials_cache, cache, asked);
}

void
credentials_cache_fini(struct credentials_cache *cache)
{
	struct credentials_asked *asked;

	while ((asked = RB_ROOT(cache)) != NULL) {
		RB_REMOVE(credentials_cache, cache, asked);
		free(asked);
	}
}

int
credentials_resolve(struct conf *conf, struct credentials_cache *cache, struct service_conf *svc,
    const struct credentials_faults *faults)
{
	struct credentials_asked key = {.svc = svc};
	const struct credentials_asked *found = RB_FIND(credentials_cache, cache, &key);
	struct credentials *c;
	int r;

	if (found != NULL) {
		svc->credentials = found->svc->credentials;
		return 0;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return -ENOMEM;
	r = resolve(c, svc, faults);
	if (r < 0) {
		credentials_free(c);
		return r;
	}
	svc->credentials = intern(conf, c);
	remember(cache, svc);
	return 0;
}

/* A user's number. */
static int
find_user(const char *text, uid_t *uid, const char *option, size_t i,
    const struct credentials_faults *faults)
{
	struct account_user u;
	int r;

	if (is_id(text, uid))
		return 0;
	r = account_user(&u, text);
	if (r < 0)
		return unknown_user(faults, option, i, text, r);
	*uid = u.uid;
	account_user_fini(&u);
	return 0;
}

int
credentials_access(struct service_conf *svc, const struct credentials_faults *faults)
{
	struct access_conf *a = &svc->access;
	int r = 0;
	size_t i;

	if (a->users.n + a->groups.n == 0)
		return 0;
	a->uids = calloc(a->users.n + 1, sizeof(*a->uids));
	a->gids = calloc(a->groups.n + 1, sizeof(*a->gids));
	if (a->uids == NULL || a->gids == NULL)
		return -ENOMEM;
	for (i = 0; i < a->users.n; i++)
		if (find_user(a->users.v[i], &a->uids[i], "access.users", i, faults) < 0)
			r = -EINVAL;
	for (i = 0; i < a->groups.n; i++)
		if (find_group(a->groups.v[i], &a->gids[i], "access.groups", i, faults) < 0)
			r = -EINVAL;
	return r;
}

int
credentials_owner(struct service_conf *svc, const struct credentials_faults *faults)
{
	struct socket_options *o = &svc->socket;
	int r = 0, s = 0;

	if (o->owner != NULL)
		r = find_user(o->owner, &o->uid, "socket.owner", 0, faults);
	if (o->group != NULL)
		s = find_group(o->group, &o->gid, "socket.group", 0, faults);
	return r < 0 ? r : s;
}

static bool
in_groups(const struct credentials *who, gid_t gid)
{
	size_t i;

	if (who->gid == gid)
		return true;
	for (i = 0; i < who->ngroups; i++)
		if (who->groups[i] == gid)
			return true;
	return false;
}

bool
credentials_may_execute(const struct credentials *who, const struct stat *st)
{
	if (who->uid == 0)
		return (st->st_mode & 0111) != 0;
	if (who->uid == st->st_uid)
		return (st->st_mode & S_IXUSR) != 0;
	if (in_groups(who, st->st_gid))
		return (st->st_mode & S_IXGRP) != 0;
	return (st->st_mode & S_IXOTH) != 0;
}
