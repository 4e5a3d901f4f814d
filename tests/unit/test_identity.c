#include <grp.h>

#include "config/service.h"
#include "exec/identity.h"
#include "process.h"

static gid_t groups[] = {60001, 60002};

static int
all_ids(void)
{
	const struct credentials who = {.uid = 60000, .gid = 60003, .groups = groups, .ngroups = 2};
	gid_t now[8];
	int error;

	if (geteuid() != 0)
		SKIP("needs root: takes on another uid");
	CHECK(identity_apply(&who, &error) == IDENTITY_DONE);
	CHECK(getuid() == 60000 && geteuid() == 60000 && getgid() == 60003 && getegid() == 60003);
	CHECK(getgroups(8, now) == 2 && now[0] == 60001 && now[1] == 60002);
	CHECK(setuid(0) < 0 && setgid(0) < 0);
	return CHILD_OK;
}

Test(identity, takes_on_all_ids)
{
	child_run(all_ids);
}

static int
no_groups(void)
{
	const struct credentials who = {.uid = 0, .gid = 0};
	int error;

	if (geteuid() != 0)
		SKIP("needs root: replaces groups");
	CHECK(setgroups(2, groups) == 0);
	CHECK(identity_apply(&who, &error) == IDENTITY_DONE);
	CHECK(getgroups(0, NULL) == 0);
	return CHILD_OK;
}

Test(identity, root_without_groups_has_none)
{
	child_run(no_groups);
}

static int
without_privilege(void)
{
	const struct credentials who = {.uid = 0, .gid = 0, .groups = groups, .ngroups = 2};
	int error = 0;

	if (geteuid() == 0)
		CHECK(setresuid(60000, 60000, 60000) == 0);
	CHECK(identity_apply(&who, &error) == IDENTITY_GROUPS);
	CHECK(error == -EPERM);
	return CHILD_OK;
}

Test(identity, tells_the_step_that_failed)
{
	child_run(without_privilege);
}
