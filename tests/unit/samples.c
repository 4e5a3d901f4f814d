#include "samples.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "config/list.h"
#include "config/option.h"
#include "config/protocol.h"
#include "config/rule.h"
#include "config/word.h"

/* Rows of texts for one type. */
struct row {
	const struct value_type *type;
	const char *values[6];
};

static const struct row rows[] = {
    {&value_string, {"x", "a \"${A}\\'\n\x7f#", "{,=+}", "\xc3\xa4\t;"}},
    {&value_path, {"/", "/a b/\"$HOME\"/'\\x41", "//x/*.c"}},
    {&value_octal, {"0", "777", "0640"}},
    {&value_size, {"1", "4096", "64k", "3M"}},
    {&value_seconds, {"1", "90s", "24h"}},
    {&protocol_service_code, {"0", "4294967294", "SC:pop3", "SC=x70", "SC=9"}},
    {&protocol_coverage, {"0", "8", "65535"}},
    {&rule_rate, {"1/s", "50/s", "5/30s", "1000000/m", "3/h"}},
    {&rule_load, {"0", "2.5", "0.25", "100"}},
    {&rule_port_range, {"0-1023", "20"}},
    {&rule_users, {"58900-58999", "1-4294967294", "7-7"}},
    {&list_prefixes, {"192.0.2.0/24", "2001:db8::1", "10.0.0.1"}},
    {&list_hours, {"mon-fri 08:00-18:00", "22:00-06:00", "sat"}},
    {&list_lengths, {"24", "56"}},
    {&list_strings, {"a", "${b}, c", "0"}},
    {&list_endpoints, {"127.0.0.1:2000/tcp", "unix:/run/a b.sock", "[::1]:7-9/tcp"}},
    {&list_command, {"/bin/cat", "", "-x \"y\" 'z' $w \\", "\x01\x1f\xff"}},
    {&list_assignments, {"A=", "B_1=a=b c", "_=\"$\n"}},
    {&list_variables, {"A", "_x9"}},
};

static const char *
number(const struct option *o, size_t i)
{
	static char text[32];
	long long n[] = {o->min, o->max, (o->min + o->max) / 2};

	if (i >= sizeof(n) / sizeof(n[0]))
		return NULL;
	(void)snprintf(text, sizeof(text), "%lld", n[i]);
	return text;
}

const char *
sample(const struct option *o, size_t i)
{
	size_t r;

	if (o->type == &value_number)
		return number(o, i);
	if (o->type == &value_choice)
		return o->words[i].word;
	for (r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		if (rows[r].type == o->type)
			return i < 6 ? rows[r].values[i] : NULL;
	cr_assert_fail("option %s is of a type that has no sample", o->name);
	return NULL;
}

char *
printed(const struct option *o, const void *base)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	cr_assert_not_null(out);
	if (option_has(o, base))
		option_print(o, base, out);
	cr_assert_eq(fclose(out), 0);
	return text;
}
