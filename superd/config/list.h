/* Lists of strings as values of options, by what their items must be. */
#ifndef CONFIG_LIST_H
#define CONFIG_LIST_H

#include "config/value.h"

extern const struct value_type list_strings;
extern const struct value_type list_endpoints;	 /* endpoint_parse reads them, at load */
extern const struct value_type list_command;	 /* the first item is an absolute path */
extern const struct value_type list_assignments; /* NAME=VALUE */
extern const struct value_type list_variables;	 /* NAME */
extern const struct value_type list_prefixes;	 /* prefix_parse reads them */
extern const struct value_type list_hours;	 /* hours_parse reads them */
extern const struct value_type list_lengths;	 /* bits of an IPv4, then of an IPv6 address */

#endif
