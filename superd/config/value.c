#include "config/value.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "config/word.h"

enum { WORDS_MAX = 32 };

static int
complain(struct text *error, const char *s, const char *why)
{
	text_add_quoted(error, s);
	text_add(error, " ");
	text_add(error, why);
	return -EINVAL;
}

long long
value_fetch(const struct option *o, const void *field)
{
	switch (o->size) {
	case sizeof(int8_t):
		return *(const int8_t *)field;
	case sizeof(int32_t):
		return *(const int32_t *)field;
	default:
		return *(const int64_t *)field;
	}
}

void
value_store(const struct option *o, void *field, long long n)
{
	switch (o->size) {
	case sizeof(int8_t):
		*(int8_t *)field = (int8_t)n;
		break;
	case sizeof(int32_t):
		*(int32_t *)field = (int32_t)n;
		break;
	default:
		*(int64_t *)field = n;
	}
}

bool
value_integer_has(const struct option *o, const void *field)
{
	return o->min < 0 || value_fetch(o, field) != -1;
}

int
value_integer_copy(const struct option *o, const void *from, void *to)
{
	value_store(o, to, value_fetch(o, from));
	return 0;
}

void
value_integer_unset(const struct option *o, void *field)
{
	/* A type narrower than int has no room for -1: it has a default. */
	value_store(o, field, o->size == sizeof(int8_t) || o->min < 0 ? 0 : -1);
}

static int
number_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	long long n;
	int r = text_number(s, o->min, o->max, &n);

	if (r < 0) {
		(void)complain(error, s, r == -ERANGE ? "is out of range" : "is not a number");
		text_addf(error, " (allowed: %lld to %lld)", o->min, o->max);
		return -EINVAL;
	}
	value_store(o, field, n);
	return 0;
}

void
value_number_print(const struct option *o, const void *field, FILE *out)
{
	(void)fprintf(out, "%lld", value_fetch(o, field));
}

const struct value_type value_number = {
    .name = "number",
    .parse = number_parse,
    .has = value_integer_has,
    .print = value_number_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
octal_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	long long n = 0;
	size_t i;

	for (i = 0; s[i] >= '0' && s[i] <= '7' && n <= o->max; i++)
		n = n * 8 + (s[i] - '0');
	if (i == 0 || s[i] != '\0' || n > o->max) {
		(void)complain(error, s, "is not an octal mode");
		text_addf(error, " (allowed: 0000 to %04llo)", (unsigned long long)o->max);
		return -EINVAL;
	}
	value_store(o, field, n);
	return 0;
}

static void
octal_print(const struct option *o, const void *field, FILE *out)
{
	(void)fprintf(out, "%04llo", (unsigned long long)value_fetch(o, field));
}

const struct value_type value_octal = {
    .name = "octal",
    .parse = octal_parse,
    .has = value_integer_has,
    .print = octal_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
size_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	uint64_t n = 0;
	int r = text_size(s, &n);

	if (r == -EINVAL)
		return complain(error, s, "is not a size (as in 4096, 64k, 16M)");
	if (r < 0 || n > (uint64_t)o->max || n < (uint64_t)o->min) {
		(void)complain(error, s, "is out of range");
		text_addf(error, " (allowed: %lld to %lld bytes)", o->min, o->max);
		return -EINVAL;
	}
	value_store(o, field, (long long)n);
	return 0;
}

static void
size_print(const struct option *o, const void *field, FILE *out)
{
	static const char suffixes[] = {'G', 'M', 'k'};
	long long n = value_fetch(o, field);
	size_t i;

	for (i = 0; n > 0 && i < sizeof(suffixes); i++) {
		unsigned shift = 30 - 10 * (unsigned)i;

		if (n % (1LL << shift) == 0) {
			(void)fprintf(out, "%lld%c", n >> shift, suffixes[i]);
			return;
		}
	}
	(void)fprintf(out, "%lld", n);
}

