#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "config/load.h"
#include "config/overlap.h"
#include "config/report.h"
#include "config/service.h"
#include "net/transport.h"

enum { TEXT = 1024, ROUNDS = 1000, SERVICES = 12, MANY = 10000 };

static struct conf *
load(const char *text)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load_text("x", text, strlen(text), true, &r);

	cr_assert_eq(r.n, 0, "%s\n%s", r.n > 0 ? r.v[0].text : "", text);
	report_fini(&r);
	return conf;
}

/* Services a, b, ... of one line each that listen there. */
static struct conf *
services(const char *const *listen)
{
	char text[TEXT * 4];
	size_t i, n = 0;

	for (i = 0; listen[i] != NULL; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "service %c { listen = { %s } command = /x wait = all }\n", (char)('a' + i),
		    listen[i]);
	return load(text);
}

static const struct {
	const char *listen[4];
	const char *finding; /* NULL: none */
	unsigned line;
} equal_rows[] = {
    {{"1/tcp", "1/tcp4"},
	"service b: listen: 0.0.0.0:1/tcp4 is 0.0.0.0:1/tcp4 of service a already (x:1)", 2},
    {{"1/tcp", "1/tcp"},
	"service b: listen: 0.0.0.0:1/tcp4 is 0.0.0.0:1/tcp4 of service a already (x:1)", 2},
    {{"1/tcp", "2/tcp", "'*:1/tcp6'"},
	"service c: listen: [::]:1/tcp6 is [::]:1/tcp6 of service a already (x:1)", 3},
    {{"1/tcp, 1/tcp4"}, "service a: listen: 0.0.0.0:1/tcp4 and 0.0.0.0:1/tcp4 are the same", 1},
    {{"10-20/tcp4", "15/tcp4"},
	"service b: listen: 0.0.0.0:15/tcp4 is 0.0.0.0:10-20/tcp4 of service a already "
	"(x:1)",
	2},
    {{"15/udp4", "10-20/udp4"},
	"service b: listen: 0.0.0.0:10-20/udp4 is 0.0.0.0:15/udp4 of service a already "
	"(x:1)",
	2},
    {{"20-30/udp4", "10-20/udp4"},
	"service b: listen: 0.0.0.0:10-20/udp4 is 0.0.0.0:20-30/udp4 of service a already "
	"(x:1)",
	2},
    {{"unix:/run/x", "unix-dgram:/run/x"},
	"service b: listen: unix-dgram:/run/x is unix:/run/x of service a already (x:1)", 2},
    {{"unix:@x", "unix:@x"}, "service b: listen: unix:@x is unix:@x of service a already (x:1)", 2},
    {{"'10.0.0.1+10.1.0.1:1/sctp'", "'10.1.0.1+10.2.0.1:1/sctp'"},
	"service b: listen: 10.1.0.1+10.2.0.1:1/sctp is 10.0.0.1+10.1.0.1:1/sctp of service a "
	"already (x:1)",
	2},
    {{"80/tcp4", "0.0.0.0:80/mptcp"},
	"service b: listen: 0.0.0.0:80/mptcp is 0.0.0.0:80/tcp4 of service a already (x:1)", 2},
    {{"10.0.0.1:1/sctp", "10.0.0.1:1/sctp-seqpacket"},
	"service b: listen: 10.0.0.1:1/sctp-seqpacket is 10.0.0.1:1/sctp of service a already "
	"(x:1)",
	2},
    {{"'10.0.0.1+10.1.0.1:1/sctp'", "10.2.0.1:1/sctp", "10.0.0.1:1/tcp"}, NULL, 0},
    {{"9/udp", "9/udplite", "9/sctp", "9/dccp"}, NULL, 0},
    {{"1/tcp", "1/udp", "2/tcp"}, NULL, 0},
    {{"unix:@x", "unix-dgram:@x", "unix:@y"}, NULL, 0},
    {{"0/tcp", "0/tcp", "0/udp"}, NULL, 0},
    {{"127.0.0.1:1/tcp", "127.0.0.2:1/tcp", "[::1]:1/tcp"}, NULL, 0},
    {{"10-20/tcp", "21-30/tcp", "1-9/tcp"}, NULL, 0},
    /* b is not there, so that it does not stand in the way of c. */
    {{"2/tcp4", "1-2/tcp4", "1/tcp4"},
	"service b: listen: 0.0.0.0:1-2/tcp4 is 0.0.0.0:2/tcp4 of service a already (x:1)", 2},
};

