#include "config/option.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/list.h"
#include "config/protocol.h"
#include "config/service.h"
#include "config/value.h"
#include "config/word.h"

#ifndef SERVICES_FOLDERS
#define SERVICES_FOLDERS "/usr/lib/superd/services.d", "/etc/superd/services.d"
#endif

#define FIELD(type, f) .offset = offsetof(struct type, f), .size = sizeof(((struct type *)0)->f)
#define PRESET(...)                                                                                \
	.preset = (const char *const[])                                                            \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

const struct option_section option_file = {.owner = OPTION_CONF, .main_only = true};
const struct option_section option_log = {
    .name = "log",
    .parent = &option_file,
    .owner = OPTION_CONF,
    .main_only = true,
};
const struct option_section option_defaults = {
    .name = "defaults",
    .parent = &option_file,
    .owner = OPTION_SERVICE,
    .main_only = true,
    .defaults = true,
};
const struct option_section option_service = {
    .name = "service",
    .parent = &option_file,
    .owner = OPTION_SERVICE,
    .titled = true,
};
const struct option_section option_socket = {
    .name = "socket",
    .parent = &option_service,
    .owner = OPTION_SERVICE,
};
const struct option_section option_limits = {
    .name = "limits",
    .parent = &option_service,
    .owner = OPTION_SERVICE,
};

static const struct option_section *const sections[] = {
    &option_file,
    &option_log,
    &option_defaults,
    &option_service,
    &option_socket,
    &option_limits,
};

