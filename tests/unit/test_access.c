#include <criterion/criterion.h>
#include <string.h>

#include "base/hours.h"
#include "base/text.h"
#include "net/address.h"
#include "net/peercred.h"
#include "policy/access.h"

enum { ITEMS = 6 };

/* access {} as it is written, NULL after the last of a list; ids from 1 on. */
struct written {
	const char *allow[ITEMS], *deny[ITEMS], *hours[ITEMS], *source_ports;
	uid_t users[ITEMS];
	gid_t groups[ITEMS];
};

static struct access
compile(const struct written *w)
{
	struct prefix allow[ITEMS], deny[ITEMS];
	struct hours hours[ITEMS];
	struct port_range ports;
	struct access_rules rules = {
	    .allow = allow, .deny = deny, .hours = hours, .users = w->users, .groups = w->groups};
	struct access a;
	char storage[512];
	struct text t;

	text_init(&t, storage, sizeof(storage));
	for (; w->allow[rules.nallow] != NULL; rules.nallow++)
		cr_assert_eq(prefix_parse(&allow[rules.nallow], w->allow[rules.nallow], &t), 0,
		    "%s", storage);
	for (; w->deny[rules.ndeny] != NULL; rules.ndeny++)
		cr_assert_eq(
		    prefix_parse(&deny[rules.ndeny], w->deny[rules.ndeny], &t), 0, "%s", storage);
	for (; w->hours[rules.nhours] != NULL; rules.nhours++)
		cr_assert_eq(hours_parse(&hours[rules.nhours], w->hours[rules.nhours], &t), 0, "%s",
		    storage);
	if (w->source_ports != NULL) {
		cr_assert_eq(port_range_parse(&ports, w->source_ports, &t), 0, "%s", storage);
		rules.source_ports = &ports;
	}
	while (w->users[rules.nusers] != 0)
		rules.nusers++;
	while (w->groups[rules.ngroups] != 0)
		rules.ngroups++;
	cr_assert_eq(access_init(&a, &rules), 0);
	/* Nothing of what it was made from is looked at later. */
	memset(allow, 0xff, sizeof(allow));
	memset(deny, 0xff, sizeof(deny));
	memset(hours, 0xff, sizeof(hours));
	memset(&ports, 0xff, sizeof(ports));
	return a;
}

/* "" for a peer that is not known. */
static struct address
internet(const char *s, uint16_t port)
{
	struct address a;

	memset(&a, 0, sizeof(a));
	cr_assert(*s == '\0' || address_parse(&a, s, port) == 0, "%s", s);
	return a;
}

struct row {
	const char *peer;
	enum verdict v;
};

static void
check(const struct written *w, const struct row *rows, size_t n)
{
	struct access a = compile(w);
	struct access_question q = {0};
	struct address peer;
	size_t i;

	cr_expect_not(access_asks_time(&a));
	for (i = 0; i < n; i++) {
		peer = internet(rows[i].peer, 4711);
		q.peer = &peer;
		cr_expect_eq(access_check(&a, &q), rows[i].v, "%s: %s", rows[i].peer,
		    verdict_name(access_check(&a, &q)));
	}
	access_fini(&a);
}

#define CHECK_ROWS(w, rows) check(w, rows, sizeof(rows) / sizeof((rows)[0]))

Test(access, without_rules)
{
	static const struct row rows[] = {
	    {"192.0.2.1", VERDICT_ACCEPTED},
	    {"::1", VERDICT_ACCEPTED},
	    {"", VERDICT_ACCEPTED},
	};

	CHECK_ROWS(&(struct written){0}, rows);
}

/* The kernel's filter has answered for the address alone. */
Test(access, not_known_but_filtered)
{
	struct access a = compile(&(struct written){.allow = {"192.0.2.0/24"}});
	const struct address nobody = internet("", 0), other = internet("198.51.100.1", 1);
	struct access_question q = {.peer = &nobody, .filtered = true};

	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED);
	q.peer = &other;
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED);
	access_fini(&a);
	a = compile(&(struct written){.source_ports = "0-1023"});
	q.peer = &nobody;
	cr_expect_eq(access_check(&a, &q), VERDICT_SOURCE_PORT);
	access_fini(&a);
}

Test(access, deny_alone)
{
	static const struct written w = {.deny = {"192.0.2.0/24", "2001:db8::/32"}};
	static const struct row rows[] = {
	    {"192.0.2.1", VERDICT_DENIED},
	    {"192.0.3.1", VERDICT_ACCEPTED},
	    {"2001:db8::1", VERDICT_DENIED},
	    {"2001:db9::1", VERDICT_ACCEPTED},
	    {"::ffff:192.0.2.1", VERDICT_DENIED},
	    {"", VERDICT_DENIED},
	};

	CHECK_ROWS(&w, rows);
}

