#include "config/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/option.h"
#include "config/places.h"

int
strings_add(struct strings *s, const char *text)
{
	char *copy = strdup(text), **v;

	if (copy == NULL)
		return -ENOMEM;
	v = reallocarray(s->v, s->n + 2, sizeof(*v));
	if (v == NULL) {
		free(copy);
		return -ENOMEM;
	}
	s->v = v;
	v[s->n++] = copy;
	v[s->n] = NULL;
	return 0;
}

void
strings_fini(struct strings *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

struct service_conf *
service_conf_new(const char *name)
{
	struct service_conf *svc = calloc(1, sizeof(*svc));

	if (svc == NULL || (svc->name = strdup(name)) == NULL) {
		free(svc);
		return NULL;
	}
	option_unset_all(svc, OPTION_SERVICE);
	return svc;
}

void
service_conf_free(struct service_conf *svc)
{
	if (svc == NULL)
		return;
	option_unset_all(svc, OPTION_SERVICE);
	free(svc->access.uids);
	free(svc->access.gids);
	endpoints_fini(&svc->endpoints);
	free(svc->name);
	free(svc);
}

bool
service_conf_is_sensor(const struct service_conf *svc)
{
	return svc->builtin == BUILTIN_SENSOR || svc->sensor >= 0;
}

unsigned
service_conf_per_source(const struct service_conf *svc)
{
	if (svc->limits.per_source >= 0)
		return (unsigned)svc->limits.per_source;
	return (svc->limits.instances + 1) / 2;
}

struct conf *
conf_new(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (conf != NULL)
		option_unset_all(conf, OPTION_CONF);
	return conf;
}

int
conf_add(struct conf *conf, struct service_conf *svc)
{
	struct service_conf **v;
	size_t n = conf->nservices;

	/* Powers of two, so that the array is seldom moved. */
	if ((n & (n - 1)) == 0) {
		v = reallocarray(conf->services, n > 0 ? 2 * n : 1, sizeof(struct service_conf *));
		if (v == NULL) {
			service_conf_free(svc);
			return -ENOMEM;
		}
		conf->services = v;
	}
	conf->services[conf->nservices++] = svc;
	return 0;
}

static void
free_credentials(struct credentials *c)
{
	struct credentials *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c->groups);
		free(c->name);
		free(c->home);
		free(c->shell);
		free(c);
	}
}

void
conf_free(struct conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->nservices; i++)
		service_conf_free(conf->services[i]);
	free(conf->services);
	places_free(conf->places);
	free_credentials(conf->credentials);
	strings_fini(&conf->files);
	option_unset_all(conf, OPTION_CONF);
	free(conf);
}
