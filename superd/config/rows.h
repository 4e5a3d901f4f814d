/*
 * The table of options: every one there is, in the order in which they are printed. config/option
 * has what is done with it; nothing about an option stands anywhere else but in its manual.
 */
#ifndef CONFIG_ROWS_H
#define CONFIG_ROWS_H

#include "config/option.h"

extern const struct option rows_options[];
extern const size_t rows_noptions;

/* A section stands before those within it. */
extern const struct option_section *const rows_sections[];
extern const size_t rows_nsections;

#endif
