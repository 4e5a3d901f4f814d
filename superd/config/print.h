/* The model as text in its own language: loading what this prints gives the same model. */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include <stdio.h>

struct conf;
struct service_conf;

/*
 * Effective values: the global part, then every service by name, each with every option; what has
 * no value stands in a comment. All services are in this one text, so it names no folders; those
 * that were read are in a comment. 0 or -errno.
 */
int print_conf(const struct conf *conf, FILE *out);

/* One service. 0 or -errno. */
int print_service(const struct service_conf *svc, FILE *out);

#endif
