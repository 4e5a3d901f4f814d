/* The services of one file on their way into the model. */
#ifndef CONFIG_DRAFTS_H
#define CONFIG_DRAFTS_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct draft;
struct report;
struct service_conf;

struct drafts {
	struct draft *v;
	size_t n;
};

/* Takes svc. The draft, until the next is added; NULL, also for a NULL service, when memory is
 * short. */
struct draft *drafts_add(struct drafts *d, struct service_conf *svc);
/* complete_service for each. How many are wrong, which was reported, or -ENOMEM. */
int drafts_complete(struct drafts *d, const struct service_conf *defaults, unsigned port_offset,
    struct report *report);
/* Moves them to the model and its table of places; spoilt: their file has an error. 0 or -ENOMEM.
 */
int drafts_into(struct drafts *d, struct conf *conf, bool spoilt);
void drafts_fini(struct drafts *d);

#endif
