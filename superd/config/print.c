#include "config/print.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "config/option.h"
#include "config/service.h"
#include "config/value.h"

enum { ENDPOINT_TEXT = ADDRESS_TEXT + 32 };

/* Every option of a section. */
static void
print_options(const struct option_section *s, const void *base, const char *indent, FILE *out)
{
	const struct option *o;
	size_t i;

	for (i = 0; (o = option_row(i)) != NULL; i++) {
		if (o->section != s)
			continue;
		if (option_has(o, base)) {
			(void)fprintf(out, "%s%s = ", indent, o->name);
			option_print(o, base, out);
			(void)fputc('\n', out);
		} else {
			(void)fprintf(out, "%s# %s: %s\n", indent, o->name, o->unset);
		}
	}
}

/* The sections without a title in another. */
static void
print_sections(const struct option_section *parent, const void *base, const char *indent, FILE *out)
{
	const struct option_section *s;
	char deeper[16];
	size_t i;

	(void)snprintf(deeper, sizeof(deeper), "%s\t", indent);
	for (i = 0; (s = option_section_row(i)) != NULL; i++) {
		if (s->parent != parent || s->titled || s->defaults)
			continue;
		(void)fprintf(out, "%s%s {\n", indent, s->name);
		print_options(s, base, deeper, out);
		(void)fprintf(out, "%s}\n", indent);
	}
}

static void
print_endpoints(const struct service_conf *svc, FILE *out)
{
	char text[ENDPOINT_TEXT];
	size_t i;

	for (i = 0; i < svc->endpoints.n; i++) {
		(void)fputs("\t# ", out);
		value_quote(endpoint_text(&svc->endpoints.v[i], text, sizeof(text)), out);
		(void)fputc('\n', out);
	}
}

int
print_service(const struct service_conf *svc, FILE *out)
{
	if (svc->file != NULL) {
		(void)fputs("# from ", out);
		value_quote(svc->file, out);
		(void)fprintf(out, " line %u\n", svc->line);
	}
	(void)fprintf(out, "service %s {\n", svc->name);
	print_endpoints(svc, out);
	print_options(&option_service, svc, "\t", out);
	print_sections(&option_service, svc, "\t", out);
	(void)fputs("}\n", out);
	return ferror(out) ? -EIO : 0;
}

static void
print_global(const struct conf *conf, FILE *out)
{
	struct conf global = *conf;
	size_t i;

	for (i = 0; i < conf->files.n; i++) {
		(void)fputs("# file ", out);
		value_quote(conf->files.v[i], out);
		(void)fputc('\n', out);
	}
	for (i = 0; i < conf->folders.n; i++) {
		(void)fputs("# folder ", out);
		value_quote(conf->folders.v[i], out);
		(void)fputc('\n', out);
	}
	global.folders = (struct strings){NULL, 0};
	print_options(&option_file, &global, "", out);
	print_sections(&option_file, &global, "", out);
}

int
print_conf(const struct conf *conf, FILE *out)
{
	size_t i;
	int r = 0;

	print_global(conf, out);
	for (i = 0; i < conf->nservices && r == 0; i++) {
		(void)fputc('\n', out);
		r = print_service(conf->services[i], out);
	}
	return r < 0 || ferror(out) ? -EIO : 0;
}
