#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "net/address.h"
#include "net/prefix.h"
#include "policy/limit.h"
#include "policy/policy.h"
#include "policy/source.h"

/* One after the other is taken away: what remains is the next in the order. */
Test(policy, order)
{
	const struct prefix deny = {.family = AF_INET};
	const struct access_rules rules = {.deny = &deny, .ndeny = 1};
	struct access nobody, all = {0};
	struct limit_daemon d = {.instances = LIMIT_NONE, .per_source = 1};
	struct limit_service s = {.rules = {.per_source = 2}};
	struct source of_service = {.live = 2}, of_daemon = {.live = 1};
	struct address peer;
	struct policy_question q = {.banned = true,
	    .sensor = true,
	    .access = &nobody,
	    .who = {.peer = &peer},
	    .daemon = &d,
	    .service = &s,
	    .of_service = &of_service,
	    .of_daemon = &of_daemon};

	cr_assert_eq(address_parse(&peer, "192.0.2.1", 9), 0);
	cr_assert_eq(access_init(&nobody, &rules), 0);
	cr_assert_eq(access_init(&all, &(struct access_rules){0}), 0);
	cr_expect_eq(policy_check(&q), VERDICT_BANNED);
	q.banned = false;
	cr_expect_eq(policy_check(&q), VERDICT_SENSOR);
	q.sensor = false;
	cr_expect_eq(policy_check(&q), VERDICT_DENIED);
	q.access = &all;
	cr_expect_eq(policy_check(&q), VERDICT_PER_SOURCE);
	of_service.live = 1;
	cr_expect_eq(policy_check(&q), VERDICT_DAEMON_PER_SOURCE);
	of_daemon.live = 0;
	cr_expect_eq(policy_check(&q), VERDICT_ACCEPTED);
	/* A peer without a source has no limits of one. */
	s.rules.per_source = 0;
	q.of_service = q.of_daemon = NULL;
	cr_expect_eq(policy_check(&q), VERDICT_ACCEPTED);
	access_fini(&nobody);
	access_fini(&all);
}
