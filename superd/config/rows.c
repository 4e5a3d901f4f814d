#include "config/rows.h"

#include <limits.h>
#include <net/if.h>

#include "config/list.h"
#include "config/protocol.h"
#include "config/rule.h"
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

const struct option_section option_access = {
    .name = "access",
    .parent = &option_service,
    .owner = OPTION_SERVICE,
};
const struct option_section option_banner = {
    .name = "banner",
    .parent = &option_service,
    .owner = OPTION_SERVICE,
};
const struct option_section option_daemon_limits = {
    .name = "limits",
    .parent = &option_file,
    .owner = OPTION_CONF,
    .main_only = true,
};
const struct option_section option_scan = {
    .name = "scan",
    .parent = &option_file,
    .owner = OPTION_CONF,
    .main_only = true,
};

const struct option_section *const rows_sections[] = {
    &option_file,
    &option_log,
    &option_daemon_limits,
    &option_scan,
    &option_defaults,
    &option_service,
    &option_access,
    &option_limits,
    &option_banner,
    &option_socket,
};

const struct option rows_options[] = {
    /* superd.conf */
    {&option_file, "services", &list_strings, FIELD(conf, folders), PRESET(SERVICES_FOLDERS),
	.help = "folders with service files"},
    {&option_file, "pidfile", &value_path, FIELD(conf, pidfile), .unset = "none",
	.help = "file that holds the process id, locked while superd runs"},
    {&option_file, "worker_users", &rule_users, FIELD(conf, worker_users), PRESET("58900-58999"),
	.help = "range of user ids that nobody else has, for superd's own workers"},

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

    {&option_daemon_limits, "instances", &value_number, FIELD(conf, limits.instances),
	.max = 1000000, .unset = "none", .help = "handlers of all services that live at one time"},
    {&option_daemon_limits, "per_source", &value_number, FIELD(conf, limits.per_source),
	.max = 1000000, .unset = "none", .help = "of those, the ones of one source"},
    {&option_daemon_limits, "minimum", &value_number, FIELD(conf, limits.minimum), PRESET("1"),
	.max = 1000000, .help = "places of instances that are kept free for each service"},
    {&option_daemon_limits, "sources", &value_number, FIELD(conf, limits.sources), PRESET("65536"),
	.min = 1024, .max = 1 << 24, .help = "sources that are remembered"},

    {&option_scan, "threshold", &value_number, FIELD(conf, scan.threshold), PRESET("0"),
	.max = 1000000, .help = "points for which a source is banned, 0: none is"},
    {&option_scan, "site_threshold", &value_number, FIELD(conf, scan.site_threshold),
	.max = 1000000, .unset = "four times threshold",
	.help = "points for which an IPv6 /48 is banned, 0: none is"},
    {&option_scan, "sensor", &value_number, FIELD(conf, scan.sensor), PRESET("5"), .max = 1000000,
	.help = "points for touching a sensor"},
    {&option_scan, "refused", &value_number, FIELD(conf, scan.refused), PRESET("1"), .max = 1000000,
	.help = "points for a connection that access {} refuses"},
    {&option_scan, "spread", &value_number, FIELD(conf, scan.spread), PRESET("5"), .max = 1000000,
	.help = "points for touching many endpoints"},
    {&option_scan, "rate", &value_number, FIELD(conf, scan.rate), PRESET("1"), .max = 1000000,
	.help = "points for a connection beyond per_source_rate"},
    {&option_scan, "endpoints", &value_number, FIELD(conf, scan.endpoints), PRESET("0"), .max = 64,
	.help = "so many endpoints within the window are a spread, 0: none are"},
    {&option_scan, "window", &value_seconds, FIELD(conf, scan.window), PRESET("60s"), .min = 1,
	.max = 86400, .help = "the time in which endpoints are counted"},
    {&option_scan, "decay", &value_seconds, FIELD(conf, scan.decay), PRESET("60s"), .min = 1,
	.max = 86400, .help = "the time after which a point is forgotten"},
    {&option_scan, "ban", &value_seconds, FIELD(conf, scan.ban), PRESET("600s"), .min = 1,
	.max = 31536000, .help = "how long the first ban lasts; each further one twice as long"},
    {&option_scan, "ban_max", &value_seconds, FIELD(conf, scan.ban_max), PRESET("86400s"), .min = 1,
	.max = 31536000, .help = "how long a ban lasts at most"},
    {&option_scan, "forget", &value_seconds, FIELD(conf, scan.forget), PRESET("604800s"), .min = 1,
	.max = 31536000, .help = "the time without a ban after which the next is a first one"},
    {&option_scan, "source_prefix", &list_lengths, FIELD(conf, scan.source_prefix),
	.flag = offsetof(struct conf, scan.source_prefix_set), .unset = "{ \"32\", \"64\" }",
	.help = "bits of an IPv4 and of an IPv6 address that make a source"},
    {&option_scan, "exempt", &list_prefixes, FIELD(conf, scan.exempt),
	.help = "prefixes that are never banned, beside those of the host itself"},
    {&option_scan, "spoofable", &value_choice, FIELD(conf, scan.spoofable), PRESET("false"),
	.words = word_booleans, .help = "datagrams, which can be forged, earn points too"},
    {&option_scan, "command", &list_command, FIELD(conf, scan.command), .unset = "none",
	.help = "program that is run at a ban and at its end, then its first arguments"},
    {&option_scan, "user", &value_string, FIELD(conf, scan.user), .max = 255,
	.unset = "nobody, or the user superd runs as, unless that is root",
	.help = "name or number of the user that it runs as"},

    /* service: what */
    {&option_service, "listen", &list_endpoints, FIELD(service_conf, listen), .own = true,
	.unset = "required", .help = "endpoints: [ADDRESS:]PORT[-PORT]/TRANSPORT, unix:PATH"},
    {&option_service, "command", &list_command, FIELD(service_conf, command), .own = true,
	.unset = "required", .help = "absolute path of the program, then its arguments"},
    {&option_service, "builtin", &value_choice, FIELD(service_conf, builtin), .own = true,
	.words = word_builtins, .unset = "none",
	.help = "instead of command; sensor: nobody has any business there, see scan {}"},
    {&option_service, "sensor", &value_number, FIELD(service_conf, sensor), .max = 1000000,
	.own = true, .unset = "scan.sensor", .help = "a sensor, and the points for touching it"},
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
    {&option_limits, "per_source", &value_number, FIELD(service_conf, limits.per_source),
	.max = 1000000, .unset = "half of instances", .help = "of those, the ones of one source"},
    {&option_limits, "rate", &rule_rate, FIELD(service_conf, limits.rate), .unset = "none",
	.help = "connections in a time, as in 50/s or 10/m"},
    {&option_limits, "burst", &value_number, FIELD(service_conf, limits.burst), .min = 1,
	.max = 1000000, .unset = "the count of rate", .help = "how many may come at once"},
    {&option_limits, "per_source_rate", &rule_rate, FIELD(service_conf, limits.source_rate),
	.unset = "none", .help = "the same for each source"},
    {&option_limits, "source_prefix", &list_lengths, FIELD(service_conf, limits.source_prefix),
	.flag = offsetof(struct service_conf, limits.source_prefix_set),
	.unset = "{ \"32\", \"64\" }",
	.help = "bits of an IPv4 and of an IPv6 address that make a source"},
    {&option_limits, "load", &rule_load, FIELD(service_conf, limits.load), .max = 100000000,
	.unset = "none", .help = "no new handler while the load average of a minute is higher"},
    {&option_limits, "session", &value_seconds, FIELD(service_conf, limits.session), .min = 1,
	.max = 31536000, .unset = "none", .help = "how long a handler may live"},
    {&option_limits, "idle", &value_seconds, FIELD(service_conf, limits.idle), .min = 1,
	.max = 31536000, .unset = "none",
	.help = "how long a TCP connection may be without a byte in either direction"},
    {&option_limits, "overflow", &value_choice, FIELD(service_conf, limits.overflow),
	PRESET("queue"), .words = word_overflows,
	.help = "what becomes of connections for which there is no room: wait, or be refused"},
    {&option_limits, "backlog", &value_number, FIELD(service_conf, limits.backlog), PRESET("4096"),
	.min = 1, .max = INT_MAX, .help = "queue of connections not yet accepted, listen(2)"},

    {&option_access, "allow", &list_prefixes, FIELD(service_conf, access.allow),
	.help = "prefixes that may connect; none: all"},
    {&option_access, "deny", &list_prefixes, FIELD(service_conf, access.deny),
	.help = "prefixes that may not"},
    {&option_access, "hours", &list_hours, FIELD(service_conf, access.hours),
	.help = "when, local time, as in mon-fri 08:00-18:00; none: always"},
    {&option_access, "source_ports", &rule_port_range, FIELD(service_conf, access.source_ports),
	.unset = "any", .help = "ports that a peer may come from"},
    {&option_access, "users", &list_strings, FIELD(service_conf, access.users),
	.help = "users that may connect to a unix socket; no users and groups: all"},
    {&option_access, "groups", &list_strings, FIELD(service_conf, access.groups),
	.help = "groups whose members may"},
    {&option_access, "libwrap", &value_choice, FIELD(service_conf, access.libwrap), PRESET("false"),
	.words = word_booleans,
	.help = "hosts.allow and hosts.deny decide as well, hosts_access(5)"},
    {&option_access, "enforce", &value_choice, FIELD(service_conf, access.enforce),
	PRESET("daemon"), .words = word_enforces,
	.help = "kernel: what is refused for its address is dropped before superd sees it"},

    {&option_banner, "accept", &value_path, FIELD(service_conf, banner.accept), .unset = "none",
	.help = "file that is sent to a client before its handler starts"},
    {&option_banner, "deny", &value_path, FIELD(service_conf, banner.deny), .unset = "none",
	.help = "file that is sent to a client that is refused"},

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

const size_t rows_noptions = sizeof(rows_options) / sizeof(rows_options[0]);
const size_t rows_nsections = sizeof(rows_sections) / sizeof(rows_sections[0]);

_Static_assert(sizeof(rows_options) / sizeof(rows_options[0]) <= OPTIONS_MAX,
    "a set of options has a bit for each");
