/*
 * The form of a file: what libconfuse would take in silence or refuse with a misleading word is
 * found here, before it sees the text, and where every value stands is noted.
 *
 * The language is the part of libconfuse's that has one meaning.  An unquoted value consists of
 * letters, digits and _ . / : - [ ] % @; everything else is quoted.  Strings end on their line (a
 * backslash before the end of the line joins the next).  In double quotes ${NAME} and
 * ${NAME:-text} are replaced from superd's own environment, by nothing if there is no such
 * variable, which is reported; single quotes are literal.
 *
 * An unknown or duplicate option or section is reported and blanked, and the rest is read. An error
 * of syntax ends the file, and the finding says so.
 */
#ifndef CONFIG_SCAN_H
#define CONFIG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"

struct report;

/* Where an option stands that is not of a service. */
enum { SCAN_CONF = -1, SCAN_DEFAULTS = -2 };

/* NAME = VALUES, in the order of the text. */
struct scan_item {
	const struct option *option;
	int32_t service; /* of the file's, from 0; or SCAN_CONF, SCAN_DEFAULTS */
	uint32_t first;	 /* of its values in lines */
	uint32_t count;
	uint32_t line; /* of the name */
	bool append;   /* += */
};

struct scan {
	struct scan_item *items;
	size_t nitems;
	uint32_t *lines; /* of each value */
	size_t nlines;
	uint32_t *services; /* line of each section */
	size_t nservices;
};

/*
 * Scans text[0..n), which must be followed by a NUL, and blanks in it what libconfuse must not see.
 * main: superd.conf, not a service file. 0, -EINVAL if the file's syntax is broken, -ENOMEM.
 */
int scan_text(struct scan *s, const char *file, char *text, size_t n, bool main, struct report *r);
void scan_fini(struct scan *s);

#endif
