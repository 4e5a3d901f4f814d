/* The load average, as /proc/loadavg has it (proc_loadavg(5)). */
#ifndef POLICY_LOADAVG_H
#define POLICY_LOADAVG_H

#include <stdint.h>

/* The first number of the text, the 1-minute average, in hundredths: 25 of "0.25 0.10 0.05 1/99 7".
 * 0, -EINVAL, or -ERANGE (a million or more); *out only on success. */
int loadavg_parse(const char *text, uint32_t *out);

#endif
