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

struct service_conf {
	char *name;
	const char *file; /* conf->files owns it */
	unsigned line;

	/* what */
	struct strings listen;	    /* as written */
	struct endpoints endpoints; /* as resolved */
	struct strings command;
	char *argv0;	   /* NULL: command[0] */
	char *description; /* NULL: none */
	enum service_wait wait;
	bool wait_set; /* written, not the transport's default */
	enum service_stderr stderr_to;
	bool enabled;
	bool reserved_ports; /* reserved_ports = ok: a range may cover ip_local_port_range */

	/* who */
	char *user, *group;    /* as written; NULL: the user superd runs as, the user's group */
	struct strings groups; /* as written */
	bool groups_set;       /* else initgroups(3)'s */
	const struct credentials *credentials;
	mode_t umask;
	char *directory;
	int nice;
	int oom_score_adj;
	bool oom_score_adj_set;
	struct strings environment;	 /* "K=V" */
	struct strings pass_environment; /* "K" */

	struct socket_options socket;
	struct {
		unsigned instances; /* live handlers at most; 0 serves none */
		unsigned backlog;   /* listen(2)'s */
	} limits;
};

struct conf {
	struct service_conf **services; /* enabled or not, sorted by name */
	size_t nservices;
	struct credentials *credentials;
	struct strings files;	/* every file read, in order */
	struct strings folders; /* services = { } */
	struct log_conf log;
	char *pidfile;	       /* NULL: none */
	struct places *places; /* of options, parallel to services; NULL once it is checked */
};

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
