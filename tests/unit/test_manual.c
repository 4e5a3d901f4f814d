/* What superd.conf(5) says of the table of options. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "config/value.h"
#include "samples.h"

#define MANUAL "superd/superd.conf.5" /* tests run in the folder above */
#define ROW ".It Ic "
#define BETWEEN " Ta "

enum { LINE = 512 };

/* Removes the quotes of mdoc's, and those that a value has alone: a list needs its own. */
static void
plain(char *s, bool list)
{
	char *quote;

	while ((quote = strstr(s, "\\(dq")) != NULL) {
		*quote = '"';
		memmove(quote + 1, quote + 4, strlen(quote + 4) + 1);
	}
	while (!list && (quote = strchr(s, '"')) != NULL)
		memmove(quote, quote + 1, strlen(quote));
}

/* What holds of an option that nobody writes. */
static void
expected(const struct option *o, char *text, size_t size)
{
	bool conf = o->section->owner == OPTION_CONF;
	void *base = conf ? (void *)conf_new() : (void *)service_conf_new("x");
	char *value;

	cr_assert_not_null(base);
	cr_assert_eq(option_preset(o, base), 0);
	value = printed(o, base);
	/* That of an empty list is what its row says, else {}. */
	(void)snprintf(text, size, "%s", o->preset == NULL && o->unset != NULL ? o->unset : value);
	plain(text, o->type->list);
	free(value);
	if (conf)
		conf_free(base);
	else
		service_conf_free(base);
}

static const struct option *
named(const char *name)
{
	const struct option *o;
	char text[LINE];
	struct text t;
	size_t i;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		text_init(&t, text, sizeof(text));
		option_name(&t, o);
		if (strcmp(text, name) == 0)
			return o;
	}
	return NULL;
}

static void
check_row(char *line, bool *found)
{
	char *name = line + strlen(ROW), *value = strstr(line, BETWEEN), text[LINE];
	const struct option *o;

	cr_assert_not_null(value, "%s", line);
	*value = '\0';
	value += strlen(BETWEEN);
	o = named(name);
	cr_assert_not_null(o, MANUAL ": DEFAULTS: there is no option %s", name);
	cr_expect_not(found[option_index(o)], "%s stands twice", name);
	found[option_index(o)] = true;
	/* Its folders are those of the prefix that superd is built for. */
	if (strcmp(name, "services") == 0)
		return;
	plain(value, o->type->list);
	expected(o, text, sizeof(text));
	cr_expect_str_eq(
	    value, text, MANUAL ": DEFAULTS: %s: \"%s\" is \"%s\" in the table", name, value, text);
}

Test(manual, has_every_default)
{
	FILE *f = fopen(MANUAL, "re");
	bool found[OPTIONS_MAX] = {false}, inside = false;
	const struct option *o;
	char line[LINE];
	size_t i;

	cr_assert_not_null(f, MANUAL);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Sh ", 4) == 0)
			inside = strcmp(line, ".Sh DEFAULTS") == 0;
		else if (inside && strncmp(line, ROW, strlen(ROW)) == 0)
			check_row(line, found);
	}
	(void)fclose(f);
	for (i = 0; (o = option_row(i)) != NULL; i++)
		cr_expect(found[i], MANUAL ": DEFAULTS: %s is missing", o->name);
}
