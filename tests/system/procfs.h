/* What /proc tells of a process. */
#ifndef TESTS_SYSTEM_PROCFS_H
#define TESTS_SYSTEM_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* User and system time, ms; -1 without such a process. */
long proc_cpu(pid_t pid);
char proc_state(pid_t pid); /* 'R', 'S', 'D', 'T', 'Z', ...; 0 without such a process */
bool proc_gone(pid_t pid);  /* or a zombie */
/* The children of pid, at most n. */
size_t proc_children(pid_t pid, pid_t *v, size_t n);
size_t proc_descriptors(pid_t pid);
/* Resident kilobytes, -1 without such a process. */
long proc_resident(pid_t pid);

#endif
