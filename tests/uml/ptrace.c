/*
 * ptrace.so, preloaded into the kernel of user-mode-linux: setting a process's extended registers
 * to what they are already does nothing.
 *
 * At each system call of a guest's process that kernel reads these registers (PTRACE_GETREGSET,
 * ptrace(2)) and sets them again, nearly always to what it has just read.  To set them the host
 * allocates pages of its own and takes them away again, of which every processor must be told: that
 * is most of what such a system call costs.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum {
	PROCESSES = 64,
	STATE = 4096, /* bytes; more is not remembered */
};

/* What a stopped process has in its extended registers; pid 0 is none. */
static struct known {
	pid_t pid;
	size_t length;
	unsigned char state[STATE];
} processes[PROCESSES];

static bool
is_known(const struct known *k, pid_t pid, const struct iovec *state)
{
	/* The host takes no more of what it is given than there is. */
	return k->pid == pid && k->length <= state->iov_len &&
	       memcmp(k->state, state->iov_base, k->length) == 0;
}

static void
remember(struct known *k, pid_t pid, const struct iovec *state)
{
	if (state->iov_len > STATE)
		return;
	k->pid = pid;
	k->length = state->iov_len;
	memcpy(k->state, state->iov_base, state->iov_len);
}

/* Whether the extended registers are afterwards what they were.  The kernel lets a process go on by
 * PTRACE_CONT only for a few lines of its own in there, which do not use them; but where a signal
 * is delivered the host has cleared them. */
static bool
leaves(enum __ptrace_request request, const void *signo)
{
	return request == PTRACE_GETREGS || request == PTRACE_SETREGS ||
	       (request == PTRACE_CONT && signo == NULL);
}

/* As ptrace(2).  What other requests, a new process's first ones among them, do to what was known
 * of it is not looked into: it is forgotten. */
long
ptrace(enum __ptrace_request request, ...)
{
	static long (*real)(int, ...);
	struct known *k;
	void *address, *data;
	bool extended;
	va_list more;
	pid_t pid;
	long r;

	va_start(more, request);
	pid = va_arg(more, pid_t);
	address = va_arg(more, void *);
	data = va_arg(more, void *);
	va_end(more);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "ptrace");
	k = &processes[(unsigned)pid % PROCESSES];
	extended = (uintptr_t)address == NT_X86_XSTATE;
	if (request == PTRACE_SETREGSET && extended && is_known(k, pid, data)) {
		((struct iovec *)data)->iov_len = k->length;
		return 0;
	}
	if (!leaves(request, data))
		k->pid = 0;
	r = real((int)request, pid, address, data);
	if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) && extended && r == 0)
		remember(k, pid, data);
	return r;
}
