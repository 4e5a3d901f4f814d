#include "procfs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* /proc/PID/stat from its third field on (the second may hold anything). */
static bool
stat_fields(pid_t pid, char *text, size_t size)
{
	char path[32], line[1024], *at;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	ok = fgets(line, sizeof(line), f) != NULL;
	fclose(f);
	at = ok ? strrchr(line, ')') : NULL;
	if (at == NULL || strlen(at) < 3)
		return false;
	snprintf(text, size, "%s", at + 2);
	return true;
}

long
proc_cpu(pid_t pid)
{
	unsigned long user, system;
	char text[1024];

	if (!stat_fields(pid, text, sizeof(text)))
		return -1;
	if (sscanf(text, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) !=
	    2)
		return -1;
	return (long)(user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

char
proc_state(pid_t pid)
{
	char text[1024];

	return stat_fields(pid, text, sizeof(text)) ? text[0] : '\0';
}

bool
proc_gone(pid_t pid)
{
	char state = proc_state(pid);

	return state == '\0' || state == 'Z';
}

size_t
proc_children(pid_t pid, pid_t *v, size_t n)
{
	struct dirent *entry;
	char text[1024];
	size_t found = 0;
	pid_t one, parent;
	DIR *dir;

	dir = opendir("/proc");
	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL && found < n) {
		one = (pid_t)atoi(entry->d_name);
		if (one <= 0 || !stat_fields(one, text, sizeof(text)))
			continue;
		if (sscanf(text, "%*c %d", &parent) == 1 && parent == pid)
			v[found++] = one;
	}
	closedir(dir);
	return found;
}

size_t
proc_descriptors(pid_t pid)
{
	char path[32];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;
}

long
proc_resident(pid_t pid)
{
	char path[32], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	}
	fclose(f);
	return kb;
}
