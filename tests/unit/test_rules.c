#include <criterion/criterion.h>
#include <string.h>

#include "config/load.h"
#include "config/report.h"
#include "config/service.h"
#include "net/own.h"
#include "policy/access.h"
#include "policy/limit.h"
#include "policy/scan.h"
#include "supervisor/rules.h"

static struct conf *
load(const char *text)
{
	struct report r = {0};
	struct conf *conf = load_text("x", text, strlen(text), true, &r);

	cr_assert(conf != NULL && r.errors == 0, "%s", r.n > 0 ? r.v[0].text : text);
	report_fini(&r);
	return conf;
}

Test(rules, limits)
{
	struct conf *conf = load(
	    "service a { listen = 1/tcp command = /x limits { instances = 9 rate = 10/s burst = 3\n"
	    "per_source_rate = 2/m load = 1.5 source_prefix = { \"24\", \"48\" } } }\n"
	    "service b { listen = 2/tcp command = /x }\n"
	    "limits { instances = 7 }\n");
	struct source_prefix prefix;
	struct limit_rules r;

	rules_limits(&r, conf->services[0]);
	cr_expect(r.instances == 9 && r.per_source == 5 && r.load == 150);
	cr_expect(r.rate.count == 10 && r.rate.burst == 3 && r.rate.per == USEC_PER_SEC);
	cr_expect(r.source_rate.count == 2 && r.source_rate.burst == 3);
	prefix = rules_prefix(&conf->services[0]->limits.source_prefix);
	cr_expect(prefix.v4 == 24 && prefix.v6 == 48);
	rules_limits(&r, conf->services[1]);
	cr_expect(r.instances == 64 && r.per_source == 32 && r.load == LIMIT_NONE);
	cr_expect_eq(r.rate.count, 0);
	prefix = rules_prefix(&conf->services[1]->limits.source_prefix);
	cr_expect(prefix.v4 == 32 && prefix.v6 == 64);
	cr_expect_eq(rules_limit(conf->limits.instances), 7);
	cr_expect_eq(rules_limit(conf->limits.per_source), LIMIT_NONE);
	conf_free(conf);
}

Test(rules, access)
{
	struct conf *conf = load("service a { listen = 1/tcp command = /x access {\n"
				 "allow = 192.0.2.0/24 deny = 192.0.2.128/25\n"
				 "source_ports = \"0-1023\" } }\n");
	struct access_question q;
	struct address peer;
	struct access a;

	cr_assert_eq(rules_access(&a, &conf->services[0]->access), 0);
	q = (struct access_question){.peer = &peer};
	cr_assert_eq(address_parse(&peer, "192.0.2.1", 1000), 0);
	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED);
	address_set_port(&peer, 1024);
	cr_expect_eq(access_check(&a, &q), VERDICT_SOURCE_PORT);
	cr_assert_eq(address_parse(&peer, "192.0.2.200", 1000), 0);
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED);
	cr_assert_eq(address_parse(&peer, "198.51.100.1", 1000), 0);
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED);
	access_fini(&a);
	conf_free(conf);
}

Test(rules, scan)
{
	struct conf *conf =
	    load("scan { threshold = 9 sensor = 4 ban = 5m ban_max = 1h endpoints = 8 window = 30\n"
		 "exempt = { 192.0.2.0/24 } }\n");
	struct prefixes exempt = {0};
	struct scan_conf r;
	char text[PREFIX_TEXT];

	rules_scan(&r, &conf->scan);
	cr_expect(r.threshold == 9 && r.weights[OFFENCE_SENSOR] == 4);
	cr_expect(r.weights[OFFENCE_REFUSED] == 1 && r.weights[OFFENCE_PROTOCOL] == 0);
	cr_expect(r.ban == 300 * USEC_PER_SEC && r.cap == 3600 * USEC_PER_SEC);
	cr_expect(r.spread == 8 && r.window == 30 * USEC_PER_SEC && !r.spoofable);
	cr_assert_eq(rules_exempt(&exempt, &conf->scan), 0);
	cr_expect_str_eq(prefix_text(&exempt.v[0], text, sizeof(text)), "192.0.2.0/24");
	cr_expect_gt(exempt.n, 1, "and the host's own");
	prefixes_fini(&exempt);
	conf_free(conf);
}

Test(rules, sites)
{
	static const struct {
		const char *text;
		uint32_t threshold;
	} rows[] = {
	    {"scan { threshold = 9 }", 36},
	    {"scan { threshold = 9 site_threshold = 0 }", 0},
	    {"scan { threshold = 9 site_threshold = 7 }", 7},
	    {"scan { threshold = 0 }", 0},
	    {"scan { threshold = 1000000 }", SCAN_POINTS_MAX},
	};
	struct scan_conf r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *conf = load(rows[i].text);

		rules_scan(&r, &conf->scan);
		cr_expect_eq(r.site_threshold, rows[i].threshold, "%s", rows[i].text);
		conf_free(conf);
	}
}
