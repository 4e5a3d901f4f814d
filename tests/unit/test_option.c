#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/list.h"
#include "config/option.h"
#include "config/service.h"
#include "config/word.h"
#include "samples.h"

static void *
new_base(enum option_owner owner)
{
	void *base = owner == OPTION_CONF ? (void *)conf_new() : (void *)service_conf_new("x");

	cr_assert_not_null(base);
	return base;
}

static void
free_base(enum option_owner owner, void *base)
{
	if (owner == OPTION_CONF)
		conf_free(base);
	else
		service_conf_free(base);
}

Test(option, every_row_is_whole)
{
	const struct option *o, *other;
	size_t i, j;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		cr_assert_eq(option_index(o), i);
		cr_assert(i < OPTIONS_MAX);
		cr_assert_not_null(o->help, "%s has no help", o->name);
		cr_assert(o->preset != NULL || o->unset != NULL || o->type->list,
		    "%s has neither a default nor a word for none", o->name);
		cr_assert_eq(o->type == &value_choice, o->words != NULL, "%s", o->name);
		cr_assert_eq(option_find(o->section, o->name, strlen(o->name)), o, "%s", o->name);
		for (j = 0; j < i; j++) {
			other = option_row(j);
			cr_assert(other->section->owner != o->section->owner ||
				      other->offset != o->offset,
			    "%s and %s have one field", o->name, other->name);
		}
	}
	cr_assert(i > 40);
}

Test(option, defaults)
{
	static const struct {
		const char *section, *name, *value;
	} rows[] = {
	    {"service", "wait", ""},
	    {"service", "stderr", "socket"},
	    {"service", "enabled", "true"},
	    {"service", "reserved_ports", "check"},
	    {"service", "umask", "0022"},
	    {"service", "directory", "\"/\""},
	    {"service", "nice", "0"},
	    {"service", "oom_score_adj", ""},
	    {"service", "groups", ""},
	    {"service", "environment", "{}"},
	    {"limits", "instances", "64"},
	    {"limits", "backlog", "4096"},
	    {"socket", "mode", "0666"},
	    {"socket", "mark", ""},
	    {"socket", "freebind", "false"},
	    {"socket", "send_buffer", ""},
	    {"log", "sink", "auto"},
	    {"log", "level", "info"},
	    {"log", "format", "text"},
	    {"log", "facility", "daemon"},
	};
	const struct option_section *s;
	const struct option *o;
	size_t i, j;
	void *base;
	char *text;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Of two sections of one name that of a service, which is the later. */
		for (j = 0, s = NULL; option_section_row(j) != NULL; j++)
			if (option_section_row(j)->name != NULL &&
			    strcmp(option_section_row(j)->name, rows[i].section) == 0)
				s = option_section_row(j);
		o = option_find(s, rows[i].name, strlen(rows[i].name));
		cr_assert_not_null(o, "%s", rows[i].name);
		base = new_base(s->owner);
		cr_assert_eq(option_preset_all(base, s->owner), 0);
		text = printed(o, base);
		cr_assert_str_eq(text, rows[i].value, "%s", rows[i].name);
		free(text);
		free_base(s->owner, base);
	}
}

/* Any value printed and read again is the same value, for each type of value there is. */
Test(option, copies_and_words)
{
	const struct option *o;
	void *base, *other;
	char error[OPTION_ERROR], *one, *two;
	const char *value;
	size_t i, j;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		base = new_base(o->section->owner);
		other = new_base(o->section->owner);
		for (j = 0; (value = sample(o, j)) != NULL; j++) {
			cr_assert_eq(option_set(o, base, value, error, sizeof(error)), 0,
			    "%s = %s: %s", o->name, value, error);
			cr_assert(option_has(o, base), "%s = %s", o->name, value);
			cr_assert_eq(option_copy(o, base, other), 0);
			one = printed(o, base);
			two = printed(o, other);
			cr_assert_str_eq(one, two, "%s", o->name);
			cr_assert_str_neq(one, "", "%s", o->name);
			free(one);
			free(two);
		}
		cr_assert(j > 0, "%s has no sample", o->name);
		option_unset(o, base);
		cr_assert(
		    !option_has(o, base) || o->preset != NULL || o->type->list, "%s", o->name);
		free_base(o->section->owner, base);
		free_base(o->section->owner, other);
	}
}

