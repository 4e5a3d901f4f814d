#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"
#include "policy/ban.h"
#include "policy/scan.h"

#define S USEC_PER_SEC
#define START (1000 * S)

enum { SENSOR_WEIGHT = 4, THRESHOLD = 10, SITE_THRESHOLD = 25, CAPACITY = 512 };

static const uint8_t key[SIPHASH_KEY] = "0123456789abcde";

static struct sources table;
static struct bans bans;
static struct scan_conf conf;
static usec_t now;

static bool
exempt_text(const void *arg, const struct address *peer)
{
	char text[ADDRESS_TEXT];

	return strcmp(address_host(peer, text, sizeof(text)), arg) == 0;
}

static void
begin(void)
{
	now = START;
	conf = (struct scan_conf){
	    .weights =
		{[OFFENCE_SENSOR] = SENSOR_WEIGHT, [OFFENCE_REFUSED] = 1, [OFFENCE_SPREAD] = 6},
	    .threshold = THRESHOLD,
	    .site_threshold = SITE_THRESHOLD,
	    .decay = 10 * S,
	    .spread = 10,
	    .window = 60 * S,
	    .ban = 600 * S,
	    .cap = 5000 * S,
	    .quiet = 3600 * S,
	    .prefix = {32, 64},
	};
	cr_assert_eq(sources_init(&table, CAPACITY, key), 0);
	cr_assert_eq(bans_init(&bans, &table), 0);
}

static void
end(void)
{
	bans_fini(&bans);
	sources_fini(&table);
}

TestSuite(policy_scan, .init = begin, .fini = end);

static struct address
peer(const char *text)
{
	struct address a;

	cr_assert_eq(address_parse(&a, text, 1), 0, "%s", text);
	return a;
}

static struct scan_result
offend(const char *text, enum offence offence)
{
	struct address a = peer(text);

	return scan_offence(&bans, &conf, &a, offence, true, now);
}

static usec_t
banned(const char *text)
{
	struct address a = peer(text);

	return scan_banned(&bans, &conf, &a, now);
}

/* Until it is banned; how many it took. */
static unsigned
offend_until_banned(const char *text, enum offence offence)
{
	unsigned n = 1;

	while (!offend(text, offence).banned) {
		cr_assert_lt(n, 1000, "%s is never banned", text);
		n++;
	}
	return n;
}

static struct source_key
expire(void)
{
	struct source_key k;

	cr_assert(scan_expire(&bans, now, &k));
	return k;
}

Test(policy_scan, points_past_the_threshold_are_a_ban)
{
	struct scan_result r;
	char text[SOURCE_TEXT];

	r = offend("192.0.2.1", OFFENCE_SENSOR);
	cr_assert(r.counted && !r.banned && r.until == 0);
	r = offend("192.0.2.1", OFFENCE_SENSOR);
	cr_assert(r.counted && !r.banned);
	cr_assert_eq(banned("192.0.2.1"), 0);
	r = offend("192.0.2.1", OFFENCE_SENSOR);
	cr_assert(r.counted && r.banned);
	cr_assert_eq(r.until, START + 600 * S);
	cr_assert_str_eq(source_key_text(&r.key, text, sizeof(text)), "192.0.2.1/32");
	cr_assert_eq(banned("192.0.2.1"), r.until);
	cr_assert_eq(banned("192.0.2.2"), 0);
	cr_assert_eq(scan_next(&bans), r.until);
	/* While it is banned nothing gets worse. */
	now += S;
	r = offend("192.0.2.1", OFFENCE_SENSOR);
	cr_assert(r.counted && !r.banned && r.until == START + 600 * S);
	now = r.until;
	cr_assert_eq(banned("192.0.2.1"), 0, "the ban is over, also before it is taken back");
	(void)expire();
	cr_assert_eq(scan_next(&bans), USEC_NEVER);
}

Test(policy_scan, points_are_forgotten_one_by_one)
{
	unsigned i;

	/* Slower than they are forgotten: never. A hair faster: in the end. */
	for (i = 0; i < 500; i++) {
		cr_assert_not(offend("192.0.2.1", OFFENCE_SENSOR).banned, "%u", i);
		now += SENSOR_WEIGHT * 10 * S;
	}
	for (i = 0; i < 500; i++) {
		cr_assert_not(offend("192.0.2.2", OFFENCE_REFUSED).banned, "%u", i);
		now += 10 * S;
	}
	for (i = 0; !offend("192.0.2.3", OFFENCE_REFUSED).banned && i < 500; i++)
		now += 5 * S;
	/* One point each 5 s and one forgotten each 10 s: the 18th is the first to find more
	 * than 9. */
	cr_assert_eq(i, 17);
}

