/*
 * What one service alone cannot tell: equal and overlapping endpoints (which are marked `shared`),
 * duplicate names, users, commands, privileged and ephemeral ports, limits of the system against
 * the sum of instances.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

struct conf;
struct report;

/*
 * Resolves users into credentials, marks shared endpoints, reports every error at the line of its
 * option, removes every service that has one and those that are spoilt (config/places); frees
 * conf->places. What is not served stands in nobody's way. 0 or -ENOMEM.
 */
int check_conf(struct conf *conf, struct report *report);

#endif