static const struct option options[] = {
    /* superd.conf */
    {&option_file, "services", &list_strings, FIELD(conf, folders), PRESET(SERVICES_FOLDERS),
	.help = "folders with service files"},
    {&option_file, "pidfile", &value_path, FIELD(conf, pidfile), .unset = "none",
	.help = "file that holds the process id, locked while superd runs"},

    {&option_log, "sink", &value_choice, FIELD(conf, log.sink), PRESET("auto"), .words = word_sinks,
	.help = "where the log goes; auto: the journal under systemd, else stderr"},
    {&option_log, "format", &value_choice, FIELD(conf, log.format), PRESET("text"),
	.words = word_formats, .help = "lines of text or JSON objects"},
    {&option_log, "level", &value_choice, FIELD(conf, log.level), PRESET("info"),
	.words = word_levels, .help = "what is less important is not written"},
    {&option_log, "facility", &value_choice, FIELD(conf, log.facility), PRESET("daemon"),
	.words = word_facilities, .help = "facility of the sink syslog"},
    {&option_log, "path", &value_path, FIELD(conf, log.path), .unset = "none",
	.help = "file of the sink file, opened again at SIGUSR1"},

    /* service: what */
    {&option_service, "listen", &list_endpoints, FIELD(service_conf, listen), .own = true,
	.unset = "required", .help = "endpoints: [ADDRESS:]PORT[-PORT]/TRANSPORT, unix:PATH"},
    {&option_service, "command", &list_command, FIELD(service_conf, command), .own = true,
	.unset = "required", .help = "absolute path of the program, then its arguments"},
    {&option_service, "argv0", &value_string, FIELD(service_conf, argv0), .max = 4095,
	.unset = "the first item of command", .help = "the program's own name"},
    {&option_service, "wait", &value_choice, FIELD(service_conf, wait), .words = word_waits,
	.unset = "false for connections, true for datagrams",
	.help = "false: a handler a connection; true: a handler a socket; all: one for all"},
    {&option_service, "stderr", &value_choice, FIELD(service_conf, stderr_to), PRESET("socket"),
	.words = word_stderrs,
	.help = "descriptor 2 of a handler: the connection, the journal or /dev/null"},
    {&option_service, "enabled", &value_choice, FIELD(service_conf, enabled), PRESET("true"),
	.words = word_booleans, .help = "false: the service is read but not served"},
    {&option_service, "description", &value_string, FIELD(service_conf, description), .max = 4095,
	.unset = "none", .help = "for people"},
    {&option_service, "reserved_ports", &value_choice, FIELD(service_conf, reserved_ports),
	PRESET("check"), .words = word_reserved,
	.help = "ok: ports may lie in net.ipv4.ip_local_port_range"},

    /* service: who */
    {&option_service, "user", &value_string, FIELD(service_conf, user), .max = 255,
	.unset = "the user superd runs as, unless that is root",
	.help = "name or number of the user a handler runs as"},
    {&option_service, "group", &value_string, FIELD(service_conf, group), .max = 255,
	.unset = "the user's", .help = "name or number of the group a handler runs as"},
    {&option_service, "groups", &list_strings, FIELD(service_conf, groups),
	.flag = offsetof(struct service_conf, groups_set),
	.unset = "those of the user, initgroups(3)",
	.help = "supplementary groups, which replace the user's"},
    {&option_service, "umask", &value_octal, FIELD(service_conf, umask), PRESET("0022"),
	.max = 0777, .help = "file mode creation mask"},
    {&option_service, "directory", &value_path, FIELD(service_conf, directory), PRESET("/"),
	.max = 4095, .help = "working directory"},
    {&option_service, "nice", &value_number, FIELD(service_conf, nice), PRESET("0"), .min = -20,
	.max = 19, .help = "scheduling priority, nice(2)"},
    {&option_service, "oom_score_adj", &value_number, FIELD(service_conf, oom_score_adj),
	.flag = offsetof(struct service_conf, oom_score_adj_set), .min = -1000, .max = 1000,
	.unset = "not changed", .help = "weight for the kernel's out-of-memory killer, proc(5)"},
    {&option_service, "environment", &list_assignments, FIELD(service_conf, environment),
	.help = "NAME=VALUE, added to what superd sets"},
    {&option_service, "pass_environment", &list_variables, FIELD(service_conf, pass_environment),
	.help = "names of variables taken over from superd's own environment"},

    {&option_limits, "instances", &value_number, FIELD(service_conf, limits.instances),
	PRESET("64"), .max = 1000000, .help = "handlers that live at the same time"},
    {&option_limits, "backlog", &value_number, FIELD(service_conf, limits.backlog), PRESET("4096"),
	.min = 1, .max = INT_MAX, .help = "queue of connections not yet accepted, listen(2)"},

    {&option_socket, "freebind", &value_choice, FIELD(service_conf, socket.freebind),
	PRESET("false"), .words = word_booleans,
	.help = "bind addresses that the host does not have yet (IP_FREEBIND)"},
    {&option_socket, "transparent", &value_choice, FIELD(service_conf, socket.transparent),
	PRESET("false"), .words = word_booleans,
	.help = "bind addresses of other hosts (IP_TRANSPARENT)"},
    {&option_socket, "device", &value_string, FIELD(service_conf, socket.device),
	.max = IFNAMSIZ - 1, .unset = "any",
	.help = "the interface to listen on (SO_BINDTODEVICE)"},
    {&option_socket, "mark", &value_number, FIELD(service_conf, socket.mark), .max = UINT32_MAX,
	.unset = "none", .help = "mark of packets sent (SO_MARK)"},
    {&option_socket, "tos", &value_number, FIELD(service_conf, socket.tos), .max = 255,
	.unset = "the kernel's", .help = "type of service (IP_TOS, IPV6_TCLASS)"},
    {&option_socket, "priority", &value_number, FIELD(service_conf, socket.priority),
	.max = INT_MAX, .unset = "the kernel's",
	.help = "queueing priority (SO_PRIORITY), above 6 with CAP_NET_ADMIN"},
    {&option_socket, "keepalive", &value_choice, FIELD(service_conf, socket.keepalive),
	PRESET("false"), .words = word_booleans, .help = "probe idle connections (SO_KEEPALIVE)"},
    {&option_socket, "nodelay", &value_choice, FIELD(service_conf, socket.nodelay), PRESET("false"),
	.words = word_booleans, .help = "send small writes at once (TCP_NODELAY)"},
    {&option_socket, "send_buffer", &value_size, FIELD(service_conf, socket.send_buffer), .min = 1,
	.max = INT_MAX / 2, .unset = "the kernel's",
	.help = "bytes to keep for sending (SO_SNDBUF)"},
    {&option_socket, "receive_buffer", &value_size, FIELD(service_conf, socket.receive_buffer),
	.min = 1, .max = INT_MAX / 2, .unset = "the kernel's",
	.help = "bytes to keep for receiving (SO_RCVBUF)"},
    {&option_socket, "defer_accept", &value_seconds, FIELD(service_conf, socket.defer_accept),
	.min = 1, .max = 86400, .unset = "off",
	.help = "accept only when data has come, or after this time (TCP_DEFER_ACCEPT)"},
    {&option_socket, "fastopen", &value_number, FIELD(service_conf, socket.fastopen), .min = 1,
	.max = 65535, .unset = "off", .help = "queue of TCP Fast Open (TCP_FASTOPEN)"},
    {&option_socket, "congestion", &value_string, FIELD(service_conf, socket.congestion), .max = 15,
	.unset = "the kernel's", .help = "congestion control algorithm (TCP_CONGESTION)"},
    {&option_socket, "streams", &value_number, FIELD(service_conf, socket.streams), .min = 1,
	.max = UINT16_MAX, .unset = "the kernel's",
	.help = "SCTP streams of an association, in each direction (SCTP_INITMSG)"},
    {&option_socket, "heartbeat", &value_seconds, FIELD(service_conf, socket.heartbeat), .min = 0,
	.max = 86400, .unset = "the kernel's",
	.help = "time between SCTP heartbeats on an idle path, 0: none (SCTP_PEER_ADDR_PARAMS)"},
    {&option_socket, "service_code", &protocol_service_code,
	FIELD(service_conf, socket.service_code), .max = UINT32_MAX - 1LL, .unset = "0",
	.help = "DCCP service code, a number or as RFC 5595 has it (SC:pop3)"},
    {&option_socket, "send_coverage", &protocol_coverage, FIELD(service_conf, socket.send_coverage),
	.max = UINT16_MAX, .unset = "the whole packet",
	.help = "bytes of a UDP-Lite packet that its checksum covers (UDPLITE_SEND_CSCOV)"},
    {&option_socket, "receive_coverage", &protocol_coverage,
	FIELD(service_conf, socket.receive_coverage), .max = UINT16_MAX, .unset = "any",
	.help = "bytes that the checksum of a packet received must cover (UDPLITE_RECV_CSCOV)"},
    {&option_socket, "mode", &value_octal, FIELD(service_conf, socket.mode), PRESET("0666"),
	.max = 0777, .help = "mode of the file of a unix socket"},
    {&option_socket, "owner", &value_string, FIELD(service_conf, socket.owner), .max = 255,
	.unset = "not changed", .help = "owner of the file of a unix socket"},
    {&option_socket, "group", &value_string, FIELD(service_conf, socket.group), .max = 255,
	.unset = "not changed", .help = "group of the file of a unix socket"},
};