Test(overlap, what_is_equal)
{
	bool bad[SERVICES];
	struct conf *conf;
	size_t i, j;

	for (i = 0; i < sizeof(equal_rows) / sizeof(equal_rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		memset(bad, 0, sizeof(bad));
		conf = services(equal_rows[i].listen);
		cr_assert_eq(overlap_check(conf, bad, &r), 0);
		cr_assert_eq(r.n, (size_t)(equal_rows[i].finding != NULL), "row %zu", i);
		if (r.n > 0) {
			cr_expect_str_eq(r.v[0].text, equal_rows[i].finding);
			cr_expect_eq(r.v[0].line, equal_rows[i].line);
			cr_expect_str_eq(r.v[0].file, "x");
		}
		for (j = 0; j < conf->nservices; j++)
			cr_expect_eq(bad[j], j + 1 == equal_rows[i].line, "row %zu", i);
		conf_free(conf);
		report_fini(&r);
	}
}

/* Each item is found, at its line, the families of one are one. */
Test(overlap, lines)
{
	static const struct {
		unsigned line;
		const char *text;
	} expected[] = {
	    {5, "service b: listen: 0.0.0.0:3/tcp4 is 0.0.0.0:3/tcp4 of service a already (x:2)"},
	    {7, "service b: listen: 0.0.0.0:4-6/tcp4 is 0.0.0.0:5/tcp4 of service a already (x:3)"},
	    {9, "service b: listen: 127.0.0.1:9/tcp4 and 127.0.0.1:9/tcp4 are the same"},
	};
	struct report r = {NULL, 0, 0};
	struct conf *conf = load("service a { listen = { 2/tcp,\n"
				 " 3/tcp }\n"
				 " listen += 5/tcp4 command = /x }\n"
				 "service b { listen = {\n"
				 "  3/tcp,\n"
				 "  127.0.0.1:9/tcp,\n"
				 "  4-6/tcp4,\n"
				 "  8/tcp,\n"
				 "  127.0.0.1:9/tcp } command = /x }\n");
	bool bad[2] = {false, false};
	size_t i;

	cr_assert_eq(overlap_check(conf, bad, &r), 0);
	cr_expect(!bad[0] && bad[1]);
	cr_expect_eq(r.n, 3);
	for (i = 0; i < r.n && i < 3; i++) {
		cr_expect_str_eq(r.v[i].text, expected[i].text);
		cr_expect_eq(r.v[i].line, expected[i].line, "%s: %u", r.v[i].text, r.v[i].line);
	}
	conf_free(conf);
	report_fini(&r);
}

Test(overlap, services_that_are_off_or_bad_take_nothing)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = load("service a { listen = 1/tcp command = /x enabled = no }\n"
				 "service b { listen = 127.0.0.1:1/tcp command = /x }\n"
				 "service c { listen = 1/tcp command = /x }\n"
				 "service d { listen = { 1/tcp, 2/tcp } command = /x }\n"
				 "service e { listen = 2/tcp command = /x }\n");
	bool bad[5] = {false, true, false, true, true};

	cr_assert_eq(overlap_check(conf, bad, &r), 0);
	cr_assert(bad[1] && !bad[0] && !bad[2] && bad[3] && bad[4]);
	cr_assert_not(conf->services[2]->endpoints.v[0].shared);
	/* But they are told whom they meet. */
	cr_assert_eq(r.n, 2);
	cr_expect_str_eq(r.v[0].text,
	    "service d: listen: 0.0.0.0:1/tcp4 is 0.0.0.0:1/tcp4 of service c already (x:3)");
	cr_expect_str_eq(r.v[1].text,
	    "service e: listen: 0.0.0.0:2/tcp4 is 0.0.0.0:2/tcp4 of service d already (x:4)");
	conf_free(conf);
	report_fini(&r);
}

/* The definition, pair by pair. */
static void
expect(const struct conf *conf, bool *bad, bool (*shared)[2])
{
	struct service_conf *const *s = conf->services;
	size_t i, j, k, l;

	memset(bad, 0, conf->nservices * sizeof(*bad));
	memset(shared, 0, conf->nservices * sizeof(*shared));
	for (i = 0; i < conf->nservices; i++)
		for (j = 0; j <= i; j++)
			for (k = 0; k < s[i]->endpoints.n; k++)
				for (l = 0; l < (j < i ? s[j]->endpoints.n : k); l++)
					bad[i] |=
					    !bad[j] && endpoint_overlap(&s[i]->endpoints.v[k],
							   &s[j]->endpoints.v[l]) == ENDPOINT_EQUAL;
	for (i = 0; i < conf->nservices; i++)
		for (j = 0; j < conf->nservices; j++)
			for (k = 0; k < s[i]->endpoints.n; k++)
				for (l = 0; l < s[j]->endpoints.n; l++)
					shared[i][k] |=
					    !bad[i] && !bad[j] &&
					    endpoint_overlap(&s[i]->endpoints.v[k],
						&s[j]->endpoints.v[l]) == ENDPOINT_SPECIFIC;
}

