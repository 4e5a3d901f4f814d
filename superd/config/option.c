#include "config/option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/foreign.h"
#include "config/rows.h"
#include "config/service.h"
#include "config/value.h"

enum { WORDS_MAX = OPTIONS_MAX + 16 };

const struct option *
option_row(size_t i)
{
	return i < rows_noptions ? &rows_options[i] : NULL;
}

size_t
option_index(const struct option *o)
{
	return (size_t)(o - rows_options);
}

const struct option_section *
option_section_row(size_t i)
{
	return i < rows_nsections ? rows_sections[i] : NULL;
}

void
option_set_add(struct option_set *set, const struct option *o)
{
	set->bits[option_index(o) / 64] |= UINT64_C(1) << option_index(o) % 64;
}

bool
option_set_has(const struct option_set *set, const struct option *o)
{
	return (set->bits[option_index(o) / 64] & UINT64_C(1) << option_index(o) % 64) != 0;
}

static bool
is_name(const char *word, const char *name, size_t n)
{
	return word != NULL && strlen(word) == n && memcmp(word, name, n) == 0;
}

static bool
stands_in(const struct option *o, const struct option_section *in)
{
	return o->section == (in->defaults ? &option_service : in) && !(in->defaults && o->own);
}

const struct option *
option_find(const struct option_section *in, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < rows_noptions; i++)
		if (stands_in(&rows_options[i], in) && is_name(rows_options[i].name, name, n))
			return &rows_options[i];
	return NULL;
}

const struct option_section *
option_find_section(const struct option_section *in, const char *name, size_t n)
{
	size_t i;

	if (in->defaults)
		in = &option_service;
	for (i = 0; i < rows_nsections; i++)
		if (rows_sections[i]->parent == in && is_name(rows_sections[i]->name, name, n))
			return rows_sections[i];
	return NULL;
}

/* What may be written in a section. */
static size_t
words_of(const struct option_section *in, bool main, const char **words)
{
	const struct option_section *parent = in->defaults ? &option_service : in;
	size_t i, n = 0;

	for (i = 0; i < rows_noptions; i++)
		if (stands_in(&rows_options[i], in) && (main || !in->main_only))
			words[n++] = rows_options[i].name;
	for (i = 0; i < rows_nsections; i++)
		if (rows_sections[i]->parent == parent && (main || !rows_sections[i]->main_only))
			words[n++] = rows_sections[i]->name;
	return n;
}

/* How likely an option of that section is meant by who writes it in `in`: the file may have the
 * section, it is within `in`, it is a service's. */
static int
likelihood(const struct option_section *s, const struct option_section *in, bool main)
{
	return 4 * (main || !s->main_only) + 2 * (s->parent == in) + !s->main_only;
}

/* The section that has it. */
static const struct option_section *
elsewhere(const struct option_section *in, const char *name, size_t n, bool main)
{
	const struct option_section *found = NULL, *s;
	size_t i;

	if (in->defaults)
		in = &option_service;
	for (i = 0; i < rows_noptions; i++) {
		s = rows_options[i].section;
		if (is_name(rows_options[i].name, name, n) &&
		    (found == NULL || likelihood(s, in, main) > likelihood(found, in, main)))
			found = s;
	}
	if (found != NULL)
		return found;
	for (i = 0; i < rows_nsections; i++)
		if (is_name(rows_sections[i]->name, name, n))
			return rows_sections[i]->parent;
	return NULL;
}