enum { ROWS = sizeof(options) / sizeof(options[0]) };
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]), WORDS = ROWS + SECTIONS };

_Static_assert(
    sizeof(options) / sizeof(options[0]) <= 64, "a set of options is the bits of one word");

const struct option *
option_row(size_t i)
{
	return i < ROWS ? &options[i] : NULL;
}

size_t
option_index(const struct option *o)
{
	return (size_t)(o - options);
}

const struct option_section *
option_section_row(size_t i)
{
	return i < SECTIONS ? sections[i] : NULL;
}

static bool
is_name(const char *word, const char *name, size_t n)
{
	return word != NULL && strlen(word) == n && memcmp(word, name, n) == 0;
}

static bool
stands_in(const struct option *o, const struct option_section *in)
{
	return o->section == (in->defaults ? &option_service : in) && !(in->defaults && o->own);
}

const struct option *
option_find(const struct option_section *in, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (stands_in(&options[i], in) && is_name(options[i].name, name, n))
			return &options[i];
	return NULL;
}

const struct option_section *
option_find_section(const struct option_section *in, const char *name, size_t n)
{
	size_t i;

	if (in->defaults)
		in = &option_service;
	for (i = 0; i < SECTIONS; i++)
		if (sections[i]->parent == in && is_name(sections[i]->name, name, n))
			return sections[i];
	return NULL;
}

/* What may be written in a section. */
static size_t
words_of(const struct option_section *in, bool main, const char **words)
{
	const struct option_section *parent = in->defaults ? &option_service : in;
	size_t i, n = 0;

	for (i = 0; i < ROWS; i++)
		if (stands_in(&options[i], in) && (main || !in->main_only))
			words[n++] = options[i].name;
	for (i = 0; i < SECTIONS; i++)
		if (sections[i]->parent == parent && (main || !sections[i]->main_only))
			words[n++] = sections[i]->name;
	return n;
}

