/*
 * What a `wait` handler can leave on the socket it was lent, and the next one would find: the
 * options that any user may set, and a filter.
 */
#ifndef NET_RESET_H
#define NET_RESET_H

struct transport;

/* Puts them back. 0, or -EPERM for a filter that is locked: the socket is of no use any more. */
int reset_socket(int fd, const struct transport *t);

#endif
