/*
 * What a `wait` handler can leave on the socket it was lent, and the next one would find: the
 * options that any user may set. A filter is not among them: superd's own may be there, and is
 * replaced, never removed (supervisor/filters).
 */
#ifndef NET_RESET_H
#define NET_RESET_H

struct transport;

/* Puts them back. */
void reset_socket(int fd, const struct transport *t);

#endif
