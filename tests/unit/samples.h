/* Values that options can have, by their types: for tests that walk the table. */
#ifndef TESTS_SAMPLES_H
#define TESTS_SAMPLES_H

#include <stddef.h>

struct option;

/* Value i that option o takes, NULL after the last. A type without a sample fails the test. */
const char *sample(const struct option *o, size_t i);

/* The value as option_print writes it, "" if it has none; the caller frees it. */
char *printed(const struct option *o, const void *base);

#endif