const struct value_type value_size = {
    .name = "size",
    .parse = size_parse,
    .has = value_integer_has,
    .print = size_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
seconds_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	usec_t t = 0;
	int r = text_time(s, &t);

	if (r == -EINVAL)
		return complain(error, s, "is not a time (as in 30, 30s, 10m)");
	if (r < 0 || t % USEC_PER_SEC != 0 || t / USEC_PER_SEC < (usec_t)o->min ||
	    t / USEC_PER_SEC > (usec_t)o->max) {
		(void)complain(error, s, "is out of range");
		text_addf(error, " (allowed: %lld to %lld whole seconds)", o->min, o->max);
		return -EINVAL;
	}
	value_store(o, field, (long long)(t / USEC_PER_SEC));
	return 0;
}

static void
seconds_print(const struct option *o, const void *field, FILE *out)
{
	(void)fprintf(out, "%llds", value_fetch(o, field));
}

const struct value_type value_seconds = {
    .name = "time",
    .parse = seconds_parse,
    .has = value_integer_has,
    .print = seconds_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
choice_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	const char *words[WORDS_MAX], *nearest;
	size_t i;

	for (i = 0; i < WORDS_MAX && o->words[i].word != NULL; i++) {
		words[i] = o->words[i].word;
		if (strcmp(words[i], s) == 0) {
			value_store(o, field, o->words[i].value);
			return 0;
		}
	}
	nearest = text_nearest(s, words, i);
	(void)complain(error, s, "is not known");
	if (nearest != NULL)
		text_addf(error, ", did you mean \"%s\"?", nearest);
	text_add(error, " (allowed:");
	for (i = 0; i < WORDS_MAX && o->words[i].word != NULL; i++)
		text_addf(error, " %s", o->words[i].word);
	text_add(error, ")");
	return -EINVAL;
}

static void
choice_print(const struct option *o, const void *field, FILE *out)
{
	long long n = value_fetch(o, field);
	size_t i;

	for (i = 0; o->words[i].word != NULL; i++) {
		if (o->words[i].value == n) {
			(void)fputs(o->words[i].word, out);
			return;
		}
	}
}

const struct value_type value_choice = {
    .name = "word",
    .parse = choice_parse,
    .has = value_integer_has,
    .print = choice_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

void
value_quote(const char *s, FILE *out)
{
	(void)fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || *s == '$')
			(void)fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			(void)fprintf(out, "\\x%02x", (unsigned char)*s);
		else
			(void)fputc(*s, out);
	}
	(void)fputc('"', out);
}

static int
string_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	char **to = field, *copy;

	if (*s == '\0')
		return complain(error, s, "is empty");
	if (o->max > 0 && strlen(s) > (size_t)o->max) {
		(void)complain(error, s, "is too long");
		text_addf(error, " (allowed: %lld characters)", o->max);
		return -EINVAL;
	}
	copy = strdup(s);
	if (copy == NULL)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static bool
string_has(const struct option *o, const void *field)
{
	(void)o;
	return *(char *const *)field != NULL;
}

static void
string_print(const struct option *o, const void *field, FILE *out)
{
	(void)o;
	value_quote(*(char *const *)field, out);
}

static int
string_copy(const struct option *o, const void *from, void *to)
{
	const char *s = *(char *const *)from;
	char **copy = to;

	(void)o;
	*copy = s != NULL ? strdup(s) : NULL;
	return s != NULL && *copy == NULL ? -ENOMEM : 0;
}

static void
string_unset(const struct option *o, void *field)
{
	char **s = field;

	(void)o;
	free(*s);
	*s = NULL;
}

const struct value_type value_string = {
    .name = "string",
    .parse = string_parse,
    .has = string_has,
    .print = string_print,
    .copy = string_copy,
    .unset = string_unset,
};

static int
path_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	if (*s != '/')
		return complain(error, s, "is not an absolute path");
	return string_parse(o, s, field, error);
}

const struct value_type value_path = {
    .name = "path",
    .parse = path_parse,
    .has = string_has,
    .print = string_print,
    .copy = string_copy,
    .unset = string_unset,
};
