/* Ports in text: numbers, names of services(5), ranges. */
#ifndef NET_PORT_H
#define NET_PORT_H

#include <stdint.h>

struct text;
struct transport;

/*
 * A DCCP service code: a decimal number, or the forms of RFC 5595, section 8.1: "SC:pop3" (up to
 * four characters), "SC=1234", "SC=x70". 0 to 4294967294. 0, -EINVAL, -ERANGE.
 */
int port_service_code(const char *text, uint32_t *code);

/*
 * "110", "pop3", "6000-6010", "x11-1", "ftp-data-ftp". A name is looked up for the transport's own
 * protocol (getservbyname(3)), then for its fallback, where it has one: protocols that services(5)
 * hardly lists are used with the names of another. 0 is a port of its own, never part of a range.
 * 0, or -EINVAL, -ENOENT (unknown name, or nobody can tell), -ENOMEM with a sentence in error.
 */
int port_parse(const char *text, const struct transport *t, uint16_t *first, uint16_t *last,
    struct text *error);

#endif