Test(policy_scan, weights_and_thresholds_of_zero)
{
	struct scan_result r;
	unsigned i;

	r = offend("192.0.2.1", OFFENCE_RATE);
	cr_assert_not(r.counted);
	conf.threshold = 0;
	conf.site_threshold = 0;
	for (i = 0; i < 100; i++) {
		r = offend("2001:db8::1", OFFENCE_SENSOR);
		cr_assert(r.counted && !r.banned);
	}
	conf.threshold = 1;
	cr_assert(offend("192.0.2.1", OFFENCE_REFUSED).banned);
}

Test(policy_scan, bans_double_up_to_the_cap_until_it_is_quiet)
{
	static const usec_t times[] = {600, 1200, 2400, 4800, 5000, 5000};
	usec_t until;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		cr_assert_eq(offend_until_banned("192.0.2.1", OFFENCE_SENSOR), 3);
		until = banned("192.0.2.1");
		cr_assert_eq(until - now, times[i] * S, "ban %zu", i);
		now = until + conf.quiet - 1;
		(void)expire();
	}
	now = until + conf.quiet;
	(void)offend_until_banned("192.0.2.1", OFFENCE_SENSOR);
	cr_assert_eq(banned("192.0.2.1") - now, 600 * S);
}

Test(policy_scan, without_proof_only_counted)
{
	struct address a = peer("192.0.2.1");
	struct scan_result r;
	uint32_t i;

	for (i = 0; i < 1000; i++) {
		r = scan_offence(&bans, &conf, &a, OFFENCE_SENSOR, false, now);
		cr_assert(r.counted && !r.banned);
		r = scan_touch(&bans, &conf, &a, i, false, now);
		cr_assert(!r.counted && !r.spread);
	}
	cr_assert_eq(table.used, 0, "not even remembered");
	/* Nor does it add to what was proved. */
	(void)offend("192.0.2.1", OFFENCE_SENSOR);
	(void)offend("192.0.2.1", OFFENCE_SENSOR);
	(void)scan_offence(&bans, &conf, &a, OFFENCE_SENSOR, false, now);
	cr_assert_eq(banned("192.0.2.1"), 0);
	conf.spoofable = true;
	cr_assert(scan_offence(&bans, &conf, &a, OFFENCE_SENSOR, false, now).banned);
}

Test(policy_scan, exempt_sources_are_never_banned)
{
	struct scan_result r;
	uint32_t i;
	struct address a = peer("192.0.2.9");

	conf.exempt = exempt_text;
	conf.exempt_arg = "192.0.2.9";
	conf.prefix.v4 = 24;
	for (i = 0; i < 100; i++) {
		r = offend("192.0.2.9", OFFENCE_SENSOR);
		cr_assert(!r.counted && !r.banned);
		r = scan_touch(&bans, &conf, &a, i, true, now);
		cr_assert(!r.counted && !r.banned);
	}
	cr_assert_eq(table.used, 0);
	/* A neighbour's ban on their prefix passes it by. */
	cr_assert_eq(offend_until_banned("192.0.2.1", OFFENCE_SENSOR), 3);
	cr_assert_gt(banned("192.0.2.200"), 0);
	cr_assert_eq(banned("192.0.2.9"), 0);
}

Test(policy_scan, sites_add_up)
{
	char text[SOURCE_TEXT];
	struct scan_result r;
	unsigned i;

	/* One host gets its /64 banned, not its site. */
	cr_assert_eq(offend_until_banned("2001:db8:1:1::1", OFFENCE_SENSOR), 3);
	cr_assert_gt(banned("2001:db8:1:1::77"), 0);
	cr_assert_eq(banned("2001:db8:1:2::1"), 0);
	/* Others of its site, none of which reaches the threshold: 12 points and 13. */
	cr_assert_not(offend("2001:db8:1:2::1", OFFENCE_SENSOR).banned);
	cr_assert_not(offend("2001:db8:1:3::1", OFFENCE_SENSOR).banned);
	cr_assert_not(offend("2001:db8:1:4::1", OFFENCE_SENSOR).banned);
	r = offend("2001:db8:1:5::1", OFFENCE_REFUSED);
	cr_assert(r.banned);
	cr_assert_str_eq(source_key_text(&r.key, text, sizeof(text)), "2001:db8:1::/48");
	cr_assert_gt(banned("2001:db8:1:ffff::1"), 0);
	cr_assert_eq(banned("2001:db8:2::1"), 0);
	/* The longer of two bans counts. */
	now = banned("2001:db8:1:1::1") - 1;
	cr_assert_eq(banned("2001:db8:1:1::1"), now + 1);
	/* A link is no site, and another link another source. */
	for (i = 0; i < 100; i++) {
		(void)offend("fe80::1%1", OFFENCE_SENSOR);
		now += 25 * S;
	}
	now += 600 * S;
	conf.prefix.v6 = 128;
	for (i = 1; i <= 9; i++) {
		(void)snprintf(text, sizeof(text), "fe80::%u%%1", i);
		cr_assert_not(offend(text, OFFENCE_SENSOR).banned);
		cr_assert_not(offend(text, OFFENCE_SENSOR).banned);
	}
	cr_assert_eq(offend_until_banned("fe80::1%1", OFFENCE_SENSOR), 1);
	cr_assert_eq(banned("fe80::1%2"), 0);
}

