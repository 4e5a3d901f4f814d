#include "config/rule.h"

#include <errno.h>
#include <string.h>

#include "base/rate.h"
#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "net/port_range.h"

static int
rate_type_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	struct rate r;

	(void)o;
	if (rate_parse(s, &r) < 0)
		return text_refuse(error, s,
		    "is not a rate (as in 50/s, 10/m, 5/30s; up to 1000000 in "
		    "1ms to 30d)");
	*(struct rate *)field = r;
	return 0;
}

static bool
rate_type_has(const struct option *o, const void *field)
{
	(void)o;
	return ((const struct rate *)field)->count > 0;
}

static void
rate_type_print(const struct option *o, const void *field, FILE *out)
{
	char text[RATE_TEXT];

	(void)o;
	value_quote(rate_text(field, text, sizeof(text)), out);
}

static int
rate_type_copy(const struct option *o, const void *from, void *to)
{
	(void)o;
	*(struct rate *)to = *(const struct rate *)from;
	return 0;
}

static void
rate_type_unset(const struct option *o, void *field)
{
	(void)o;
	memset(field, 0, sizeof(struct rate));
}

const struct value_type rule_rate = {
    .name = "rate",
    .parse = rate_type_parse,
    .has = rate_type_has,
    .print = rate_type_print,
    .copy = rate_type_copy,
    .unset = rate_type_unset,
};

static int
load_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	const char *dot = strchr(s, '.');
	size_t whole = dot != NULL ? (size_t)(dot - s) : strlen(s), i;
	long long n = 0, fraction = 0;
	char text[8];

	if (whole == 0 || whole >= sizeof(text) || (dot != NULL && dot[1] == '\0') ||
	    (dot != NULL && strlen(dot + 1) > 2))
		return text_refuse(error, s, "is not a load average (as in 4 or 2.5)");
	memcpy(text, s, whole);
	text[whole] = '\0';
	if (text_number(text, 0, o->max / 100, &n) < 0 ||
	    (dot != NULL && text_number(dot + 1, 0, 99, &fraction) < 0))
		return text_refuse(error, s, "is not a load average (as in 4 or 2.5)");
	for (i = dot != NULL ? strlen(dot + 1) : 2; i < 2; i++)
		fraction *= 10;
	value_store(o, field, n * 100 + fraction);
	return 0;
}

static void
load_print(const struct option *o, const void *field, FILE *out)
{
	long long n = value_fetch(o, field);

	(void)fprintf(out, "%lld.%02lld", n / 100, n % 100);
}

const struct value_type rule_load = {
    .name = "load",
    .parse = load_parse,
    .has = value_integer_has,
    .print = load_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
port_range_type_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	struct port_range p;

	if (port_range_parse(&p, s, error) < 0)
		return -EINVAL;
	return value_string.parse(o, s, field, error);
}

static bool
string_has(const struct option *o, const void *field)
{
	return value_string.has(o, field);
}

static void
string_print(const struct option *o, const void *field, FILE *out)
{
	value_string.print(o, field, out);
}

static int
string_copy(const struct option *o, const void *from, void *to)
{
	return value_string.copy(o, from, to);
}

static void
string_unset(const struct option *o, void *field)
{
	value_string.unset(o, field);
}

const struct value_type rule_port_range = {
    .name = "range of ports",
    .parse = port_range_type_parse,
    .has = string_has,
    .print = string_print,
    .copy = string_copy,
    .unset = string_unset,
};

static int
users_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	static const char why[] = "is not a range of user ids (as in 58900-58999)";
	const char *dash = strchr(s, '-');
	long long first, last;
	char text[16];

	(void)o;
	if (dash == NULL || (size_t)(dash - s) >= sizeof(text))
		return text_refuse(error, s, why);
	memcpy(text, s, (size_t)(dash - s));
	text[dash - s] = '\0';
	if (text_number(text, 1, UINT32_MAX - 1LL, &first) < 0 ||
	    text_number(dash + 1, first, UINT32_MAX - 1LL, &last) < 0)
		return text_refuse(error, s, why);
	*(struct worker_users_conf *)field =
	    (struct worker_users_conf){.first = (uid_t)first, .last = (uid_t)last};
	return 0;
}

static bool
users_has(const struct option *o, const void *field)
{
	(void)o;
	return ((const struct worker_users_conf *)field)->last > 0;
}

static void
users_print(const struct option *o, const void *field, FILE *out)
{
	const struct worker_users_conf *users = field;

	(void)o;
	(void)fprintf(out, "\"%u-%u\"", users->first, users->last);
}

static int
users_copy(const struct option *o, const void *from, void *to)
{
	(void)o;
	*(struct worker_users_conf *)to = *(const struct worker_users_conf *)from;
	return 0;
}

static void
users_unset(const struct option *o, void *field)
{
	(void)o;
	memset(field, 0, sizeof(struct worker_users_conf));
}

const struct value_type rule_users = {
    .name = "range of users",
    .parse = users_parse,
    .has = users_has,
    .print = users_print,
    .copy = users_copy,
    .unset = users_unset,
};
