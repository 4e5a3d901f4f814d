/*
 * A bound for a system call that may wait though it should not: because of a flag on an open file
 * description that others hold as well, say.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <signal.h>

#include "base/clock.h"

/* What interrupt_end puts back. */
struct interrupt {
	struct sigaction action;
	sigset_t mask;
};

/* Until interrupt_end whatever waits ends with EINTR after at most `after` (which is not 0), unless
 * the kernel waits for something that no signal interrupts. Uses SIGALRM and ITIMER_REAL. 0 or
 * -errno with nothing changed. Keep errno before interrupt_end: it does not. */
int interrupt_begin(struct interrupt *saved, usec_t after);
void interrupt_end(const struct interrupt *saved);

#endif
