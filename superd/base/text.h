/* Text: bounded building, numbers with units, the nearest word, strings from outside made harmless.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"

/* Text under construction in somebody's array: always terminated, cut (and `cut` set) where it
 * would not fit. */
struct text {
	char *data;
	size_t size, length;
	bool cut;
};

/* storage has at least one byte and outlives the text. */
void text_init(struct text *t, char *storage, size_t size);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t n);
void text_add_number(struct text *t, unsigned long long n); /* decimal */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_vis(struct text *t, const char *s,
    size_t n); /* vis(3), VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL */

/* The same in double quotes, for a word in a message. */
void text_add_quoted(struct text *t, const char *s);

/* Adds: "s" why. Returns -EINVAL, for who refuses a word. */
int text_refuse(struct text *t, const char *s, const char *why);

/* Whole decimal number min..max. 0, -EINVAL (not a number), -ERANGE; *out only on success. */
int text_number(const char *s, long long min, long long max, long long *out);

/* "4096", "64k", "64M", "2G" (powers of 1024) to bytes. 0, -EINVAL, -ERANGE. */
int text_size(const char *s, uint64_t *bytes);

/* "250ms", "30s", "10m", "1h", "2d"; a bare number is seconds. 0, -EINVAL, -ERANGE. */
int text_time(const char *s, usec_t *out);

/* The word of words[0..n) nearest to s by edit distance, or NULL if none is near enough to be
 * meant. */
const char *text_nearest(const char *s, const char *const *words, size_t n);

#endif