void
option_hint(struct text *t, const struct option_section *in, const char *name, size_t n, bool main)
{
	const struct option_section *other = elsewhere(in, name, n, main);
	const char *words[WORDS_MAX], *nearest, *here = NULL;
	char word[64];
	size_t i, count = words_of(in, main, words);

	if (in == &option_service || in == &option_file || in->defaults)
		here = foreign_here(name, n);
	if (here != NULL) {
		text_addf(t, ", one of xinetd.conf(5): here it is %s", here);
		return;
	}
	if (in->defaults && option_find(&option_service, name, n) != NULL) {
		text_add(t, ", which each service says itself, has no default");
		return;
	}
	if (other != NULL && other->main_only) {
		text_add(t, main ? ", which stands " : ", which stands in superd.conf only");
		if (main)
			text_addf(
			    t, other->name ? "in %s { }" : "outside of sections", other->name);
		return;
	}
	if (other != NULL) {
		text_addf(t, ", which stands in %s { }", other->name);
		return;
	}
	(void)snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), name);
	nearest = text_nearest(word, words, count);
	if (nearest != NULL) {
		text_addf(t, ", did you mean \"%s\"?", nearest);
		return;
	}
	text_add(t, " (allowed:");
	for (i = 0; i < count; i++)
		text_addf(t, " %s", words[i]);
	text_add(t, ")");
}

void
option_name(struct text *t, const struct option *o)
{
	if (o->section->name != NULL && o->section != &option_service)
		text_addf(t, "%s.", o->section->name);
	text_add(t, o->name);
	if (o->section == &option_daemon_limits)
		text_add(t, " (daemon)");
}

static void *
field_of(const struct option *o, void *base)
{
	return (char *)base + o->offset;
}

static const void *
const_field_of(const struct option *o, const void *base)
{
	return (const char *)base + o->offset;
}

static void
set_flag(const struct option *o, void *base, bool value)
{
	if (o->flag != 0)
		*(bool *)((char *)base + o->flag) = value;
}

static bool
has_flag(const struct option *o, const void *base)
{
	return o->flag == 0 || *(const bool *)((const char *)base + o->flag);
}

int
option_set(const struct option *o, void *base, const char *text, char *error, size_t size)
{
	struct text t;
	int r;

	text_init(&t, error, size);
	r = o->type->parse(o, text, field_of(o, base), &t);
	if (r == -ENOMEM)
		text_add(&t, "out of memory");
	if (r == 0)
		set_flag(o, base, true);
	return r;
}

void
option_unset(const struct option *o, void *base)
{
	o->type->unset(o, field_of(o, base));
	set_flag(o, base, false);
}

void
option_mark(const struct option *o, void *base)
{
	set_flag(o, base, true);
}

int
option_preset(const struct option *o, void *base)
{
	char error[OPTION_ERROR];
	size_t i;
	int r = 0;

	option_unset(o, base);
	for (i = 0; o->preset != NULL && o->preset[i] != NULL && r == 0; i++)
		r = option_set(o, base, o->preset[i], error, sizeof(error));
	return r;
}

int
option_copy(const struct option *o, const void *from, void *base)
{
	option_unset(o, base);
	set_flag(o, base, has_flag(o, from));
	return o->type->copy(o, const_field_of(o, from), field_of(o, base));
}

int
option_prepend(const struct option *o, const void *from, void *base)
{
	struct strings both = {NULL, 0}, *list = field_of(o, base);

	if (o->type->copy(o, const_field_of(o, from), &both) < 0 ||
	    o->type->copy(o, list, &both) < 0) {
		strings_fini(&both);
		return -ENOMEM;
	}
	strings_fini(list);
	*list = both;
	return 0;
}

bool
option_has(const struct option *o, const void *base)
{
	return has_flag(o, base) && o->type->has(o, const_field_of(o, base));
}

void
option_print(const struct option *o, const void *base, FILE *out)
{
	o->type->print(o, const_field_of(o, base), out);
}

void
option_unset_all(void *base, enum option_owner owner)
{
	size_t i;

	for (i = 0; i < rows_noptions; i++)
		if (rows_options[i].section->owner == owner)
			option_unset(&rows_options[i], base);
}

int
option_preset_all(void *base, enum option_owner owner)
{
	size_t i;
	int r = 0;

	for (i = 0; i < rows_noptions && r == 0; i++)
		if (rows_options[i].section->owner == owner)
			r = option_preset(&rows_options[i], base);
	return r;
}
