/* Types of options that only one protocol has. */
#ifndef CONFIG_PROTOCOL_H
#define CONFIG_PROTOCOL_H

#include "config/value.h"

extern const struct value_type protocol_service_code; /* of DCCP, port_service_code reads it */
extern const struct value_type protocol_coverage;     /* of UDP-Lite: 0 or from 8 on, RFC 3828 */

#endif
