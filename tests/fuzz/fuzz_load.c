/*
 * Any bytes as superd.conf and as a service file: no byte of them harms the loader, and what is
 * loaded without a finding is printed and loaded again as the same. What the scanner lets pass,
 * libconfuse takes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/print.h"
#include "config/report.h"
#include "config/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf *
load(const char *text, size_t n, bool main, size_t *found)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_text("x", text, n, main, &r);
	size_t i;

	for (i = 0; i < r.n; i++)
		if (strncmp(r.v[i].text, "libconfuse", 10) == 0)
			abort();
	*found = r.n;
	report_fini(&r);
	return conf;
}

/* Without the comments, which name lines. */
static char *
print(const struct conf *conf)
{
	char *text = NULL, *at, *to;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL || print_conf(conf, out) < 0 || fclose(out) != 0)
		abort();
	for (at = to = text; *at != '\0'; at += n) {
		n = strcspn(at, "\n") + 1;
		if (at[strspn(at, "\t ")] == '#')
			continue;
		memmove(to, at, n);
		to += n;
	}
	*to = '\0';
	return text;
}

static void
check(const struct conf *conf)
{
	char *one = print(conf), *two;
	struct conf *again;
	size_t found;

	again = load(one, strlen(one), true, &found);
	if (again == NULL || found > 0)
		abort();
	two = print(again);
	if (strcmp(one, two) != 0)
		abort();
	free(one);
	free(two);
	conf_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	size_t found;
	int main;

	for (main = 0; main < 2; main++) {
		conf = load((const char *)data, size, main != 0, &found);
		if (conf != NULL && found == 0)
			check(conf);
		conf_free(conf);
	}
	return 0;
}
