#include "config/load.h"

#include <confuse.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/aside.h"
#include "base/fd.h"
#include "base/text.h"
#include "config/check.h"
#include "config/complete.h"
#include "config/drafts.h"
#include "config/files.h"
#include "config/list.h"
#include "config/option.h"
#include "config/places.h"
#include "config/report.h"
#include "config/scan.h"
#include "config/service.h"
#include "config/value.h"

/* Hidden options, which no file can name. The first holds what libconfuse's callbacks have no
 * argument for; the second ends the text: within a section that was not closed it is unknown. */
#define CONTEXT "\001context"
#define SENTINEL "\001end"

static const char sentinel[] = "\n" SENTINEL " = x\n";

enum { ERROR_TEXT = 1024 };

/* A load. */
struct loader {
	const struct load_options *options;
	struct conf *conf;
	struct service_conf *defaults;
	bool folders_set;
	struct report *report;
};

/* One file on its way into the loader's model. */
struct parse {
	struct loader *l;
	const char *file; /* conf->files owns it */
	struct scan scan;
	size_t next; /* item */
	struct drafts drafts;
	size_t from, to; /* findings of the scanner in the report */
	size_t broken;	 /* words that it took out */
	size_t wrong;	 /* errors of values outside of services */
	bool main, memory;
};

static struct parse *
context_of(cfg_t *cfg)
{
	return (struct parse *)cfg_getopt(cfg, CONTEXT)->simple_value.ptr;
}

/* What the scanner let pass and libconfuse does not. */
static void __attribute__((format(printf, 2, 0)))
refused(cfg_t *cfg, const char *format, va_list ap)
{
	struct parse *p = context_of(cfg);
	char message[ERROR_TEXT];

	(void)vsnprintf(message, sizeof(message), format, ap);
	report_add(
	    p->l->report, FINDING_ERROR, p->file, (unsigned)cfg->line, "libconfuse: %s", message);
}

/*
 * The table of options as libconfuse wants it.
 */

static int service_read(cfg_t *root, cfg_opt_t *opt);

enum { SECTION_SIZE = OPTIONS_MAX + 8 };

static size_t
put_options(cfg_opt_t *v, const struct option_section *in, struct parse *p)
{
	const struct option *o;
	size_t i, n = 0;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		if (o->section != in)
			continue;
		if (o->type->list)
			v[n++] = (cfg_opt_t)CFG_STR_LIST(o->name, NULL, CFGF_NODEFAULT);
		else
			v[n++] = (cfg_opt_t)CFG_STR(o->name, NULL, CFGF_NODEFAULT);
	}
	v[n] = (cfg_opt_t)CFG_STR(CONTEXT, NULL, CFGF_NONE);
	v[n++].simple_value.ptr = (void **)p;
	return n;
}

/* The sections within one, which were put before. */
static size_t
put_sections(
    cfg_opt_t *v, size_t n, const struct option_section *in, cfg_opt_t (*all)[SECTION_SIZE])
{
	const struct option_section *s;
	size_t i;

	for (i = 0; (s = option_section_row(i)) != NULL; i++) {
		if (s->parent != in)
			continue;
		v[n] = (cfg_opt_t)CFG_SEC(
		    s->name, all[i], s->titled ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE);
		if (s->titled)
			v[n].validcb = service_read;
		n++;
	}
	return n;
}

static cfg_t *
new_parser(struct parse *p)
{
	autofree cfg_opt_t(*all)[SECTION_SIZE] = NULL;
	cfg_opt_t *v;
	const struct option_section *s, *rows;
	size_t i, n, count = 0;
	cfg_t *cfg;

	while (option_section_row(count) != NULL)
		count++;
	all = calloc(count, sizeof(*all));
	if (all == NULL)
		return NULL;
	/* The last first: a section stands before those within it. */
	for (i = count; i-- > 0;) {
		s = option_section_row(i);
		rows = s->defaults ? &option_service : s;
		v = all[i];
		n = put_sections(v, put_options(v, rows, p), rows, all);
		if (s == &option_file)
			v[n++] = (cfg_opt_t)CFG_STR(SENTINEL, NULL, CFGF_NODEFAULT);
		v[n] = (cfg_opt_t)CFG_END();
	}
	cfg = cfg_init(all[0], CFGF_NONE);
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, refused);
	return cfg;
}

/*
 * From strings to the model.
 */

/* Errors of values: "FILE:LINE: OPTION: what". */
static void
report_value(struct parse *p, const struct option *o, unsigned line, const char *error)
{
	char name[64];
	struct text t;

	text_init(&t, name, sizeof(name));
	option_name(&t, o);
	report_add(p->l->report, FINDING_ERROR, p->file, line, "%s: %s", name, error);
}

