/* Ports of services among those that the system takes for outgoing connections,
 * net.ipv4.ip_local_port_range. */
#ifndef CONFIG_EPHEMERAL_H
#define CONFIG_EPHEMERAL_H

#include <stdbool.h>

struct conf;
struct report;
struct system;

/*
 * Over the enabled services of conf without reserved_ports = ok, those without bad[i] first, in
 * their order. In each space of ports, what they have together must leave a port that is not
 * reserved: the service that takes the last is reported, its bad[] set, and the others go on as if
 * it were not there. A port that is not reserved gives a warning. 0 or -ENOMEM.
 */
int ephemeral_check(
    const struct conf *conf, const struct system *sys, bool *bad, struct report *report);

#endif
