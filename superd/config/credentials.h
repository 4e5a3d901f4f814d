/* Who a service's handlers are: user, group and groups as written, resolved once at load
 * (getpwnam(3), getgrnam(3)). */
#ifndef CONFIG_CREDENTIALS_H
#define CONFIG_CREDENTIALS_H

#include <bsd/sys/tree.h>
#include <stddef.h>

struct conf;
struct service_conf;

/* Services that were resolved, so that the system is asked once for each user. Zero it. */
RB_HEAD(credentials_cache, credentials_asked);
void credentials_cache_fini(struct credentials_cache *cache);

/*
 * Sets svc->credentials, shared with the services of conf that have the same. A name or a number is
 * taken for user and group. 0, -EINVAL with a sentence in error (no such user; another user than
 * superd's own without root), -ENOMEM.  svc must live as long as the cache.
 */
int credentials_resolve(struct conf *conf, struct credentials_cache *cache,
    struct service_conf *svc, char *error, size_t size);

/* What svc->socket.owner and group mean, into its uid and gid, where they are set: nothing that
 * runs later asks for a name. 0, or -EINVAL with a sentence in error. */
int credentials_owner(struct service_conf *svc, char *error, size_t size);

#endif
