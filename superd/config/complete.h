/* From what a file says of a service to the whole service: defaults, endpoints, what must be there.
 */
#ifndef CONFIG_COMPLETE_H
#define CONFIG_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"

struct report;
struct scan_item;
struct service_conf;

/* A service as its file has it. */
struct draft {
	struct service_conf *svc;
	const struct scan_item *items; /* its own n */
	size_t n;
	const uint32_t *lines;	       /* of the file's values */
	struct option_set set, append; /* options that the file gives; those that begin with += */
	bool wrong;		       /* an error was found and reported */
	bool partial;		       /* the file had words that nobody could read */
};

/* Applies defaults, resolves endpoints, settles `wait`. 0, -EINVAL if anything is wrong (reported,
 * or d->wrong before), -ENOMEM. */
int complete_service(struct draft *d, const struct service_conf *defaults, unsigned port_offset,
    struct report *report);

#endif
