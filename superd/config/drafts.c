#include "config/drafts.h"

#include <errno.h>
#include <stdlib.h>

#include "config/complete.h"
#include "config/places.h"
#include "config/service.h"

struct draft *
drafts_add(struct drafts *d, struct service_conf *svc)
{
	struct draft *v;

	if (svc == NULL)
		return NULL;
	/* Powers of two. */
	if ((d->n & (d->n - 1)) == 0) {
		v = reallocarray(d->v, d->n > 0 ? 2 * d->n : 1, sizeof(*v));
		if (v == NULL) {
			service_conf_free(svc);
			return NULL;
		}
		d->v = v;
	}
	d->v[d->n] = (struct draft){.svc = svc};
	return &d->v[d->n++];
}

int
drafts_complete(struct drafts *d, const struct service_conf *defaults, unsigned port_offset,
    struct report *report)
{
	int r, wrong = 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		r = complete_service(&d->v[i], defaults, port_offset, report);
		if (r == -ENOMEM)
			return r;
		wrong += r < 0;
	}
	return wrong;
}

int
drafts_into(struct drafts *d, struct conf *conf, bool spoilt)
{
	struct service_conf *svc;
	struct draft *at;
	size_t i;

	for (i = 0; i < d->n; i++) {
		at = &d->v[i];
		svc = at->svc;
		at->svc = NULL;
		if (conf_add(conf, svc) < 0 || places_add(conf->places, at->items, at->n, at->lines,
						   spoilt, at->wrong || at->partial) < 0)
			return -ENOMEM;
	}
	return 0;
}

void
drafts_fini(struct drafts *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->n; i++)
		service_conf_free(d->v[i].svc);
	free(d->v);
	d->v = NULL;
	d->n = 0;
}
