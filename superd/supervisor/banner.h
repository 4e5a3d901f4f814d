/* What superd itself says to a peer: the text of a file, read when the service is set up, sent
 * without waiting. */
#ifndef SUPERVISOR_BANNER_H
#define SUPERVISOR_BANNER_H

#include <stddef.h>

/* Longer files are cut: this much fits the buffer of every new connection. */
enum { BANNER_MAX = 4096 };

struct banner {
	char *text; /* NULL: none */
	size_t n;
};

/* path NULL: none. 0 or -errno. */
int banner_load(struct banner *b, const char *path);
void banner_fini(struct banner *b);
/* In as many records as it takes, where one has a size that it cannot exceed (DCCP). Whatever does
 * not fit the socket's buffer is not sent. */
void banner_send(const struct banner *b, int fd);

#endif
