/* The types of options: text to field and back. Those of lists are in config/list. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stdio.h>

struct option;
struct text;

struct value_type {
	const char *name;
	bool list;
	/* Converts, or appends one item to a list. 0, -EINVAL with a sentence in error, -ENOMEM. */
	int (*parse)(const struct option *o, const char *s, void *field, struct text *error);
	bool (*has)(const struct option *o, const void *field); /* a value */
	/* The value that it has, in the language. */
	void (*print)(const struct option *o, const void *field, FILE *out);
	int (*copy)(
	    const struct option *o, const void *from, void *to); /* to is unset. 0, -ENOMEM */
	void (*unset)(const struct option *o, void *field);	 /* frees what it held */
};

extern const struct value_type value_string; /* any text that is not empty */
extern const struct value_type value_path;   /* absolute */
extern const struct value_type value_number, value_octal, value_size, value_seconds, value_choice;

/* Parts of types that hold an integer of any width, -1 where it is unset. */
long long value_fetch(const struct option *o, const void *field);
void value_store(const struct option *o, void *field, long long n);
bool value_integer_has(const struct option *o, const void *field);
int value_integer_copy(const struct option *o, const void *from, void *to);
void value_integer_unset(const struct option *o, void *field);
void value_number_print(const struct option *o, const void *field, FILE *out);

/* s in double quotes, so that reading it gives the same bytes. */
void value_quote(const char *s, FILE *out);

#endif
