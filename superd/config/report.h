/* What is wrong with a configuration: every finding with file and line, collected and shown
 * together. */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H

#include <stddef.h>

#include "base/text.h"

enum { REPORT_LINE = 4096 }; /* longer lines are cut */

enum finding_severity { FINDING_WARNING, FINDING_ERROR };

struct finding {
	enum finding_severity severity;
	unsigned line; /* 0: of the file as a whole */
	char *file;    /* NULL: of no file */
	char *text;
	size_t order; /* in which it was found */
};

struct report {
	struct finding *v;
	size_t n, errors;
};

/* Adds one; when memory is short it is only counted. */
void report_add(struct report *r, enum finding_severity severity, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "FILE:LINE: TEXT", as far as the finding has a file and a line. Returns t's text. */
const char *finding_text(const struct finding *f, struct text *t);
/* Puts the findings of a file together, in the order of its lines; those of no file come last. */
void report_sort(struct report *r);
/* Writes every finding to the log, "FILE:LINE: TEXT", errors at LOG_ERR. */
void report_log(const struct report *r);
void report_fini(struct report *r);

#endif
