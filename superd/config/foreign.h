/* Words that administrators bring along: options of xinetd.conf(5) that have another name or place
 * here. */
#ifndef CONFIG_FOREIGN_H
#define CONFIG_FOREIGN_H

#include <stddef.h>

/* What stands here for xinetd's option, name[0..n); NULL if it is none of those. */
const char *foreign_here(const char *name, size_t n);

#endif
