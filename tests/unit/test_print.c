#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/list.h"
#include "config/load.h"
#include "config/option.h"
#include "config/print.h"
#include "config/report.h"
#include "config/service.h"
#include "samples.h"

/* Not what a text that has every service in itself can say. */
static bool
is_folders(const struct option *o)
{
	return o->section == &option_file && strcmp(o->name, "services") == 0;
}

static char *
print_all(const struct conf *conf)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	cr_assert_not_null(out);
	cr_assert_eq(print_conf(conf, out), 0);
	cr_assert_eq(fclose(out), 0);
	return text;
}

static struct conf *
load_again(const char *text)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_text("x", text, strlen(text), true, &r);

	cr_assert_eq(
	    r.n, 0, "%u: %s\n%s", r.n > 0 ? r.v[0].line : 0, r.n > 0 ? r.v[0].text : "", text);
	cr_assert_not_null(conf);
	report_fini(&r);
	return conf;
}

static void
compare(const struct option *o, const void *a, const void *b)
{
	char *one = printed(o, a), *two = printed(o, b);

	cr_assert_str_eq(one, two, "%s", o->name);
	cr_assert_eq(option_has(o, a), option_has(o, b), "%s", o->name);
	free(one);
	free(two);
}

/* Prints and loads a model in which one option has that value, and compares every option. */
static void
round_trip(const struct option *changed, const char *value)
{
	static const char base[] =
	    "services = {}\nservice a { listen = 1/tcp command = /x limits { rate = 5/s } }";
	static const char sensor[] = "services = {}\nservice a { listen = 1/tcp sensor = 3 }";
	bool is_sensor =
	    changed != NULL &&
	    (strcmp(changed->name, "builtin") == 0 ||
		(strcmp(changed->name, "sensor") == 0 && changed->section == &option_service));
	struct conf *conf = load_again(is_sensor ? sensor : base), *again;
	char error[OPTION_ERROR], *text;
	const struct option *o;
	size_t i;
	void *in;

	if (changed != NULL) {
		in = changed->section->owner == OPTION_CONF ? (void *)conf : conf->services[0];
		if (changed->type->list)
			option_unset(changed, in);
		if (changed->type == &list_lengths)
			(void)option_set(changed, in, "8", error, sizeof(error));
		if (changed->type == &list_command)
			(void)option_set(changed, in, "/x", error, sizeof(error));
		cr_assert_eq(option_set(changed, in, value, error, sizeof(error)), 0);
	}
	text = print_all(conf);
	again = load_again(text);
	cr_assert_eq(again->nservices, 1);
	for (i = 0; (o = option_row(i)) != NULL; i++) {
		if (o->section->owner == OPTION_CONF && !is_folders(o))
			compare(o, conf, again);
		else if (o->section->owner == OPTION_SERVICE)
			compare(o, conf->services[0], again->services[0]);
	}
	if (changed != NULL && !is_folders(changed)) {
		in = changed->section->owner == OPTION_CONF ? (void *)again : again->services[0];
		cr_assert(
		    option_has(changed, in), "%s = %s is lost:\n%s", changed->name, value, text);
	}
	free(text);
	conf_free(conf);
	conf_free(again);
}

Test(print, every_option_is_read_back)
{
	const struct option *o;
	const char *value;
	size_t i, j;

	round_trip(NULL, NULL);
	for (i = 0; (o = option_row(i)) != NULL; i++)
		for (j = 0; (value = sample(o, j)) != NULL; j++)
			round_trip(o, value);
}

Test(print, empty_list_of_groups_is_not_no_list)
{
	struct conf *conf = load_again("services = {} service a { listen = 1/tcp command = /x "
				       "groups = {} }"),
		    *again;
	char *text = print_all(conf);

	again = load_again(text);
	cr_assert(again->services[0]->groups_set);
	cr_assert_eq(again->services[0]->groups.n, 0);
	free(text);
	conf_free(conf);
	conf_free(again);
}

Test(print, every_byte_of_a_string)
{
	struct conf *conf = load_again("services = {} service a { listen = 1/tcp command = /x }"),
		    *again;
	char bytes[256], *text;
	size_t i;

	for (i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	conf->services[0]->description = strdup(bytes);
	text = print_all(conf);
	again = load_again(text);
	cr_assert_str_eq(again->services[0]->description, bytes);
	free(text);
	conf_free(conf);
	conf_free(again);
}

Test(print, printing_twice_gives_one_text)
{
	struct conf *conf = load_again("log { level = debug } services = {}\n"
				       "service b { listen = { 2/udp, \"[::1]:5-9/tcp\" } wait = "
				       "all command = /x }\nservice a { listen = 1/tcp command = "
				       "{ /x, \"a b\" } socket { mark = 7 } }"),
		    *again;
	char *one = print_all(conf), *two;

	again = load_again(one);
	cr_assert_eq(again->nservices, 2);
	/* Only where a service was read from is another. */
	again->services[0]->line = conf->services[0]->line;
	again->services[1]->line = conf->services[1]->line;
	two = print_all(again);
	cr_assert_str_eq(one, two);
	free(one);
	free(two);
	conf_free(conf);
	conf_free(again);
}