Test(access, allow_alone)
{
	static const struct written w = {.allow = {"192.0.2.0/24", "fe80::/10"}};
	static const struct row rows[] = {
	    {"192.0.2.1", VERDICT_ACCEPTED},
	    {"192.0.3.1", VERDICT_DENIED},
	    {"fe80::1%1", VERDICT_ACCEPTED},
	    {"::1", VERDICT_DENIED},
	    {"", VERDICT_DENIED},
	};

	CHECK_ROWS(&w, rows);
}

/* Who is not known is refused, unless somebody else has looked at its address. */
Test(access, a_peer_that_is_not_known)
{
	static const struct written lists = {.deny = {"192.0.2.1"}};
	static const struct written ports = {.deny = {"192.0.2.1"}, .source_ports = "0-1023"};
	const struct address nobody = {.length = 0}, listed = internet("192.0.2.1", 1);
	struct access_question q = {.peer = &nobody};
	struct access a = compile(&lists);

	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED);
	q.filtered = true;
	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED);
	q.peer = &listed;
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED, "that holds for no other");
	access_fini(&a);
	a = compile(&ports);
	q.peer = &nobody;
	cr_expect_eq(access_check(&a, &q), VERDICT_SOURCE_PORT);
	access_fini(&a);
}

Test(access, the_longest_prefix_of_both_lists_wins)
{
	static const struct written w = {
	    .allow = {"192.0.2.0/24", "192.0.2.77", "10.0.0.0/8", "2001:db8:1::/48", "127.0.0.1"},
	    .deny = {"192.0.2.64/26", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "127.0.0.1"}};
	static const struct row rows[] = {
	    {"192.0.2.1", VERDICT_ACCEPTED}, {"192.0.2.64", VERDICT_DENIED},
	    {"192.0.2.77", VERDICT_ACCEPTED}, {"192.0.2.78", VERDICT_DENIED},
	    {"192.0.2.128", VERDICT_ACCEPTED}, {"10.1.1.1", VERDICT_DENIED}, /* a tie */
	    {"127.0.0.1", VERDICT_DENIED}, {"8.8.8.8", VERDICT_DENIED},
	    {"2001:db8:1::5", VERDICT_ACCEPTED}, {"2001:db8:2::5", VERDICT_DENIED},
	    {"::1", VERDICT_DENIED}, /* none covers, and there is an allow list */
	};

	CHECK_ROWS(&w, rows);
}

Test(access, source_ports)
{
	static const struct {
		const char *peer;
		uint16_t port;
		enum verdict v;
	} rows[] = {
	    {"127.0.0.1", 512, VERDICT_ACCEPTED},
	    {"127.0.0.1", 1023, VERDICT_ACCEPTED},
	    {"127.0.0.1", 511, VERDICT_SOURCE_PORT},
	    {"127.0.0.1", 1024, VERDICT_SOURCE_PORT},
	    {"::1", 600, VERDICT_ACCEPTED},
	    {"::1", 65535, VERDICT_SOURCE_PORT},
	    {"127.0.0.2", 65535, VERDICT_DENIED},
	};
	static const struct written w = {.deny = {"127.0.0.2"}, .source_ports = "512-1023"};
	struct access_question q = {0};
	struct access a = compile(&w);
	struct address peer;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		peer = internet(rows[i].peer, rows[i].port);
		q.peer = &peer;
		cr_expect_eq(access_check(&a, &q), rows[i].v, "%s %u", rows[i].peer, rows[i].port);
	}
	access_fini(&a);
	a = compile(&(struct written){.source_ports = "0-1023"});
	peer = internet("", 0);
	cr_expect_eq(access_check(&a, &q), VERDICT_SOURCE_PORT, "not known");
	access_fini(&a);
}

