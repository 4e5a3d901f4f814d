#include "exec/environment.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/service.h"
#include "net/address.h"
#include "net/transport.h"

#define PATH_ROOT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define PATH_USER "/usr/local/bin:/usr/bin:/bin"

static int
reserve(struct environment *e, size_t more)
{
	size_t size;
	char *text, **v;

	if (e->length + more > e->size) {
		size = (e->length + more) * 2;
		text = realloc(e->text, size);
		if (text == NULL)
			return -ENOMEM;
		e->text = text;
		e->size = size;
	}
	if (e->n + 2 > e->vsize) {
		size = e->vsize > 0 ? e->vsize * 2 : 32;
		v = realloc(e->v, size * sizeof(*v));
		if (v == NULL)
			return -ENOMEM;
		e->v = v;
		e->vsize = size;
	}
	return 0;
}

/* While a build goes on v holds offsets into text, which may still move. */
static size_t
offset_of(const struct environment *e, size_t i)
{
	return (size_t)(uintptr_t)e->v[i];
}

static int
add(struct environment *e, const char *prefix, const char *name, const char *value)
{
	size_t np = strlen(prefix), nn = strlen(name), nv = strlen(value);
	char *at;

	if (reserve(e, np + nn + nv + 2) < 0)
		return -ENOMEM;
	e->v[e->n++] = (char *)(uintptr_t)e->length;
	at = e->text + e->length;
	memcpy(at, prefix, np);
	memcpy(at + np, name, nn);
	at[np + nn] = '=';
	memcpy(at + np + nn + 1, value, nv + 1);
	e->length += np + nn + nv + 2;
	return 0;
}

/* The configuration's own words replace what stands there under the same name. */
static int
replace(struct environment *e, const char *name, size_t length, const char *value)
{
	const char *at;
	char *copy;
	size_t i;
	int r;

	for (i = 0; i < e->n; i++) {
		at = e->text + offset_of(e, i);
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			e->v[i] = e->v[--e->n];
			break;
		}
	}
	copy = strndup(name, length);
	if (copy == NULL)
		return -ENOMEM;
	r = add(e, "", copy, value);
	free(copy);
	return r;
}

static int
add_user(struct environment *e, const struct credentials *who)
{
	if (add(e, "", "PATH", who->uid == 0 ? PATH_ROOT : PATH_USER) < 0 ||
	    add(e, "", "USER", who->name) < 0 || add(e, "", "LOGNAME", who->name) < 0 ||
	    add(e, "", "HOME", who->home) < 0 || add(e, "", "SHELL", who->shell) < 0)
		return -ENOMEM;
	return 0;
}

/* Name and number of an address, under names that begin with prefix and side. */
static int
add_address(struct environment *e, const char *prefix, const struct address *a,
    const char *host_name, const char *port_name)
{
	char host[ADDRESS_TEXT], digits[8];
	struct text port;

	address_host(a, host, sizeof(host));
	if (host[0] == '\0')
		return 0;
	if (add(e, prefix, host_name, host) < 0)
		return -ENOMEM;
	if (port_name == NULL)
		return 0;
	text_init(&port, digits, sizeof(digits));
	text_add_number(&port, address_port(a));
	return add(e, prefix, port_name, digits);
}

static int
add_local(struct environment *e, const char *label, const struct address *a)
{
	if (a->sa.sa_family == AF_UNIX)
		return add_address(e, label, a, "LOCALPATH", NULL);
	return add_address(e, label, a, "LOCALIP", "LOCALPORT");
}

static int
add_remote(struct environment *e, const char *label, const struct address *a)
{
	if (a->sa.sa_family == AF_UNIX)
		return add_address(e, label, a, "REMOTEPATH", NULL) < 0 ||
			       add_address(e, "", a, "REMOTE_ADDR", NULL) < 0
			   ? -ENOMEM
			   : 0;
	if (add_address(e, label, a, "REMOTEIP", "REMOTEPORT") < 0 ||
	    add_address(e, "", a, "REMOTE_ADDR", "REMOTE_PORT") < 0)
		return -ENOMEM;
	return add_address(e, "", a, "REMOTE_HOST", NULL);
}

static int
add_connection(struct environment *e, const struct environment_facts *f)
{
	const char *label = f->transport != NULL ? f->transport->label : NULL;

	if (label == NULL)
		return 0;
	if (add(e, "", "PROTO", label) < 0)
		return -ENOMEM;
	if (f->local != NULL && add_local(e, label, f->local) < 0)
		return -ENOMEM;
	return f->peer != NULL ? add_remote(e, label, f->peer) : 0;
}

static int
add_sockets(struct environment *e, const struct environment_facts *f)
{
	char count[24];

	if (f->nsockets == 0)
		return 0;
	(void)snprintf(count, sizeof(count), "%zu", f->nsockets);
	if (add(e, "", "LISTEN_FDS", count) < 0 ||
	    add(e, "", "LISTEN_FDNAMES", f->socket_names) < 0)
		return -ENOMEM;
	return add(e, "", "LISTEN_PID", "0000000000");
}

static int
add_configured(struct environment *e, const struct service_conf *svc)
{
	const char *equals, *value;
	size_t i;

	for (i = 0; i < svc->pass_environment.n; i++) {
		value = getenv(svc->pass_environment.v[i]);
		if (value != NULL && replace(e, svc->pass_environment.v[i],
					 strlen(svc->pass_environment.v[i]), value) < 0)
			return -ENOMEM;
	}
	for (i = 0; i < svc->environment.n; i++) {
		equals = strchr(svc->environment.v[i], '=');
		if (equals != NULL && replace(e, svc->environment.v[i],
					  (size_t)(equals - svc->environment.v[i]), equals + 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void
finish(struct environment *e, bool sockets)
{
	static const char name[] = "LISTEN_PID=";
	size_t i;

	e->listen_pid = NULL;
	for (i = 0; i < e->n; i++) {
		e->v[i] = e->text + offset_of(e, i);
		if (sockets && strncmp(e->v[i], name, sizeof(name) - 1) == 0)
			e->listen_pid = e->v[i] + sizeof(name) - 1;
	}
	e->v[e->n] = NULL;
}

int
environment_build(struct environment *e, const struct environment_facts *f)
{
	e->n = 0;
	e->length = 0;
	if (add_user(e, f->service->credentials) < 0 || add_connection(e, f) < 0 ||
	    add(e, "", "SUPERD_SERVICE", f->service->name) < 0 ||
	    add(e, "", "SUPERD_ID", f->id) < 0 || add_configured(e, f->service) < 0 ||
	    add_sockets(e, f) < 0)
		return -ENOMEM;
	finish(e, f->nsockets > 0);
	return 0;
}

void
environment_fini(struct environment *e)
{
	if (e == NULL)
		return;
	free(e->v);
	free(e->text);
	memset(e, 0, sizeof(*e));
}