/* What bans its site bans the source with it: one ban, which is told. */
Test(policy_scan, one_offence_is_one_ban)
{
	char text[SOURCE_TEXT];
	struct scan_result r;

	conf.site_threshold = THRESHOLD;
	cr_assert_not(offend("2001:db8:1:1::1", OFFENCE_SENSOR).banned);
	cr_assert_not(offend("2001:db8:1:1::1", OFFENCE_SENSOR).banned);
	r = offend("2001:db8:1:1::1", OFFENCE_SENSOR);
	cr_assert(r.banned);
	cr_assert_str_eq(source_key_text(&r.key, text, sizeof(text)), "2001:db8:1::/48");
	cr_assert_eq(bans.n, 1);
	cr_assert_eq(banned("2001:db8:1:1::1"), r.until);
}

Test(policy_scan, many_endpoints_are_an_offence)
{
	struct address a = peer("192.0.2.1");
	struct scan_result r;
	uint32_t endpoint, n, most = 0, sum = 0, round;

	/* Few endpoints, however often. */
	for (n = 0; n < 10000; n++) {
		r = scan_touch(&bans, &conf, &a, n % 9, true, now);
		cr_assert(!r.counted && !r.spread);
	}
	/* Never with fewer than conf.spread, and with little more. */
	conf.threshold = conf.site_threshold = 0;
	for (round = 0, endpoint = 100; round < 200; round++) {
		now += conf.window;
		for (n = 1; !scan_touch(&bans, &conf, &a, endpoint++, true, now).spread; n++)
			cr_assert_lt(n, 100);
		cr_assert_geq(n, conf.spread);
		most = n > most ? n : most;
		sum += n;
	}
	cr_expect_leq(most, conf.spread + 5, "%u", most);
	cr_expect(sum >= 200 * 10 && sum < 200 * 11, "%u", sum);
}

Test(policy_scan, windows_of_the_spread)
{
	struct address a = peer("192.0.2.1");
	struct scan_result r = {0};
	uint32_t n;

	/* Nine in each window. */
	for (n = 0; n < 900; n++) {
		if (n % 9 == 0)
			now += conf.window;
		cr_assert_not(scan_touch(&bans, &conf, &a, n, true, now).spread);
	}
	/* The last touch of a window is still in it. */
	now += conf.window;
	(void)scan_touch(&bans, &conf, &a, 0, true, now);
	now += conf.window - 1;
	for (n = 1; !r.spread && n < 30; n++)
		r = scan_touch(&bans, &conf, &a, n, true, now);
	cr_assert(r.spread && r.counted && !r.banned);
	cr_assert_leq(n, 15);
	/* Six points, then six more. */
	for (r.spread = false, n = 100; !r.spread && n < 130; n++)
		r = scan_touch(&bans, &conf, &a, n, true, now);
	cr_assert(r.spread && r.banned && r.until == now + 600 * S);
	conf.spread = 0;
	for (n = 0; n < 1000; n++)
		cr_assert_not(scan_touch(&bans, &conf, &a, n, true, now).spread);
}

Test(policy_scan, lift_forgives)
{
	struct source_key k, other;
	struct address a = peer("192.0.2.1");

	cr_assert(source_key(&k, &a, conf.prefix, 0));
	cr_assert_not(scan_lift(&bans, &k));
	(void)offend_until_banned("192.0.2.1", OFFENCE_SENSOR);
	other = k;
	other.bytes[3] ^= 1;
	cr_assert_not(scan_lift(&bans, &other));
	cr_assert(scan_lift(&bans, &k));
	cr_assert_not(scan_lift(&bans, &k));
	cr_assert_eq(banned("192.0.2.1"), 0);
	cr_assert_eq(offend_until_banned("192.0.2.1", OFFENCE_SENSOR), 3);
	cr_assert_eq(banned("192.0.2.1") - now, 600 * S, "not the second in a row");
}

