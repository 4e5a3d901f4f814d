/*
 * The model of the configuration: plain data, const once it is loaded.  What runs is
 * supervisor/service; a reload swaps a pointer to one of these.
 */
#ifndef CONFIG_SERVICE_H
#define CONFIG_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"
#include "base/rate.h"
#include "net/endpoint.h"
#include "net/listener.h"

struct places;

/* A list of strings, v NULL-terminated (argv) when it is not empty. */
struct strings {
	char **v;
	size_t n;
};

enum service_wait { WAIT_NO, WAIT_YES, WAIT_ALL };
enum service_stderr { STDERR_SOCKET, STDERR_LOG, STDERR_NULL };

/* Who a handler is, resolved at load; equal ones are shared by services (conf->credentials). */
struct credentials {
	struct credentials *next;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	char *name, *home, *shell; /* of the user; name is a number where the uid has no entry */
};

enum service_builtin { BUILTIN_NONE, BUILTIN_SENSOR };
enum access_enforce { ENFORCE_DAEMON, ENFORCE_KERNEL };
enum limits_overflow { OVERFLOW_QUEUE, OVERFLOW_REFUSE };

/* access {}: as written, every item valid; users and groups also resolved. */
struct access_conf {
	struct strings allow, deny, hours;
	char *source_ports; /* NULL: any */
	struct strings users, groups;
	uid_t *uids;
	gid_t *gids; /* as long as users and groups; NULL until config/check */
	enum access_enforce enforce;
	bool libwrap;
};

/* limits {} of a service. */
struct limits_conf {
	unsigned instances;	      /* live handlers at most; 0 serves none */
	unsigned backlog;	      /* listen(2)'s */
	int64_t per_source;	      /* live ones of a source; -1: half of instances */
	int64_t burst;		      /* -1: as many as the rate's count */
	struct rate rate;	      /* count 0: none */
	struct rate source_rate;      /* of a source */
	struct strings source_prefix; /* bits of an IPv4 and of an IPv6 address */
	bool source_prefix_set;	      /* else 32 and 64 */
	int load;		      /* hundredths, -1: none */
	int64_t session, idle;	      /* seconds, -1: none */
	enum limits_overflow overflow;
};

/* limits {} of the daemon. */
struct daemon_limits_conf {
	int64_t instances, per_source; /* -1: none */
	unsigned minimum;	       /* of instances, kept free for each service */
	unsigned sources;	       /* that are remembered */
};

/* Whom superd's own workers run as when superd is root; each kind of worker has one of these. */
struct worker_users_conf {
	uid_t first, last; /* last 0: unset */
};

/* scan {}. */
struct scan_section_conf {
	unsigned threshold;			     /* points; 0: no bans */
	int64_t site_threshold;			     /* the same of a /48; -1: of threshold */
	unsigned sensor, refused, spread, rate;	     /* points of each kind of offence */
	unsigned endpoints;			     /* that are a spread; 0: none are */
	int64_t window, decay, ban, ban_max, forget; /* seconds */
	struct strings source_prefix, exempt;
	bool source_prefix_set;
	bool spoofable;
	struct strings command;		       /* run at a ban and at its end */
	char *user;			       /* whom it runs as, as written; NULL: the default */
	const struct credentials *credentials; /* the same, resolved if there is a command */
};

/* There may be thousands: small ones of a size stand together. */
struct service_conf {
	char *name;
	const char *file; /* conf->files owns it */
	unsigned line;

	/* what */
	enum service_builtin builtin;
	struct strings listen;	    /* as written */
	struct endpoints endpoints; /* as resolved */
	struct strings command;
	char *argv0;	   /* NULL: command[0] */
	char *description; /* NULL: none */
	int sensor;	   /* points for touching it, -1: those of scan {} */
	enum service_wait wait;
	enum service_stderr stderr_to;
	bool wait_set; /* written, not the transport's default */
	bool enabled;
	bool reserved_ports; /* reserved_ports = ok: a range may cover ip_local_port_range */

	/* who */
	bool groups_set;       /* else initgroups(3)'s */
	char *user, *group;    /* as written; NULL: the user superd runs as, the user's group */
	struct strings groups; /* as written */
	const struct credentials *credentials;
	char *directory;
	mode_t umask;
	int nice;
	int oom_score_adj;
	bool oom_score_adj_set;
	struct strings environment;	 /* "K=V" */
	struct strings pass_environment; /* "K" */

	struct socket_options socket;
	struct access_conf access;
	struct limits_conf limits;
	struct {
		char *accept, *deny; /* paths; NULL: none */
	} banner;
};

struct conf {
	struct service_conf **services; /* enabled or not, sorted by name */
	size_t nservices;
	struct credentials *credentials;
	struct strings files;	/* every file read, in order */
	struct strings folders; /* services = { } */
	struct log_conf log;
	char *pidfile; /* NULL: none */
	struct daemon_limits_conf limits;
	struct scan_section_conf scan;
	struct worker_users_conf worker_users;
	struct places *places; /* of options, parallel to services; NULL once it is checked */
};

/* Is it a sensor: something that nobody has any business with? */
bool service_conf_is_sensor(const struct service_conf *svc);
/* Live ones of one source, limits.per_source with its default. */
unsigned service_conf_per_source(const struct service_conf *svc);

/* All options unset, not yet their defaults (option_preset_all); NULL when memory is short. */
struct service_conf *service_conf_new(const char *name);
void service_conf_free(struct service_conf *svc);
struct conf *conf_new(void);
void conf_free(struct conf *conf);
/* Takes svc, also on failure. 0 or -ENOMEM. */
int conf_add(struct conf *conf, struct service_conf *svc);
void strings_fini(struct strings *s);
/* Appends a copy. 0 or -ENOMEM. */
int strings_add(struct strings *s, const char *text);

#endif
