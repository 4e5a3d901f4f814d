#include "config/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void
report_add(struct report *r, enum finding_severity severity, const char *file, unsigned line,
    const char *format, ...)
{
	struct finding *v, *f;
	char *text = NULL, *copy = NULL;
	va_list ap;
	int n;

	if (severity == FINDING_ERROR)
		r->errors++;
	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	v = reallocarray(r->v, r->n + 1, sizeof(*v));
	if (v != NULL)
		r->v = v;
	if (v == NULL || (file != NULL && (copy = strdup(file)) == NULL)) {
		free(text);
		return;
	}
	f = &v[r->n];
	f->order = r->n++;
	f->severity = severity;
	f->line = line;
	f->file = copy;
	f->text = text;
}

static int
compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;
	int r;

	if (x->file == NULL || y->file == NULL)
		r = (x->file == NULL) - (y->file == NULL);
	else
		r = strcmp(x->file, y->file);
	if (r == 0)
		r = (x->line > y->line) - (x->line < y->line);
	return r != 0 ? r : (x->order > y->order) - (x->order < y->order);
}

void
report_sort(struct report *r)
{
	if (r->n > 0)
		qsort(r->v, r->n, sizeof(*r->v), compare);
}

const char *
finding_text(const struct finding *f, struct text *t)
{
	if (f->file != NULL)
		text_addf(t, "%s:", f->file);
	if (f->file != NULL && f->line > 0)
		text_addf(t, "%u:", f->line);
	text_addf(t, "%s%s", f->file != NULL ? " " : "", f->text);
	return t->data;
}

void
report_log(const struct report *r)
{
	char line[REPORT_LINE];
	struct text t;
	size_t i;

	for (i = 0; i < r->n; i++) {
		text_init(&t, line, sizeof(line));
		(void)finding_text(&r->v[i], &t);
		/* What is shown of files went through vis(3) when it was found. */
		log_encoded(r->v[i].severity == FINDING_ERROR ? LOG_ERR : LOG_WARNING, line);
	}
}

void
report_fini(struct report *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++) {
		free(r->v[i].file);
		free(r->v[i].text);
	}
	free(r->v);
	memset(r, 0, sizeof(*r));
}
