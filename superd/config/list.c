#include "config/list.h"

#include <errno.h>
#include <string.h>

#include "base/hours.h"
#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "net/prefix.h"

/* execve(2) takes no longer argument or variable: MAX_ARG_STRLEN of Linux, with its NUL. */
enum { ARGUMENT_MAX = 128 * 1024 - 1 };

static int
argument_parse(const char *s, void *field, struct text *error)
{
	size_t n = strlen(s);

	if (n <= ARGUMENT_MAX)
		return strings_add(field, s);
	text_addf(error, "an item of %zu bytes is longer than a program can be given (allowed: %d)",
	    n, ARGUMENT_MAX);
	return -EINVAL;
}

static int
word_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	(void)o;
	if (*s == '\0')
		return text_refuse(error, s, "is empty");
	return strings_add(field, s);
}

static int
command_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	const struct strings *list = field;

	(void)o;
	if (list->n == 0 && *s != '/')
		return text_refuse(error, s,
		    "is not the absolute path of a program (an argument is an item of its own: "
		    "{ \"/bin/ls\", \"-l\" })");
	return argument_parse(s, field, error);
}

/* Length of the name of an environment variable that s starts with. */
static size_t
variable(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char others[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return strspn(s, letters) > 0 ? strspn(s, others) : 0;
}

static int
assignment_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	size_t n = variable(s);

	(void)o;
	if (n == 0 || s[n] != '=')
		return text_refuse(error, s, "is not NAME=VALUE");
	return argument_parse(s, field, error);
}

static int
variable_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	size_t n = variable(s);

	(void)o;
	if (n == 0 || s[n] != '\0')
		return text_refuse(error, s, "is not the name of an environment variable");
	return strings_add(field, s);
}

static int
prefix_item_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	struct prefix p;
	int r = prefix_parse(&p, s, error);

	if (r == -ENOENT && o->section == &option_access)
		text_add(error, ", or use libwrap = true");
	return r < 0 ? -EINVAL : strings_add(field, s);
}

static int
hours_item_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	struct hours h;

	(void)o;
	return hours_parse(&h, s, error) < 0 ? -EINVAL : strings_add(field, s);
}

static int
length_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	const struct strings *list = field;
	long long n, max = list->n == 0 ? 32 : 128;

	(void)o;
	if (list->n >= 2)
		return text_refuse(error, s,
		    "is one too many: the bits of an IPv4 address, then of an IPv6 address");
	if (text_number(s, 0, max, &n) < 0) {
		(void)text_refuse(error, s, "is no length of a prefix");
		text_addf(error, " of %s (allowed: 0 to %lld)", max == 32 ? "IPv4" : "IPv6", max);
		return -EINVAL;
	}
	return strings_add(field, s);
}

static bool
list_has(const struct option *o, const void *field)
{
	(void)o;
	(void)field;
	return true;
}

static void
list_print(const struct option *o, const void *field, FILE *out)
{
	const struct strings *list = field;
	size_t i;

	(void)o;
	(void)fputs("{", out);
	for (i = 0; i < list->n; i++) {
		(void)fputs(i > 0 ? ", " : " ", out);
		value_quote(list->v[i], out);
	}
	(void)fputs(list->n > 0 ? " }" : "}", out);
}

static int
list_copy(const struct option *o, const void *from, void *to)
{
	const struct strings *list = from;
	size_t i;

	(void)o;
	for (i = 0; i < list->n; i++)
		if (strings_add(to, list->v[i]) < 0)
			return -ENOMEM;
	return 0;
}

static void
list_unset(const struct option *o, void *field)
{
	(void)o;
	strings_fini(field);
}

#define LIST(function)                                                                             \
	{                                                                                          \
		.name = "list", .list = true, .parse = (function), .has = list_has,                \
		.print = list_print, .copy = list_copy, .unset = list_unset                        \
	}

const struct value_type list_strings = LIST(word_parse);
const struct value_type list_endpoints = LIST(word_parse);
const struct value_type list_command = LIST(command_parse);
const struct value_type list_assignments = LIST(assignment_parse);
const struct value_type list_variables = LIST(variable_parse);
const struct value_type list_prefixes = LIST(prefix_item_parse);
const struct value_type list_hours = LIST(hours_item_parse);
const struct value_type list_lengths = LIST(length_parse);