Test(access, hours)
{
	static const struct {
		int day, hour, minute;
		enum verdict v;
	} rows[] = {
	    {1, 8, 0, VERDICT_ACCEPTED},
	    {1, 7, 59, VERDICT_HOURS},
	    {5, 17, 59, VERDICT_ACCEPTED},
	    {5, 18, 0, VERDICT_HOURS},
	    {6, 9, 0, VERDICT_HOURS},
	    {6, 10, 0, VERDICT_ACCEPTED},
	    {0, 13, 59, VERDICT_ACCEPTED},
	    {3, 21, 59, VERDICT_HOURS},
	    {3, 22, 0, VERDICT_ACCEPTED},
	    {4, 1, 59, VERDICT_ACCEPTED},
	    {4, 2, 0, VERDICT_HOURS},
	};
	static const struct written w = {.deny = {"127.0.0.2"},
	    .hours = {"mon-fri 08:00-18:00", "sat,sun 10:00-14:00", "wed 22:00-02:00"}};
	struct address peer = internet("127.0.0.1", 1);
	struct tm now = {0};
	struct access_question q = {.peer = &peer, .now = &now};
	struct access a = compile(&w);
	size_t i;

	cr_expect(access_asks_time(&a));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		now.tm_wday = rows[i].day;
		now.tm_hour = rows[i].hour;
		now.tm_min = rows[i].minute;
		cr_expect_eq(access_check(&a, &q), rows[i].v, "row %zu", i);
	}
	peer = internet("127.0.0.2", 1);
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED, "what stays comes first");
	peer = internet("127.0.0.1", 1);
	q.now = NULL;
	cr_expect_eq(access_check(&a, &q), VERDICT_HOURS, "not known");
	access_fini(&a);
}

Test(access, unix_peers)
{
	static const struct {
		uid_t uid;
		gid_t gid, more[2];
		enum verdict v;
	} rows[] = {
	    {1000, 9, {0, 0}, VERDICT_ACCEPTED}, {1001, 9, {0, 0}, VERDICT_ACCEPTED},
	    {1002, 9, {8, 7}, VERDICT_USER}, {1002, 50, {0, 0}, VERDICT_ACCEPTED},
	    {1002, 9, {8, 51}, VERDICT_ACCEPTED}, {0, 0, {0, 0}, VERDICT_USER},
	    {50, 1000, {1001, 0}, VERDICT_USER}, /* a user is no group */
	};
	static const struct written w = {.allow = {"192.0.2.0/24"},
	    .source_ports = "1-1023",
	    .users = {1001, 1000},
	    .groups = {51, 50}};
	static struct peercred c = {.ngroups = 2};
	struct address peer = {.un.sun_family = AF_UNIX, .length = sizeof(sa_family_t)};
	struct access_question q = {.peer = &peer, .credentials = &c};
	struct access a = compile(&w);
	size_t i;

	cr_expect(access_asks_credentials(&a));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c.uid = rows[i].uid;
		c.gid = rows[i].gid;
		memcpy(c.groups, rows[i].more, sizeof(rows[i].more));
		cr_expect_eq(access_check(&a, &q), rows[i].v, "row %zu", i);
	}
	q.credentials = NULL;
	cr_expect_eq(access_check(&a, &q), VERDICT_USER, "not known");
	peer = internet("192.0.2.1", 1);
	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED, "users are of unix peers");
	peer = internet("192.0.3.1", 1);
	cr_expect_eq(access_check(&a, &q), VERDICT_DENIED);
	access_fini(&a);
	/* Either list alone; neither: everyone, known or not. */
	peer = (struct address){.un.sun_family = AF_UNIX, .length = sizeof(sa_family_t)};
	q.credentials = &c;
	c.uid = 7;
	a = compile(&(struct written){.users = {7}});
	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED);
	access_fini(&a);
	a = compile(&(struct written){.groups = {7}});
	cr_expect_eq(access_check(&a, &q), VERDICT_USER);
	access_fini(&a);
	a = compile(&(struct written){.deny = {"0.0.0.0/0"}});
	cr_expect_not(access_asks_credentials(&a));
	q.credentials = NULL;
	cr_expect_eq(access_check(&a, &q), VERDICT_ACCEPTED);
	access_fini(&a);
}

/* What a filter of the same map drops is what the check denies. */
Test(access, drops_as_it_denies)
{
	static const char *const peers[] = {"192.0.2.1", "192.0.2.9", "192.0.3.1", "::1", "::2"};
	static const struct written w = {
	    .allow = {"192.0.2.0/24", "::1"}, .deny = {"192.0.2.8/29", "::2"}};
	struct access a = compile(&w);
	struct access_question q = {0};
	struct address peer;
	size_t i;

	for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		peer = internet(peers[i], 1);
		q.peer = &peer;
		cr_expect_eq(access_drops(ranges_find(a.addresses, &peer)),
		    access_check(&a, &q) == VERDICT_DENIED, "%s", peers[i]);
	}
	access_fini(&a);
	access_fini(&a);
	access_fini(NULL);
}
