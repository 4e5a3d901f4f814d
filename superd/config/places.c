#include "config/places.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/scan.h"
#include "config/service.h"

enum { NAME = 64 };

/* A value, or an option that is given without one. */
struct mark {
	uint32_t line;
	uint16_t option; /* option_index */
	bool append;
	bool empty;
};

/* Marks of one section. */
struct span {
	uint32_t first, n;
	bool spoilt, partial;
};

struct places {
	struct mark *marks;
	size_t nmarks;
	struct span *services;
	size_t nservices;
	struct span defaults, main;
	const char *file, *main_file; /* of defaults, of main */
};

struct places *
places_new(void)
{
	return calloc(1, sizeof(struct places));
}

void
places_free(struct places *p)
{
	if (p == NULL)
		return;
	free(p->marks);
	free(p->services);
	free(p);
}

/* Room for one more of n; arrays grow at powers of two. */
static int
grow(void *array, size_t n, size_t size)
{
	void **v = array, *more;

	if ((n & (n - 1)) != 0)
		return 0;
	more = reallocarray(*v, n > 0 ? 2 * n : 1, size);
	if (more == NULL)
		return -ENOMEM;
	*v = more;
	return 0;
}

static int
add_mark(struct places *p, const struct scan_item *item, uint32_t line)
{
	if (grow(&p->marks, p->nmarks, sizeof(*p->marks)) < 0)
		return -ENOMEM;
	p->marks[p->nmarks++] = (struct mark){.line = line,
	    .option = (uint16_t)option_index(item->option),
	    .append = item->append,
	    .empty = item->count == 0};
	return 0;
}

static int
add_item(struct places *p, const struct scan_item *item, const uint32_t *lines)
{
	size_t i;

	if (item->count == 0)
		return add_mark(p, item, item->line);
	for (i = 0; i < item->count; i++)
		if (add_mark(p, item, lines[item->first + i]) < 0)
			return -ENOMEM;
	return 0;
}

int
places_add(struct places *p, const struct scan_item *items, size_t n, const uint32_t *lines,
    bool spoilt, bool partial)
{
	struct span s = {.first = (uint32_t)p->nmarks, .spoilt = spoilt, .partial = partial};
	size_t i;

	for (i = 0; i < n; i++)
		if (add_item(p, &items[i], lines) < 0)
			return -ENOMEM;
	s.n = (uint32_t)p->nmarks - s.first;
	if (grow(&p->services, p->nservices, sizeof(*p->services)) < 0)
		return -ENOMEM;
	p->services[p->nservices++] = s;
	return 0;
}

/* Those of the items that are of SCAN_DEFAULTS or SCAN_CONF. */
static int
add_span(struct places *p, struct span *s, int32_t service, const struct scan_item *items, size_t n,
    const uint32_t *lines)
{
	size_t i;

	*s = (struct span){.first = (uint32_t)p->nmarks};
	for (i = 0; i < n; i++)
		if (items[i].service == service && add_item(p, &items[i], lines) < 0)
			return -ENOMEM;
	s->n = (uint32_t)p->nmarks - s->first;
	return 0;
}

int
places_add_defaults(struct places *p, const char *file, const struct scan_item *items, size_t n,
    const uint32_t *lines)
{
	struct span s;

	if (add_span(p, &s, SCAN_DEFAULTS, items, n, lines) < 0)
		return -ENOMEM;
	if (s.n > 0) {
		p->defaults = s;
		p->file = file;
	}
	return 0;
}

int
places_add_main(struct places *p, const char *file, const struct scan_item *items, size_t n,
    const uint32_t *lines)
{
	p->main_file = file;
	return add_span(p, &p->main, SCAN_CONF, items, n, lines);
}

static const struct option *
named(const char *name, enum option_owner owner)
{
	const struct option *o;
	char text[NAME];
	struct text t;
	size_t i;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		if (o->section->owner != owner)
			continue;
		text_init(&t, text, sizeof(text));
		option_name(&t, o);
		if (strcmp(text, name) == 0)
			return o;
	}
	return NULL;
}

/* The mark of item *i of the option. NULL if the section has no such item: *i is less by those that
 * it has then. */
static const struct mark *
find_item(const struct places *p, const struct span *s, const struct option *o, size_t *i)
{
	const struct mark *m;
	size_t n;

	for (n = 0; n < s->n; n++) {
		m = &p->marks[s->first + n];
		if (m->option == option_index(o) && !m->empty && (*i)-- == 0)
			return m;
	}
	return NULL;
}

/* The first mark of the option, empty or not. */
static const struct mark *
find_any(const struct places *p, const struct span *s, const struct option *o)
{
	size_t n;

	for (n = s->first; n < s->first + s->n; n++)
		if (p->marks[n].option == option_index(o))
			return &p->marks[n];
	return NULL;
}

struct position
places_find(const struct conf *conf, size_t n, const char *option, size_t i)
{
	const struct service_conf *svc = conf->services[n];
	const struct places *p = conf->places;
	struct position at = {.file = svc->file, .line = svc->line};
	const struct option *o = named(option, OPTION_SERVICE);
	const struct mark *own, *m = NULL;

	if (p == NULL || o == NULL || n >= p->nservices)
		return at;
	own = find_any(p, &p->services[n], o);
	/* Items of the defaults come before those of +=. */
	if (own == NULL || own->append)
		m = find_item(p, &p->defaults, o, &i);
	if (m != NULL)
		return (struct position){.file = p->file, .line = m->line};
	if (own != NULL)
		m = find_item(p, &p->services[n], o, &i);
	if (m == NULL)
		m = own;
	if (m != NULL)
		at.line = m->line;
	return at;
}

struct position
places_find_main(const struct conf *conf, const char *option, size_t i)
{
	const struct places *p = conf->places;
	const struct option *o = named(option, OPTION_CONF);
	const struct mark *m = NULL;

	if (p == NULL || o == NULL)
		return (struct position){NULL, 0};
	m = find_item(p, &p->main, o, &i);
	if (m == NULL)
		m = find_any(p, &p->main, o);
	return (struct position){.file = p->main_file, .line = m != NULL ? m->line : 0};
}

bool
places_spoilt(const struct conf *conf, size_t n)
{
	return conf->places != NULL && n < conf->places->nservices &&
	       conf->places->services[n].spoilt;
}

bool
places_partial(const struct conf *conf, size_t n)
{
	return conf->places != NULL && n < conf->places->nservices &&
	       conf->places->services[n].partial;
}

void
places_drop_spoilt(struct conf *conf)
{
	struct places *p = conf->places;
	size_t i, n = 0;

	for (i = 0; i < conf->nservices; i++) {
		if (places_spoilt(conf, i)) {
			service_conf_free(conf->services[i]);
			continue;
		}
		conf->services[n] = conf->services[i];
		p->services[n++] = p->services[i];
	}
	conf->nservices = n;
	p->nservices = n;
}