static const struct {
	const struct option_section *section;
	const char *name, *value, *error;
} bad_rows[] = {
    {&option_limits, "instances", "many", "\"many\" is not a number (allowed: 0 to 1000000)"},
    {&option_limits, "instances", "1000001", "\"1000001\" is out of range (allowed: 0 to 1000000)"},
    {&option_limits, "backlog", "0", "\"0\" is out of range (allowed: 1 to 2147483647)"},
    {&option_limits, "instances", "", "\"\" is not a number (allowed: 0 to 1000000)"},
    {&option_service, "nice", "-21", "\"-21\" is out of range (allowed: -20 to 19)"},
    {&option_service, "umask", "8", "\"8\" is not an octal mode (allowed: 0000 to 0777)"},
    {&option_service, "umask", "01000", "\"01000\" is not an octal mode (allowed: 0000 to 0777)"},
    {&option_service, "umask", "77777777777777777777777",
	"\"77777777777777777777777\" is not an octal mode (allowed: 0000 to 0777)"},
    {&option_service, "umask", "", "\"\" is not an octal mode (allowed: 0000 to 0777)"},
    {&option_service, "stderr", "lgo",
	"\"lgo\" is not known, did you mean \"log\"? (allowed: socket log null)"},
    {&option_service, "enabled", "2", "\"2\" is not known (allowed: true false yes no on off)"},
    {&option_service, "wait", "", "\"\" is not known (allowed: false true all no yes off on)"},
    {&option_service, "command", "cat",
	"\"cat\" is not the absolute path of a program (an argument is an item of its own: "
	"{ \"/bin/ls\", \"-l\" })"},
    {&option_service, "environment", "K", "\"K\" is not NAME=VALUE"},
    {&option_service, "environment", "=x", "\"=x\" is not NAME=VALUE"},
    {&option_service, "environment", "1A=x", "\"1A=x\" is not NAME=VALUE"},
    {&option_service, "pass_environment", "A=1",
	"\"A=1\" is not the name of an environment variable"},
    {&option_service, "directory", "tmp", "\"tmp\" is not an absolute path"},
    {&option_service, "user", "", "\"\" is empty"},
    {&option_service, "listen", "", "\"\" is empty"},
    {&option_service, "description", "", "\"\" is empty"},
    {&option_socket, "device", "0123456789abcdef",
	"\"0123456789abcdef\" is too long (allowed: 15 characters)"},
    {&option_socket, "send_buffer", "12q", "\"12q\" is not a size (as in 4096, 64k, 16M)"},
    {&option_socket, "send_buffer", "4G",
	"\"4G\" is out of range (allowed: 1 to 1073741823 bytes)"},
    {&option_socket, "defer_accept", "soon", "\"soon\" is not a time (as in 30, 30s, 10m)"},
    {&option_socket, "defer_accept", "500ms",
	"\"500ms\" is out of range (allowed: 1 to 86400 whole seconds)"},
    {&option_socket, "mark", "-1", "\"-1\" is out of range (allowed: 0 to 4294967295)"},
    {&option_log, "level", "warnin\033",
	"\"warnin\\033\" is not known, did you mean \"warning\"? (allowed: error warning "
	"notice info debug)"},
};

Test(option, bad_values)
{
	char error[OPTION_ERROR];
	const struct option *o;
	size_t i;
	void *base;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		o = option_find(bad_rows[i].section, bad_rows[i].name, strlen(bad_rows[i].name));
		cr_assert_not_null(o, "%s", bad_rows[i].name);
		base = new_base(o->section->owner);
		cr_expect_eq(option_set(o, base, bad_rows[i].value, error, sizeof(error)), -EINVAL,
		    "%s = %s", bad_rows[i].name, bad_rows[i].value);
		cr_expect_str_eq(error, bad_rows[i].error);
		free_base(o->section->owner, base);
	}
}

Test(option, hints)
{
	static const struct {
		const struct option_section *in;
		bool main;
		const char *word, *hint;
	} rows[] = {
	    {&option_service, true, "comand", ", did you mean \"command\"?"},
	    {&option_service, true, "enviroment", ", did you mean \"environment\"?"},
	    {&option_service, true, "limit", ", did you mean \"limits\"?"},
	    {&option_service, true, "instances", ", which stands in limits { }"},
	    {&option_service, false, "per_source", ", which stands in limits { }"},
	    {&option_file, false, "command", ", which stands in service { }"},
	    {&option_file, true, "user", ", which stands in service { }"},
	    {&option_file, false, "instances", ", which stands in limits { }"},
	    {&option_file, true, "threshold", ", which stands in scan { }"},
	    {&option_service, false, "threshold", ", which stands in superd.conf only"},
	    {&option_limits, true, "user", ", which stands in service { }"},
	    {&option_service, true, "rate", ", which stands in limits { }"},
	    {&option_defaults, true, "allow", ", which stands in access { }"},
	    {&option_service, false, "pidfile", ", which stands in superd.conf only"},
	    {&option_service, true, "pidfile", ", which stands outside of sections"},
	    {&option_service, true, "level", ", which stands in log { }"},
	    {&option_defaults, true, "listen", ", which each service says itself, has no default"},
	    {&option_defaults, true, "umsk", ", did you mean \"umask\"?"},
	    {&option_limits, true, "xyzzy",
		" (allowed: instances per_source rate burst per_source_rate source_prefix load "
		"session idle overflow backlog)"},
	    {&option_file, false, "xyzzy", " (allowed: service)"},
	    {&option_service, true, "server",
		", one of xinetd.conf(5): here it is command = PROGRAM"},
	    {&option_defaults, true, "only_from",
		", one of xinetd.conf(5): here it is access { allow = ADDRESS }"},
	    {&option_file, false, "servce", ", did you mean \"service\"?"},
	};
	char hint[1024];
	struct text t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&t, hint, sizeof(hint));
		option_hint(&t, rows[i].in, rows[i].word, strlen(rows[i].word), rows[i].main);
		cr_expect_str_eq(hint, rows[i].hint, "%s: %s", rows[i].word, hint);
	}
}

Test(option, prepend_puts_the_default_before)
{
	struct service_conf *one = service_conf_new("a"), *two = service_conf_new("b");
	const struct option *o = option_find(&option_service, "environment", 11);
	char error[OPTION_ERROR], *text;

	cr_assert_eq(option_set(o, one, "A=1", error, sizeof(error)), 0);
	cr_assert_eq(option_set(o, two, "B=2", error, sizeof(error)), 0);
	cr_assert_eq(option_prepend(o, one, two), 0);
	text = printed(o, two);
	cr_assert_str_eq(text, "{ \"A=1\", \"B=2\" }");
	free(text);
	service_conf_free(one);
	service_conf_free(two);
}
