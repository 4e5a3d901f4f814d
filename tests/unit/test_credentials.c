#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/credentials.h"
#include "config/service.h"
#include "process.h"

/* Of an /etc of the test's own. */
static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "one:x:101:201::/home/one:/bin/sh\n"
			     "bare:x:102:202:::\n";
static const char groups[] = "root:x:0:\n"
			     "one:x:201:\n"
			     "extra:x:301:one\n"
			     "more:x:302:one,bare\n";
static const char nsswitch[] = "passwd: files\ngroup: files\ninitgroups: files\n";

static const struct row {
	const char *user, *group, *groups[3];
	uid_t uid;
	gid_t gid, list[4];
	size_t n;
	const char *name, *home, *shell;
} rows[] = {
    {"one", NULL, {NULL}, 101, 201, {201, 301, 302}, 3, "one", "/home/one", "/bin/sh"},
    {"101", NULL, {NULL}, 101, 201, {201, 301, 302}, 3, "one", "/home/one", "/bin/sh"},
    {"one", "extra", {NULL}, 101, 301, {301, 302}, 2, "one", "/home/one", "/bin/sh"},
    {"one", "999", {"more", "1"}, 101, 999, {302, 1}, 2, "one", "/home/one", "/bin/sh"},
    {"one", NULL, {"more", "302"}, 101, 201, {302}, 1, "one", "/home/one", "/bin/sh"},
    {"bare", NULL, {NULL}, 102, 202, {202, 302}, 2, "bare", "/", "/bin/sh"},
    {"555", NULL, {NULL}, 555, 555, {555}, 1, "555", "/", "/bin/sh"},
    {"root", NULL, {NULL}, 0, 0, {0}, 1, "root", "/root", "/bin/bash"},
};

static struct service_conf *
service(const struct row *row)
{
	struct service_conf *svc = service_conf_new("x");
	size_t i;

	svc->user = strdup(row->user);
	svc->group = row->group != NULL ? strdup(row->group) : NULL;
	for (i = 0; i < 3 && row->groups[i] != NULL; i++) {
		svc->groups_set = true;
		(void)strings_add(&svc->groups, row->groups[i]);
	}
	return svc;
}

static bool
is_right(const struct credentials *c, const struct row *row)
{
	size_t i, j;

	if (c->uid != row->uid || c->gid != row->gid || c->ngroups != row->n ||
	    strcmp(c->name, row->name) != 0 || strcmp(c->home, row->home) != 0 ||
	    strcmp(c->shell, row->shell) != 0)
		return false;
	for (i = 0; i < row->n; i++) {
		for (j = 0; j < c->ngroups && c->groups[j] != row->list[i]; j++)
			continue;
		if (j == c->ngroups)
			return false;
	}
	return true;
}

/* The faults told, "OPTION N: TEXT" a line. */
static char told[1024];

static void
tell(void *arg, const char *option, size_t i, const char *text)
{
	size_t n = strlen(told);

	(void)arg;
	(void)snprintf(told + n, sizeof(told) - n, "%s %zu: %s\n", option, i, text);
}

static const struct credentials_faults faults = {.add = tell};

static int
good(void)
{
	struct credentials_cache cache = RB_INITIALIZER(&cache);
	struct conf *conf = conf_new();
	const struct credentials *again;
	size_t i;

	if (geteuid() != 0 || !isolate() || !replace_file("/etc/passwd", passwd) ||
	    !replace_file("/etc/group", groups) || !replace_file("/etc/nsswitch.conf", nsswitch))
		SKIP("needs root and namespaces of its own");
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i / 2];
		struct service_conf *svc = service(row);

		CHECK_ROW(row->user, conf_add(conf, svc) == 0);
		CHECK_ROW(row->user, credentials_resolve(conf, &cache, svc, &faults) == 0);
		CHECK_ROW(row->user, is_right(svc->credentials, row));
		/* Each comes twice. */
		again = conf->services[i - i % 2]->credentials;
		CHECK_ROW(row->user, svc->credentials == again);
	}
	/* "one" and its number are one. */
	CHECK(conf->services[0]->credentials == conf->services[2]->credentials);
	CHECK(conf->services[0]->credentials != conf->services[4]->credentials);
	credentials_cache_fini(&cache);
	conf_free(conf);
	return CHILD_OK;
}

Test(credentials, good)
{
	child_run(good);
}

Test(credentials, bad)
{
	static const struct row bad[] = {
	    {.user = "no-such-user", .name = "user 0: user no-such-user: there is no such user\n"},
	    {.user = "-1", .name = "user 0: user -1: there is no such user\n"},
	    {.user = "4294967295", .name = "user 0: user 4294967295: there is no such user\n"},
	    {.user = "0", .group = "0x1", .name = "group 0: group 0x1: there is no such group\n"},
	    {.user = "rooot",
		.group = "no-such-group",
		.groups = {"1", "deamon", "no-such-group"},
		.name = "user 0: user rooot: there is no such user, did you mean \"root\"?\n"
			"group 0: group no-such-group: there is no such group\n"
			"groups 1: groups deamon: there is no such group, did you mean "
			"\"daemon\"?\n"
			"groups 2: groups no-such-group: there is no such group\n"},
	};
	struct credentials_cache cache = RB_INITIALIZER(&cache);
	struct conf *conf = conf_new();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct service_conf *svc = service(&bad[i]);

		told[0] = '\0';
		cr_expect_eq(
		    credentials_resolve(conf, &cache, svc, &faults), -EINVAL, "row %zu", i);
		cr_expect_str_eq(told, bad[i].name);
		cr_expect_null(svc->credentials);
		service_conf_free(svc);
	}
	cr_assert_null(conf->credentials);
	credentials_cache_fini(&cache);
	conf_free(conf);
}

Test(credentials, owner)
{
	static const struct {
		const char *owner, *group, *error;
		uid_t uid;
		gid_t gid;
	} owners[] = {
	    {NULL, NULL, NULL, 7, 7},
	    {"root", "root", NULL, 0, 0},
	    {"nobody", NULL, NULL, 65534, 7},
	    {NULL, "daemon", NULL, 7, 1},
	    {"12345", "54321", NULL, 12345, 54321},
	    {"no-such-user", NULL,
		"socket.owner 0: socket.owner no-such-user: there is no such user\n", 7, 7},
	    {"rooot", "4294967295",
		"socket.owner 0: socket.owner rooot: there is no such user, did you mean "
		"\"root\"?\n"
		"socket.group 0: socket.group 4294967295: there is no such group\n",
		7, 7},
	};
	size_t i;

	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		struct service_conf *svc = service_conf_new("x");
		struct socket_options *o = &svc->socket;

		o->owner = owners[i].owner != NULL ? strdup(owners[i].owner) : NULL;
		o->group = owners[i].group != NULL ? strdup(owners[i].group) : NULL;
		o->uid = 7;
		o->gid = 7;
		told[0] = '\0';
		cr_expect_eq(credentials_owner(svc, &faults), owners[i].error != NULL ? -EINVAL : 0,
		    "row %zu", i);
		cr_expect_str_eq(told, owners[i].error != NULL ? owners[i].error : "");
		cr_expect_eq(o->uid, owners[i].uid, "row %zu", i);
		cr_expect_eq(o->gid, owners[i].gid, "row %zu", i);
		service_conf_free(svc);
	}
}
