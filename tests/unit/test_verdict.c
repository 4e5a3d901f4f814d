#include <criterion/criterion.h>
#include <string.h>

#include "policy/verdict.h"

/* Names are in logs and metrics that others read. */
Test(verdict, rows)
{
	static const struct {
		enum verdict v;
		const char *name;
		enum verdict_result result;
	} rows[] = {
	    {VERDICT_ACCEPTED, "accepted", VERDICT_ACCEPT},
	    {VERDICT_DENIED, "denied", VERDICT_REFUSE},
	    {VERDICT_HOURS, "hours", VERDICT_REFUSE},
	    {VERDICT_SOURCE_PORT, "source-port", VERDICT_REFUSE},
	    {VERDICT_USER, "user", VERDICT_REFUSE},
	    {VERDICT_LIBWRAP, "libwrap", VERDICT_REFUSE},
	    {VERDICT_NO_LIBWRAP, "no-libwrap", VERDICT_REFUSE},
	    {VERDICT_INSTANCES, "instances", VERDICT_LATER},
	    {VERDICT_PER_SOURCE, "per-source", VERDICT_REFUSE},
	    {VERDICT_RATE, "rate", VERDICT_LATER},
	    {VERDICT_SOURCE_RATE, "source-rate", VERDICT_REFUSE},
	    {VERDICT_LOAD, "load", VERDICT_LATER},
	    {VERDICT_DAEMON_INSTANCES, "daemon-instances", VERDICT_LATER},
	    {VERDICT_DAEMON_PER_SOURCE, "daemon-per-source", VERDICT_REFUSE},
	    {VERDICT_BANNED, "banned", VERDICT_REFUSE},
	    {VERDICT_SENSOR, "sensor", VERDICT_REFUSE},
	};
	size_t i;

	cr_assert_eq(sizeof(rows) / sizeof(rows[0]), VERDICT_N);
	for (i = 0; i < VERDICT_N; i++) {
		cr_expect_eq(rows[i].v, i);
		cr_expect_str_eq(verdict_name(rows[i].v), rows[i].name);
		cr_expect_eq(verdict_result(rows[i].v), rows[i].result, "%s", rows[i].name);
		cr_expect_eq(
		    strspn(rows[i].name, "abcdefghijklmnopqrstuvwxyz-"), strlen(rows[i].name));
	}
}
