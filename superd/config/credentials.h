/* Who a service's handlers are: user, group and groups as written, resolved once at load
 * (getpwnam(3), getgrnam(3)). */
#ifndef CONFIG_CREDENTIALS_H
#define CONFIG_CREDENTIALS_H

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>

struct conf;
struct credentials;
struct service_conf;
struct stat;

/* Services that were resolved, so that the system is asked once for each user. Zero it. */
RB_HEAD(credentials_cache, credentials_asked);
void credentials_cache_fini(struct credentials_cache *cache);

/* Is told of each fault: the option, which item of its list, a sentence. */
struct credentials_faults {
	void (*add)(void *arg, const char *option, size_t i, const char *text);
	void *arg;
};

/*
 * Sets svc->credentials, shared with the services of conf that have the same. A name or a number is
 * taken for user and group. 0, -EINVAL after all faults were told (no such user; another user than
 * superd's own without root), -ENOMEM.  svc must live as long as the cache.
 */
int credentials_resolve(struct conf *conf, struct credentials_cache *cache,
    struct service_conf *svc, const struct credentials_faults *faults);

/* What svc->socket.owner and group mean, into its uid and gid, where they are set: nothing that
 * runs later asks for a name. 0, or -EINVAL after the faults were told. */
int credentials_owner(struct service_conf *svc, const struct credentials_faults *faults);
/* May they execute a file, or enter a folder, of that state? By the mode bits: access control lists
 * and capabilities may decide otherwise. */
bool credentials_may_execute(const struct credentials *who, const struct stat *st);
/* Resolves access.users and access.groups. 0, -EINVAL (faults), -ENOMEM. */
int credentials_access(struct service_conf *svc, const struct credentials_faults *faults);

#endif
