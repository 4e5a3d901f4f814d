/*
 * What one service alone cannot tell: equal and overlapping endpoints (which are marked `shared`),
 * duplicate names, users, commands, privileged and ephemeral ports, limits of the system against
 * the sum of instances.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

struct conf;
struct report;

/* Resolves users into credentials, marks shared endpoints, removes every service with an error and
 * reports it, at the line of the option; frees conf->places. 0 or -ENOMEM. */
int check_conf(struct conf *conf, struct report *report);

#endif