/* The values of one item, from the section of libconfuse that has them. False if one is wrong. */
static bool
convert(struct parse *p, const struct scan_item *item, cfg_t *section, size_t from, void *base)
{
	const struct option *o = item->option;
	char error[OPTION_ERROR];
	const char *value;
	bool good = true;
	size_t i;
	int r;

	option_mark(o, base);
	for (i = 0; i < item->count; i++) {
		value = cfg_getnstr(section, o->name, (unsigned)(from + i));
		if (value == NULL)
			return false;
		r = option_set(o, base, value, error, sizeof(error));
		p->memory |= r == -ENOMEM;
		good &= r == 0;
		if (r < 0)
			report_value(p, o, p->scan.lines[item->first + i], error);
		/* Without the program the next item would be taken for it. */
		if (r < 0 && o->type == &list_command)
			break;
	}
	return good;
}

/* libconfuse has the values of = and of every += after it in one array. */
static size_t
values_before(const struct parse *p, size_t first, size_t item)
{
	const struct scan_item *v = p->scan.items;
	size_t n = 0;

	for (; first < item; first++)
		if (v[first].option == v[item].option && v[first].service == v[item].service)
			n += v[first].count;
	return n;
}

/* The section of an option within the service, defaults {} or file that it is of. */
static cfg_t *
section_of(cfg_t *outer, const struct option *o)
{
	if (o->section == &option_service || o->section == &option_file)
		return outer;
	return cfg_getsec(outer, o->section->name);
}

/* At the closing brace of a service: converts it and lets libconfuse forget it. */
static int
service_read(cfg_t *root, cfg_opt_t *opt)
{
	struct parse *p = context_of(root);
	cfg_t *section = cfg_opt_getnsec(opt, 0);
	const struct scan_item *items = p->scan.items;
	struct service_conf *svc;
	struct draft *at;
	size_t first, i, n = p->drafts.n;

	while (p->next < p->scan.nitems && items[p->next].service < (int32_t)n)
		p->next++;
	first = p->next;
	for (i = first; i < p->scan.nitems && items[i].service == (int32_t)n; i++)
		continue;
	svc = n < p->scan.nservices ? service_conf_new(cfg_title(section)) : NULL;
	at = drafts_add(&p->drafts, svc);
	if (at == NULL) {
		p->memory = true;
		return -1;
	}
	at->items = i > first ? &items[first] : NULL;
	at->n = i - first;
	at->lines = p->scan.lines;
	svc->file = p->file;
	svc->line = p->scan.services[n];
	for (; p->next < i; p->next++) {
		const struct option *o = items[p->next].option;
		size_t before = values_before(p, first, p->next);

		if (!convert(p, &items[p->next], section_of(section, o), before, svc)) {
			at->wrong = true;
			/* The default stands for it in what is checked further. */
			if (!o->type->list)
				continue;
		}
		if (items[p->next].append && !option_set_has(&at->set, o))
			option_set_add(&at->append, o);
		option_set_add(&at->set, o);
	}
	(void)cfg_opt_rmnsec(opt, 0);
	return 0;
}

/* log {}, defaults {} and what stands outside of sections. */
static void
convert_global(struct parse *p, cfg_t *root)
{
	const struct scan_item *item;
	cfg_t *section;
	void *base;
	size_t i;

	for (i = 0; i < p->scan.nitems; i++) {
		item = &p->scan.items[i];
		if (item->service >= 0)
			continue;
		base = p->l->conf;
		section = root;
		if (item->service == SCAN_DEFAULTS) {
			base = p->l->defaults;
			section = cfg_getsec(root, option_defaults.name);
		}
		section = section_of(section, item->option);
		if (!item->append && values_before(p, 0, i) == 0)
			option_unset(item->option, base);
		if (!convert(p, item, section, values_before(p, 0, i), base))
			p->wrong++;
		p->l->folders_set |=
		    (char *)base + item->option->offset == (char *)&p->l->conf->folders;
	}
}

/* Did the scanner take out anything that may be of service i? In superd.conf it may as well be of
 * the defaults. */
static bool
is_partial(const struct parse *p, size_t i)
{
	const struct finding *f = p->l->report->v;
	const uint32_t *lines = p->scan.services;
	size_t n;

	if (p->main)
		return p->broken + p->wrong > 0;
	for (n = p->from; n < p->to; n++)
		if (f[n].severity == FINDING_ERROR && f[n].line >= lines[i] &&
		    (i + 1 == p->scan.nservices || f[n].line <= lines[i + 1]))
			return true;
	return false;
}

/* Adds the services of a file to the model; if anything in it is wrong, all of them as spoilt. */
static int
add_services(struct parse *p)
{
	struct loader *l = p->l;
	size_t i;
	int r;

	r = places_add_defaults(
	    l->conf->places, p->file, p->scan.items, p->scan.nitems, p->scan.lines);
	if (r == 0 && p->main)
		r = places_add_main(
		    l->conf->places, p->file, p->scan.items, p->scan.nitems, p->scan.lines);
	if (r < 0)
		return r;
	for (i = 0; i < p->drafts.n; i++)
		p->drafts.v[i].partial = is_partial(p, i);
	r = drafts_complete(&p->drafts, l->defaults, l->options->port_offset, l->report);
	if (r < 0)
		return r;
	return drafts_into(&p->drafts, l->conf, p->broken + p->wrong > 0 || r > 0);
}

