#include "config/system.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SYSCTL "/proc/sys/net/ipv4/"

static bool
read_line(const char *path, char **line, size_t *size)
{
	FILE *f = fopen(path, "re");
	bool good;

	if (f == NULL)
		return false;
	good = getline(line, size, f) > 0;
	(void)fclose(f);
	return good;
}

void
system_parse_reserved(struct system *sys, const char *list)
{
	unsigned long first, last;
	char *end;

	for (;;) {
		first = strtoul(list, &end, 10);
		if (end == list)
			return;
		last = first;
		if (*end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
		}
		for (; first <= last && first <= UINT16_MAX; first++)
			sys->reserved[first / 8] |= (uint8_t)(1U << first % 8);
		if (*end != ',')
			return;
		list = end + 1;
	}
}

bool
system_reserved(const struct system *sys, unsigned port)
{
	return (sys->reserved[port / 8] & 1U << port % 8) != 0;
}

static bool
has_bind_capability(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return geteuid() == 0;
	return (data[0].effective & 1U << CAP_NET_BIND_SERVICE) != 0;
}

/* Up to two numbers of a line; what is not there stays as it is. */
static void
take_numbers(const char *line, unsigned *first, unsigned *second)
{
	unsigned *const numbers[] = {first, second};
	unsigned long n;
	char *end;
	size_t i;

	for (i = 0; i < 2 && numbers[i] != NULL; i++) {
		n = strtoul(line, &end, 10);
		if (end == line || n > UINT16_MAX)
			return;
		*numbers[i] = (unsigned)n;
		line = end;
	}
}

void
system_read(struct system *sys)
{
	char *line = NULL;
	size_t size = 0;

	memset(sys, 0, sizeof(*sys));
	sys->unprivileged = 1024;
	sys->ephemeral_first = 32768;
	sys->ephemeral_last = 60999;
	if (read_line(SYSCTL "ip_unprivileged_port_start", &line, &size))
		take_numbers(line, &sys->unprivileged, NULL);
	if (read_line(SYSCTL "ip_local_port_range", &line, &size))
		take_numbers(line, &sys->ephemeral_first, &sys->ephemeral_last);
	if (read_line(SYSCTL "ip_local_reserved_ports", &line, &size))
		system_parse_reserved(sys, line);
	free(line);
	sys->may_bind = has_bind_capability();
}