static unsigned
pick(unsigned n)
{
	return (unsigned)random() % n;
}

static void
endpoint(char *text, size_t size)
{
	static const char *const addresses[] = {
	    "*", "127.0.0.1", "127.0.0.2", "*", "[::1]", "[::2]"};
	static const char *const names[] = {"unix:/run/x", "unix:/run/y", "unix-dgram:/run/x",
	    "unix:@x", "unix-dgram:@x", "unix-seqpacket:@x"};
	unsigned a = pick(6), first = pick(30), last = first + pick(8);

	if (first == 0 || pick(2) == 0)
		last = first;
	if (first >= 28) {
		first += 65500;
		last = 65535;
	}
	if (pick(10) == 0)
		(void)snprintf(text, size, "'%s'", names[pick(6)]);
	else if (last > first)
		(void)snprintf(text, size, "'%s:%u-%u/%s%c'", addresses[a], first, last,
		    pick(2) == 0 ? "tcp" : "udp", a < 3 ? '4' : '6');
	else
		(void)snprintf(text, size, "'%s:%u/%s%c'", addresses[a], first,
		    pick(2) == 0 ? "tcp" : "udp", a < 3 ? '4' : '6');
}

Test(overlap, is_what_every_pair_says)
{
	bool bad[SERVICES], expected[SERVICES], shared[SERVICES][2];
	size_t round, i, k, equal = 0, marked = 0;
	char text[SERVICES][80], one[32], two[32];
	const char *listen[SERVICES + 1];
	struct conf *conf;

	srandom(1);
	for (round = 0; round < ROUNDS; round++) {
		struct report r = {NULL, 0, 0};

		for (i = 0; i < SERVICES; i++) {
			endpoint(one, sizeof(one));
			endpoint(two, sizeof(two));
			(void)snprintf(text[i], sizeof(text[i]), "%s%s%s", one,
			    pick(2) == 0 ? ", " : "#", two);
			text[i][strcspn(text[i], "#")] = '\0';
			listen[i] = text[i];
		}
		listen[SERVICES] = NULL;
		conf = services(listen);
		cr_assert_eq(conf->nservices, SERVICES);
		memset(bad, 0, sizeof(bad));
		cr_assert_eq(overlap_check(conf, bad, &r), 0);
		expect(conf, expected, shared);
		for (i = 0; i < SERVICES; i++) {
			cr_assert_eq(
			    bad[i], expected[i], "round %zu service %zu: %s", round, i, listen[i]);
			equal += bad[i];
			for (k = 0; k < conf->services[i]->endpoints.n && !bad[i]; k++) {
				cr_assert_eq(conf->services[i]->endpoints.v[k].shared, shared[i][k],
				    "round %zu service %zu: %s", round, i, listen[i]);
				marked += shared[i][k];
			}
		}
		conf_free(conf);
		report_fini(&r);
	}
	/* The rounds have all there is to find. */
	cr_assert(equal > ROUNDS && marked > ROUNDS, "%zu %zu", equal, marked);
}

/* Endpoints that all have a port in common are no slower than others. */
Test(overlap, many_on_one_port)
{
	struct report r = {NULL, 0, 0};
	struct conf *conf = conf_new();
	bool *bad = calloc(MANY, sizeof(*bad));
	char error[TEXT], text[64];
	usec_t start;
	size_t i;

	for (i = 0; i < MANY; i++) {
		struct service_conf *svc;

		(void)snprintf(text, sizeof(text), "s%zu", i);
		svc = service_conf_new(text);
		svc->enabled = true;
		(void)snprintf(text, sizeof(text), "127.%zu.%zu.1:%s/tcp", i / 250, i % 250,
		    i % 2 == 0 ? "80" : "1-60000");
		cr_assert_eq(
		    endpoint_parse(&svc->endpoints, text, 0, error, sizeof(error)), 0, "%s", error);
		cr_assert_eq(conf_add(conf, svc), 0);
	}
	start = clock_now();
	cr_assert_eq(overlap_check(conf, bad, &r), 0);
	cr_assert(clock_now() - start < 2 * USEC_PER_SEC);
	cr_assert_eq(r.n, 0);
	free(bad);
	conf_free(conf);
	report_fini(&r);
}
