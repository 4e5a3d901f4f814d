/* The options of socket {}: one table of what to set where, in the order in which it is set. */
#ifndef NET_OPTIONS_H
#define NET_OPTIONS_H

#include <stddef.h>

struct endpoint;
struct options_done;
struct socket_options;

/*
 * Sets what o asks for on a socket for e that is not yet bound; what makes no sense for its family
 * or protocol (nodelay on a datagram socket) is left out, and what the kernel does not know for
 * that protocol if it can be done without. 0, or -errno with *step the option's name of
 * setsockopt(2).
 */
int options_apply(int fd, const struct endpoint *e, const struct socket_options *o,
    struct options_done *done, const char **step);
/* On an accepted socket of the one that is done: what the kernel does not pass on. */
void options_again(int fd, const struct options_done *done, const struct socket_options *o);
/* setsockopt(2)'s name of the option that has bit i in struct options_done, NULL after the last. */
const char *options_name(size_t i);

#endif
