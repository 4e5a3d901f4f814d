/* Types of options that say how much, and from where: rates, loads, ranges of ports. */
#ifndef CONFIG_RULE_H
#define CONFIG_RULE_H

#include "config/value.h"

extern const struct value_type rule_rate; /* struct rate, rate_parse reads it */
extern const struct value_type rule_load; /* hundredths of a load average: "2", "1.5", "0.25" */
extern const struct value_type rule_port_range; /* as written, port_range_parse reads it */
extern const struct value_type rule_users;	/* struct worker_users_conf: "58900-58999" */

#endif
