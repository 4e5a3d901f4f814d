#include "config/foreign.h"

#include <string.h>

static const struct {
	const char *name, *here;
} words[] = {
    {"access_times", "access { hours = FROM-TO }"},
    {"banner_fail", "banner { deny = FILE }"},
    {"banner_success", "banner { accept = FILE }"},
    {"bind", "listen = ADDRESS:PORT/tcp"},
    {"cps", "limits { rate = NUMBER/s }"},
    {"deny_time", "scan { ban = TIME } in superd.conf"},
    {"disable", "enabled = false"},
    {"env", "environment = { NAME=VALUE, ... }"},
    {"flags", "socket { keepalive nodelay }, argv0, builtin = sensor, by what is meant"},
    {"id", "the name after \"service\""},
    {"includedir", "services = FOLDER in superd.conf"},
    {"interface", "listen = ADDRESS:PORT/tcp"},
    {"log_on_failure", "nothing: each refusal is logged"},
    {"log_on_success", "nothing: each start and end is logged"},
    {"log_type", "log { } in superd.conf"},
    {"max_load", "limits { load = NUMBER }"},
    {"no_access", "access { deny = ADDRESS }"},
    {"only_from", "access { allow = ADDRESS }"},
    {"passenv", "pass_environment = { NAME, ... }"},
    {"port", "listen = PORT/tcp"},
    {"protocol", "listen = PORT/PROTOCOL"},
    {"server", "command = PROGRAM"},
    {"server_args", "command = { PROGRAM, ARGUMENT, ... }"},
    {"socket_type", "listen = PORT/PROTOCOL"},
    {"type", "nothing: no service is built in"},
};

const char *
foreign_here(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == n && memcmp(words[i].name, name, n) == 0)
			return words[i].here;
	return NULL;
}
