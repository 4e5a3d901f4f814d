/* From the configuration, as it is written, to what the rules of policy/ are made of. */
#ifndef SUPERVISOR_RULES_H
#define SUPERVISOR_RULES_H

#include <stdint.h>

#include "policy/source.h"

struct access;
struct access_conf;
struct limit_rules;
struct prefixes;
struct scan_conf;
struct scan_section_conf;
struct service_conf;
struct strings;

/* A limit of the configuration, -1 is none. */
uint32_t rules_limit(int64_t n);
/* "32" and "64" unless it says otherwise. */
struct source_prefix rules_prefix(const struct strings *lengths);
/* All but the minimum. */
void rules_limits(struct limit_rules *r, const struct service_conf *svc);
void rules_scan(struct scan_conf *r, const struct scan_section_conf *conf);
/* 0 or -ENOMEM. */
int rules_access(struct access *a, const struct access_conf *conf);
/* Those of the configuration and net/own. 0 or -ENOMEM. */
int rules_exempt(struct prefixes *list, const struct scan_section_conf *conf);

#endif
