/*
 * Functions that run in a child, of which nothing but their answer comes back: no library that they
 * load, no memory, no lock, no descriptor. For what asks the system for names (nsswitch.conf(5)):
 * the modules behind that, for LDAP, systemd or DNS, have no place in a process that runs for
 * years.
 */
#ifndef BASE_ASIDE_H
#define BASE_ASIDE_H

#include <stddef.h>
#include <stdio.h>

/* Runs in the child, writes its answer and returns what aside_call is to return; -errno for an
 * error, in which case the answer is dropped. */
typedef int aside_function(const char *question, FILE *answer);

/*
 * Asks. The child is made by the first call, of this process as it is then, and answers the calls
 * after it as well; it has standard input and error, its output is standard error too, and no other
 * descriptor. It does not outlive this process. What the function returned; or -errno: -EPIPE if
 * the child has ended instead of answering (the next call makes another). *answer is the caller's
 * to free(3), of *size bytes and a NUL more; unless the result is negative. SIGCHLD is not ignored
 * any more afterwards.
 */
int aside_call(aside_function *function, const char *question, char **answer, size_t *size);

/* Ends the child, if there is one, and waits for it. */
void aside_end(void);

#endif
