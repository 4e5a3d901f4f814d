/* Endpoints of different services that meet: equal ones, of which the later is wrong, and specific
 * ones beside a wildcard. */
#ifndef CONFIG_OVERLAP_H
#define CONFIG_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct report;

/*
 * Over the enabled services of conf, those without bad[i] first, in their order. Reports each item
 * of a service that has an endpoint of an earlier one (endpoint_overlap: ENDPOINT_EQUAL), or one
 * twice, sets its bad[] and goes on as if it were not there; one that was bad before is reported
 * only. Marks the endpoints of the others that have a wildcard beside a specific address on a port
 * as shared. The cost is that of a sort, however many meet. 0 or -ENOMEM.
 */
int overlap_check(struct conf *conf, bool *bad, struct report *report);

#endif