static void
parse_fini(struct parse *p)
{
	drafts_fini(&p->drafts);
	scan_fini(&p->scan);
}

/* Feeds libconfuse. 0, -EINVAL, -ENOMEM. */
static int
parse_values(struct parse *p, char *text, size_t n)
{
	cfg_t *cfg;
	int r;

	memcpy(text + n, sentinel, sizeof(sentinel));
	cfg = new_parser(p);
	if (cfg == NULL)
		return -ENOMEM;
	r = cfg_parse_buf(cfg, text) == CFG_SUCCESS ? 0 : -EINVAL;
	if (r == 0)
		convert_global(p, cfg);
	(void)cfg_free(cfg);
	return p->memory ? -ENOMEM : r;
}

/* text has room for the sentinel. 0, -ENOMEM, -EINVAL if nothing of it counts. */
static int
parse_text(struct loader *l, const char *file, char *text, size_t n, bool main)
{
	struct parse p = {.l = l, .file = file, .main = main, .from = l->report->n};
	size_t before = l->report->errors;
	int r;

	r = scan_text(&p.scan, file, text, n, main, l->report);
	if (r == 0) {
		p.to = l->report->n;
		p.broken = l->report->errors - before;
		r = parse_values(&p, text, n);
		if (r == -EINVAL && l->report->errors == before)
			report_add(l->report, FINDING_ERROR, file, 0, "libconfuse cannot parse it");
	}
	if (r == 0)
		r = add_services(&p);
	if (r == 0 && p.broken + p.wrong > 0)
		r = -EINVAL;
	parse_fini(&p);
	return r;
}

static int
load_file(struct loader *l, const char *path, bool main)
{
	autofree char *text = NULL;
	const char *file;
	size_t n;
	int r;

	r = files_read(path, &text, &n, sizeof(sentinel), l->report);
	if (r < 0)
		return r;
	if (strings_add(&l->conf->files, path) < 0)
		return -ENOMEM;
	file = l->conf->files.v[l->conf->files.n - 1];
	return parse_text(l, file, text, n, main);
}

static int
load_folders(struct loader *l)
{
	struct files files;
	size_t i;
	int r;

	r = files_list(&files, &l->conf->folders, l->options->path, l->folders_set, l->report);
	for (i = 0; i < files.n && r != -ENOMEM; i++)
		r = load_file(l, files.v[i], false);
	files_fini(&files);
	return r == -ENOMEM ? r : 0;
}

static int
loader_init(struct loader *l)
{
	l->conf = conf_new();
	l->defaults = service_conf_new("defaults");
	if (l->conf != NULL)
		l->conf->places = places_new();
	if (l->conf == NULL || l->conf->places == NULL || l->defaults == NULL ||
	    option_preset_all(l->conf, OPTION_CONF) < 0 ||
	    option_preset_all(l->defaults, OPTION_SERVICE) < 0)
		return -ENOMEM;
	return 0;
}

/* Gives back the model, or NULL after an error. */
static struct conf *
loader_fini(struct loader *l, int r)
{
	if (r == -ENOMEM)
		report_add(l->report, FINDING_ERROR, l->options->path, 0, "out of memory");
	if (r < 0) {
		conf_free(l->conf);
		l->conf = NULL;
	}
	service_conf_free(l->defaults);
	aside_end();
	/* What the parse took is some times what the model has: it goes back to the system. */
	(void)malloc_trim(0);
	return l->conf;
}

struct conf *
load_conf(const struct load_options *options, struct report *report)
{
	struct loader l = {.options = options, .report = report};
	int r = loader_init(&l);

	if (r == 0)
		r = load_file(&l, options->path, true);
	if (r == 0)
		r = load_folders(&l);
	/* Also if superd.conf is broken: all that is wrong with its services is shown. */
	if (r != -ENOMEM && check_conf(l.conf, report) < 0)
		r = -ENOMEM;
	report_sort(report);
	return loader_fini(&l, r);
}

struct conf *
load_text(const char *name, const char *text, size_t n, bool main, struct report *report)
{
	struct load_options options = {.path = name};
	struct loader l = {.options = &options, .report = report};
	autofree char *copy = malloc(n + sizeof(sentinel) + 1);
	int r = loader_init(&l);

	if (r == 0 && (copy == NULL || strings_add(&l.conf->files, name) < 0))
		r = -ENOMEM;
	if (r == 0) {
		memcpy(copy, text, n);
		copy[n] = '\0';
		r = parse_text(&l, l.conf->files.v[0], copy, n, main);
	}
	if (r == 0)
		places_drop_spoilt(l.conf);
	return loader_fini(&l, r);
}
