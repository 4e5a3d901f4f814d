#include "exec/identity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/service.h"
#include "exec/raw.h"

enum { GROUPS_SHOWN = 64 };

static int
verify_ids(const struct credentials *who)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (RAW(SYS_getresuid, &ruid, &euid, &suid, 0) < 0 ||
	    RAW(SYS_getresgid, &rgid, &egid, &sgid, 0) < 0)
		return -EPERM;
	if (ruid != who->uid || euid != who->uid || suid != who->uid)
		return -EPERM;
	if (rgid != who->gid || egid != who->gid || sgid != who->gid)
		return -EPERM;
	return 0;
}

static bool
has_group(const struct credentials *who, gid_t gid)
{
	size_t i;

	for (i = 0; i < who->ngroups; i++)
		if (who->groups[i] == gid)
			return true;
	return false;
}

static int
verify_groups(const struct credentials *who)
{
	gid_t groups[GROUPS_SHOWN];
	long i, n;

	n = RAW(SYS_getgroups, 0, 0, 0, 0);
	if (n != (long)who->ngroups)
		return -EPERM;
	if (n > GROUPS_SHOWN)
		return 0;
	n = RAW(SYS_getgroups, GROUPS_SHOWN, groups, 0, 0);
	for (i = 0; i < n; i++)
		if (!has_group(who, groups[i]))
			return -EPERM;
	return n < 0 ? (int)n : 0;
}

enum identity_step
identity_apply(const struct credentials *who, int *error)
{
	long r;

	*error = (int)(r = RAW(SYS_setgroups, who->ngroups, who->groups, 0, 0));
	if (r < 0)
		return IDENTITY_GROUPS;
	*error = (int)(r = RAW(SYS_setresgid, who->gid, who->gid, who->gid, 0));
	if (r < 0)
		return IDENTITY_GID;
	*error = (int)(r = RAW(SYS_setresuid, who->uid, who->uid, who->uid, 0));
	if (r < 0)
		return IDENTITY_UID;
	if ((*error = verify_ids(who)) < 0 || (*error = verify_groups(who)) < 0)
		return IDENTITY_VERIFY;
	if (who->uid != 0 && RAW(SYS_setresuid, -1, 0, -1, 0) == 0) {
		*error = -EPERM;
		return IDENTITY_VERIFY;
	}
	return IDENTITY_DONE;
}
