#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/ephemeral.h"
#include "config/load.h"
#include "config/report.h"
#include "config/service.h"
#include "config/system.h"

enum { TEXT = 2048 };

/* Services a, b, ... that listen there. */
static struct conf *
services(const char *const *listen)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf;
	char text[TEXT];
	size_t i, n = 0;

	for (i = 0; listen[i] != NULL; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "service %c { command = /x wait = all listen = %s }\n", (char)('a' + i),
		    listen[i]);
	conf = load_text("x", text, n, true, &r);
	cr_assert_eq(r.n, 0, "%s: %s", text, r.n > 0 ? r.v[0].text : "");
	return conf;
}

/* "LINE: PORTS" of an error, "LINE+ PORTS" where it is one with others, "LINE? PORT" of a warning.
 */
static const char *
summary(const struct report *r, char *text)
{
	const char *ports, *sign;
	struct text t;
	size_t i;

	text_init(&t, text, TEXT);
	for (i = 0; i < r->n; i++) {
		ports = strstr(r->v[i].text, "listen: ") + strlen("listen: ");
		sign = strstr(ports, " with the other ports of services ") != NULL ? "+" : ":";
		if (r->v[i].severity == FINDING_WARNING) {
			ports += strlen("port ");
			sign = "?";
		}
		text_addf(&t, "%s%u%s %.*s", i > 0 ? ", " : "", r->v[i].line, sign,
		    (int)strcspn(ports, " "), ports);
	}
	return text;
}

/* Of 100 to 109. */
static const struct {
	const char *reserved;
	const char *listen[5];
	bool bad[4]; /* before */
	const char *findings;
} rows[] = {
    {"", {"1-99/tcp", "110-200/tcp", "unix:@x", "0/tcp"}, {false}, ""},
    {"", {"100-109/tcp"}, {false}, "1: 100-109"},
    {"", {"1-1000/udp4"}, {false}, "1: 1-1000"},
    {"", {"99-108/tcp", "{ 1/tcp,\n 109/tcp }"}, {false}, "1? 100, 3+ 109"},
    {"", {"{ 100-104/tcp,\n 105-109/tcp }"}, {false}, "2+ 105-109"},
    {"", {"{ 104-120/tcp6,\n 90-104/tcp4 }"}, {false}, "2+ 90-104"},
    /* Another space. */
    {"", {"100-104/tcp", "105-109/udp"}, {false}, "1? 100, 2? 105"},
    {"", {"100-104/mptcp", "105-109/tcp"}, {false}, "1? 100, 2+ 105-109"},
    /* Whoever would take the last port; without him there is one. */
    {"", {"100-104/tcp", "105-109/tcp", "105-108/tcp", "127.0.0.1:109/tcp"}, {false},
	"1? 100, 2+ 105-109, 3? 105, 4+ 109"},
    /* One that may. */
    {"", {"100-104/tcp", "105-109/tcp reserved_ports = ok", "100/tcp"}, {false}, "1? 100, 3? 100"},
    {"", {"100-104/tcp", "105-109/tcp enabled = no", "100/tcp"}, {false}, "1? 100, 3? 100"},
    /* One that is not served is in nobody's way, and told. */
    {"", {"100-104/tcp", "105-109/tcp"}, {true}, "2? 105, 1+ 100-104"},
    /* Reserved ports are no help to others. */
    {"100-104", {"105-109/tcp"}, {false}, "1: 105-109"},
    {"100-104", {"100-104/tcp", "105-108/tcp"}, {false}, "2? 105"},
    {"100-109", {"100-108/tcp"}, {false}, ""},
    {"100-109", {"100-109/tcp"}, {false}, "1: 100-109"},
};

Test(ephemeral, together)
{
	struct system sys = {.ephemeral_first = 100, .ephemeral_last = 109};
	char text[TEXT];
	struct conf *conf;
	bool bad[4];
	size_t i, errors;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		conf = services(rows[i].listen);
		memcpy(bad, rows[i].bad, sizeof(bad));
		memset(sys.reserved, 0, sizeof(sys.reserved));
		system_parse_reserved(&sys, rows[i].reserved);
		cr_assert_eq(ephemeral_check(conf, &sys, bad, &r), 0);
		cr_expect_str_eq(summary(&r, text), rows[i].findings, "row %zu: %s", i, text);
		errors = (size_t)bad[0] + bad[1] + bad[2] + bad[3];
		cr_expect_eq(errors, r.errors, "row %zu", i);
		conf_free(conf);
		report_fini(&r);
	}
}

Test(ephemeral, sentences)
{
	static const char *const listen[] = {"32768-50000/tcp", "50001-60999/tcp", NULL};
	struct system sys = {.ephemeral_first = 32768, .ephemeral_last = 60999};
	struct report r = {NULL, 0, 0};
	struct conf *conf = services(listen);
	bool bad[2] = {false, false};

	cr_assert_eq(ephemeral_check(conf, &sys, bad, &r), 0);
	cr_assert_eq(r.n, 2);
	cr_expect_str_eq(r.v[0].text,
	    "service a: listen: port 32768 is one that the system takes for outgoing connections; "
	    "reserve it: sysctl net.ipv4.ip_local_reserved_ports=32768-50000");
	cr_expect_str_eq(r.v[1].text,
	    "service b: listen: 50001-60999 with the other ports of services covers "
	    "net.ipv4.ip_local_port_range (32768-60999): the system could make no connection; "
	    "reserved_ports = ok allows it");
	cr_expect(!bad[0] && bad[1]);
	conf_free(conf);
	report_fini(&r);
}
