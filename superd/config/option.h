/*
 * Every option there is, one row each: where it stands, its type, its default, its field in the
 * model and what it means.  The loader, the printer, the defaults, the hints for misspelt words and
 * the check for duplicates walk this table; nothing about an option stands anywhere else.
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option_word;
struct text;
struct value_type;

/* The struct that holds the field. */
enum option_owner { OPTION_CONF, OPTION_SERVICE };

struct option_section {
	const char *name;		     /* NULL: the file itself */
	const struct option_section *parent; /* where it stands */
	enum option_owner owner;
	bool titled;	/* has a title, may stand more than once */
	bool main_only; /* in superd.conf, not in service files */
	bool defaults;	/* takes the sections and options of a service that may have a default */
};

struct option {
	const struct option_section *section;
	const char *name;
	const struct value_type *type;
	const char *const *preset; /* default, a value or the items of a list; NULL: unset */
	const char *unset;	   /* what holds if there is no value and no default */
	size_t offset, size;	   /* of the field */
	size_t flag;		   /* offset of the bool that says the field is set; 0: has none */
	long long min, max;	   /* of numbers; max: length of strings */
	const struct option_word *words;
	bool own; /* each service must say it itself: not in defaults */
	const char *help;
};

enum { OPTIONS_MAX = 128, OPTION_ERROR = 512 };

/* A set of options. Zero it. */
struct option_set {
	uint64_t bits[OPTIONS_MAX / 64];
};

extern const struct option_section option_file, option_log, option_defaults, option_service,
    option_socket, option_limits, option_access, option_banner, option_daemon_limits, option_scan;

/* Row i, NULL after the last. */
const struct option *option_row(size_t i);
size_t option_index(const struct option *o);
void option_set_add(struct option_set *set, const struct option *o);
bool option_set_has(const struct option_set *set, const struct option *o);
/* Section i, NULL after the last. */
const struct option_section *option_section_row(size_t i);

/* The option or section `name` (length n) of a section; of `defaults`, those of a service that may
 * stand there. NULL if there is none. */
const struct option *option_find(const struct option_section *in, const char *name, size_t n);
const struct option_section *option_find_section(
    const struct option_section *in, const char *name, size_t n);
/* What to write instead of an unknown word: ", did you mean ...?" or the words that are allowed. */
void option_hint(
    struct text *t, const struct option_section *in, const char *name, size_t n, bool main);
/* "mode" or, in a section of a service or of the main file, "socket.mode"; "limits.instances
 * (daemon)" is not the service's. */
void option_name(struct text *t, const struct option *o);

/*
 * Of the field of an option in base, a struct service_conf or struct conf.  option_set converts
 * text, or an item to append to a list. 0, or -EINVAL, -ENOMEM with a sentence in error.
 */
int option_set(const struct option *o, void *base, const char *text, char *error, size_t size);
/* Makes it unset (an empty list for a list) but set_flag. Frees what it held. */
void option_unset(const struct option *o, void *base);
/* Marks a list as written although it is empty. */
void option_mark(const struct option *o, void *base);
/* Replaces it by its default. 0 or -ENOMEM. */
int option_preset(const struct option *o, void *base);
/* Replaces it by a copy of that of another. 0 or -ENOMEM. */
int option_copy(const struct option *o, const void *from, void *base);
/* Puts the items of another's list before its own. 0 or -ENOMEM. */
int option_prepend(const struct option *o, const void *from, void *base);
/* Has it a value? option_print writes that as the language has it. */
bool option_has(const struct option *o, const void *base);
void option_print(const struct option *o, const void *base, FILE *out);

void option_unset_all(void *base, enum option_owner owner);
int option_preset_all(void *base, enum option_owner owner);

#endif
