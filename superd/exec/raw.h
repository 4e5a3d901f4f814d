/*
 * System calls without libc.  Between clone(2) and execve(2) a child shares the memory of the
 * supervisor, errno and every lock included, and runs beside it: what it calls must write nothing
 * but its own stack. Results are the kernel's: a value, or -errno.
 *
 * RAW_CONCURRENT says whether this machine's calls are written out below; elsewhere syscall(2) is
 * used, and the supervisor has to wait for the child (CLONE_VFORK), since that writes the errno
 * they share.
 */
#ifndef EXEC_RAW_H
#define EXEC_RAW_H

#include <sys/syscall.h>

#if defined(__x86_64__)
#define RAW_CONCURRENT 1
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
#define RAW_CONCURRENT 1
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
#define RAW_CONCURRENT 1
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}
#else
#define RAW_CONCURRENT 0
#include <errno.h>
#include <unistd.h>
static inline long
raw_call(long number, long a, long b, long c, long d)
{
	long result = syscall(number, a, b, c, d);

	return result == -1 ? -errno : result;
}
#endif

/* Arguments that are left out are 0; pointers pass as they are. */
#define RAW(number, a, b, c, d) raw_call((number), (long)(a), (long)(b), (long)(c), (long)(d))

#endif