Test(policy_scan, bans_by_hand_and_handed_over)
{
	struct source_key k, of_service;
	struct address a = peer("192.0.2.1");
	struct scan_ban list[1];

	cr_assert(source_key(&k, &a, conf.prefix, 0));
	of_service = k;
	of_service.service = 3;
	cr_assert_eq(scan_ban(&bans, &of_service, 1, now + S, now), -EINVAL);
	cr_assert_eq(scan_ban(&bans, &k, 1, now, now), -EINVAL);
	cr_assert_eq(scan_ban(&bans, &k, 2, now + S, now), 0);
	cr_assert_eq(banned("192.0.2.1"), now + S);
	cr_assert_eq(scan_list(&bans, now, list, 1), 1);
	cr_assert_eq(list[0].strikes, 2);
	now += S;
	(void)expire();
	(void)offend_until_banned("192.0.2.1", OFFENCE_SENSOR);
	cr_assert_eq(banned("192.0.2.1") - now, 2400 * S);
}

Test(policy_scan, lists_the_newest_and_expires_the_first)
{
	struct scan_ban list[SCAN_LISTED];
	struct source_key k;
	char text[SOURCE_TEXT];
	size_t i;

	for (i = 1; i <= 100; i++) {
		(void)snprintf(text, sizeof(text), "198.51.100.%zu", i);
		(void)offend_until_banned(text, OFFENCE_SENSOR);
		now += S;
	}
	cr_assert_eq(scan_list(&bans, now, list, SCAN_LISTED), SCAN_LISTED);
	for (i = 0; i < SCAN_LISTED; i++) {
		cr_assert_eq(list[i].key.bytes[3], 100 - i);
		cr_assert_eq(list[i].until, START + (99 - i) * S + 600 * S);
		cr_assert_eq(list[i].strikes, 1);
	}
	now = START + 649 * S;
	cr_assert_eq(scan_list(&bans, now, list, SCAN_LISTED), 50, "those that hold");
	for (i = 1; i <= 50; i++) {
		cr_assert_eq(scan_next(&bans), START + (599 + i) * S);
		k = expire();
		cr_assert_eq(k.bytes[3], i);
	}
	cr_assert_not(scan_expire(&bans, now, &k));
	cr_assert_eq(scan_next(&bans), START + 650 * S);
}

/* A table full of bans: newcomers go on, earn nothing, and harm nobody. */
Test(policy_scan, full_of_bans)
{
	struct address a = peer("192.0.2.1");
	struct source_key k;
	char text[SOURCE_TEXT];
	uint32_t i;

	conf.threshold = 1;
	for (i = 0; i < CAPACITY; i++) {
		(void)snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		cr_assert(offend(text, OFFENCE_SENSOR).banned);
	}
	for (i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "10.1.0.%u", i);
		cr_assert_not(offend(text, OFFENCE_SENSOR).banned);
		cr_assert_not(scan_touch(&bans, &conf, &a, i, true, now).spread);
		cr_assert_eq(banned(text), 0);
	}
	cr_assert(source_key(&k, &a, conf.prefix, 0));
	cr_assert_eq(scan_ban(&bans, &k, 1, now + S, now), -ENOSPC);
	now += 600 * S;
	while (scan_expire(&bans, now, &k))
		continue;
	cr_assert_eq(bans.n, 0);
	cr_assert(offend("192.0.2.1", OFFENCE_SENSOR).banned);
}

Test(policy_scan, longest_times_do_not_overflow)
{
	unsigned i;

	conf.decay = SCAN_DECAY_MAX;
	conf.threshold = conf.weights[OFFENCE_REFUSED] = SCAN_POINTS_MAX;
	conf.weights[OFFENCE_SENSOR] = SCAN_POINTS_MAX - 1;
	conf.ban = conf.cap = conf.quiet = SCAN_TIME_MAX;
	now = (usec_t)1 << 61;
	for (i = 0; i < 5; i++) {
		cr_assert_not(offend("192.0.2.1", OFFENCE_SENSOR).banned);
		cr_assert(offend("192.0.2.1", OFFENCE_REFUSED).banned);
		cr_assert_eq(banned("192.0.2.1") - now, SCAN_TIME_MAX);
		now += SCAN_TIME_MAX;
		(void)expire();
	}
}
