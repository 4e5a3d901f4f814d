#include <criterion/criterion.h>
#include <string.h>

#include "config/carve.h"
#include "config/load.h"
#include "config/report.h"
#include "config/service.h"

/* The endpoints of service "s", a sensor, beside others. */
static const char *
carved(const char *text)
{
	static char out[1024];
	char one[ADDRESS_TEXT];
	struct report r = {0};
	struct conf *conf = load_text("x", text, strlen(text), true, &r);
	const struct service_conf *svc = NULL;
	size_t i;

	cr_assert_not_null(conf, "%s", text);
	cr_assert_eq(carve_sensors(conf), 0);
	for (i = 0; i < conf->nservices; i++)
		if (strcmp(conf->services[i]->name, "s") == 0)
			svc = conf->services[i];
	cr_assert_not_null(svc);
	out[0] = '\0';
	for (i = 0; i < svc->endpoints.n; i++) {
		strcat(out, i > 0 ? " " : "");
		strcat(out, endpoint_text(&svc->endpoints.v[i], one, sizeof(one)));
	}
	conf_free(conf);
	report_fini(&r);
	return out;
}

#define SENSOR(listen) "service s { listen = " listen " builtin = sensor }\n"
#define OTHER(name, listen) "service " name " { listen = " listen " command = /x }\n"

static const struct {
	const char *text, *expected;
} rows[] = {
    {SENSOR("1-10/tcp4"), "0.0.0.0:1-10/tcp4"},
    {SENSOR("1-10/tcp4") OTHER("a", "5/tcp4"), "0.0.0.0:1-4/tcp4 0.0.0.0:6-10/tcp4"},
    {SENSOR("1-10/tcp4") OTHER("a", "1/tcp4") OTHER("b", "10/tcp4"), "0.0.0.0:2-9/tcp4"},
    {SENSOR("1-10/tcp4") OTHER("a", "1-10/tcp4"), ""},
    {SENSOR("1-10/tcp4") OTHER("a", "5-20/tcp4"), "0.0.0.0:1-4/tcp4"},
    {SENSOR("1-3/tcp4") OTHER("a", "2/udp4"), "0.0.0.0:1-3/tcp4"},
    {SENSOR("1-3/tcp4") OTHER("a", "127.0.0.1:2/tcp"), "0.0.0.0:1-3/tcp4"},
    {SENSOR("1-3/tcp4") OTHER("a", "0.0.0.0:2/mptcp"), "0.0.0.0:1/tcp4 0.0.0.0:3/tcp4"},
    {SENSOR("1-3/tcp") OTHER("a", "2/tcp6"), "0.0.0.0:1-3/tcp4 [::]:1/tcp6 [::]:3/tcp6"},
    {SENSOR("1-3/tcp4") "service a { listen = 2/tcp4 command = /x enabled = no }",
	"0.0.0.0:1-3/tcp4"},
    {SENSOR("65530-65535/tcp4") OTHER("a", "65535/tcp4"), "0.0.0.0:65530-65534/tcp4"},
    {SENSOR("7/tcp4") OTHER("a", "7/tcp4"), "0.0.0.0:7/tcp4"},
    /* Of every address, so of this one as well. */
    {SENSOR("127.0.0.1:1-3/tcp") OTHER("a", "2/tcp4"), "127.0.0.1:1/tcp4 127.0.0.1:3/tcp4"},
    {SENSOR("127.0.0.1:1-3/tcp") OTHER("a", "127.0.0.2:2/tcp"), "127.0.0.1:1-3/tcp4"},
    {SENSOR("127.0.0.1:2/tcp") OTHER("a", "2/tcp4"), "127.0.0.1:2/tcp4"},
    /* A sensor for one port has it, whatever range is around. */
    {SENSOR("1-3/tcp4") "service t { listen = 2/tcp4 sensor = 9 }",
	"0.0.0.0:1/tcp4 0.0.0.0:3/tcp4"},
    {SENSOR("{ 1-3/tcp4, 2/tcp4 }"), "0.0.0.0:1/tcp4 0.0.0.0:3/tcp4 0.0.0.0:2/tcp4"},
    {SENSOR("1-3/tcp4") "service t { listen = 2-4/tcp4 sensor = 9 }", "0.0.0.0:1-3/tcp4"},
};

Test(carve, ranges)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(carved(rows[i].text), rows[i].expected, "%s", rows[i].text);
}