static const struct option_section *
elsewhere(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (is_name(options[i].name, name, n))
			return options[i].section;
	for (i = 0; i < SECTIONS; i++)
		if (is_name(sections[i]->name, name, n))
			return sections[i]->parent;
	return NULL;
}

void
option_hint(struct text *t, const struct option_section *in, const char *name, size_t n, bool main)
{
	const struct option_section *other = elsewhere(name, n);
	const char *words[WORDS], *nearest;
	char word[64];
	size_t i, count = words_of(in, main, words);

	if (in->defaults && option_find(&option_service, name, n) != NULL) {
		text_add(t, ", which each service says itself, has no default");
		return;
	}
	if (other != NULL && other->main_only) {
		text_add(t, main ? ", which stands " : ", which stands in superd.conf only");
		if (main)
			text_addf(
			    t, other->name ? "in %s { }" : "outside of sections", other->name);
		return;
	}
	if (other != NULL) {
		text_addf(t, ", which stands in %s { }", other->name);
		return;
	}
	(void)snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), name);
	nearest = text_nearest(word, words, count);
	if (nearest != NULL) {
		text_addf(t, ", did you mean \"%s\"?", nearest);
		return;
	}
	text_add(t, " (allowed:");
	for (i = 0; i < count; i++)
		text_addf(t, " %s", words[i]);
	text_add(t, ")");
}

void
option_name(struct text *t, const struct option *o)
{
	if (o->section->name != NULL && o->section != &option_service)
		text_addf(t, "%s.", o->section->name);
	text_add(t, o->name);
}

static void *
field_of(const struct option *o, void *base)
{
	return (char *)base + o->offset;
}

static const void *
const_field_of(const struct option *o, const void *base)
{
	return (const char *)base + o->offset;
}

static void
set_flag(const struct option *o, void *base, bool value)
{
	if (o->flag != 0)
		*(bool *)((char *)base + o->flag) = value;
}

static bool
has_flag(const struct option *o, const void *base)
{
	return o->flag == 0 || *(const bool *)((const char *)base + o->flag);
}

int
option_set(const struct option *o, void *base, const char *text, char *error, size_t size)
{
	struct text t;
	int r;

	text_init(&t, error, size);
	r = o->type->parse(o, text, field_of(o, base), &t);
	if (r == -ENOMEM)
		text_add(&t, "out of memory");
	if (r == 0)
		set_flag(o, base, true);
	return r;
}

void
option_unset(const struct option *o, void *base)
{
	o->type->unset(o, field_of(o, base));
	set_flag(o, base, false);
}

void
option_mark(const struct option *o, void *base)
{
	set_flag(o, base, true);
}

int
option_preset(const struct option *o, void *base)
{
	char error[OPTION_ERROR];
	size_t i;
	int r = 0;

	option_unset(o, base);
	for (i = 0; o->preset != NULL && o->preset[i] != NULL && r == 0; i++)
		r = option_set(o, base, o->preset[i], error, sizeof(error));
	return r;
}

int
option_copy(const struct option *o, const void *from, void *base)
{
	option_unset(o, base);
	set_flag(o, base, has_flag(o, from));
	return o->type->copy(o, const_field_of(o, from), field_of(o, base));
}

int
option_prepend(const struct option *o, const void *from, void *base)
{
	struct strings both = {NULL, 0}, *list = field_of(o, base);

	if (o->type->copy(o, const_field_of(o, from), &both) < 0 ||
	    o->type->copy(o, list, &both) < 0) {
		strings_fini(&both);
		return -ENOMEM;
	}
	strings_fini(list);
	*list = both;
	return 0;
}

bool
option_has(const struct option *o, const void *base)
{
	return has_flag(o, base) && o->type->has(o, const_field_of(o, base));
}

void
option_print(const struct option *o, const void *base, FILE *out)
{
	o->type->print(o, const_field_of(o, base), out);
}

void
option_unset_all(void *base, enum option_owner owner)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (options[i].section->owner == owner)
			option_unset(&options[i], base);
}

int
option_preset_all(void *base, enum option_owner owner)
{
	size_t i;
	int r = 0;

	for (i = 0; i < ROWS && r == 0; i++)
		if (options[i].section->owner == owner)
			r = option_preset(&options[i], base);
	return r;
}
