/* The options of socket {}: one table of what to set where, in the order in which it is set. */
#ifndef NET_OPTIONS_H
#define NET_OPTIONS_H

struct endpoint;
struct socket_options;

/*
 * Sets what o asks for on a socket for e that is not yet bound; what makes no sense for its family
 * or protocol (nodelay on a datagram socket) is left out. 0, or -errno with *step the option's name
 * of setsockopt(2).
 */
int options_apply(
    int fd, const struct endpoint *e, const struct socket_options *o, const char **step);

#endif
