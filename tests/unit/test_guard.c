#include <criterion/criterion.h>

#include "policy/guard.h"

enum { ROWS = 14 };

Test(guard, datagram_left_is_dropped_each_time)
{
	struct guard g = {0};
	struct guard_decision d;
	int i;

	for (i = 0; i < ROWS; i++) {
		d = guard_datagram(&g, true);
		cr_assert(d.drop, "exit %d", i);
		cr_assert_eq(d.report, i == 0, "exit %d", i);
		cr_assert_not(d.healed);
	}
}

Test(guard, pauses_double_up_to_the_last)
{
	static const usec_t pauses[ROWS] = {10000, 20000, 40000, 80000, 160000, 320000, 640000,
	    1280000, 2560000, 5120000, 10000000, 10000000, 10000000, 10000000};
	struct guard g = {0};
	int i;

	for (i = 0; i < ROWS; i++)
		cr_assert_eq(guard_datagram(&g, true).pause, pauses[i], "exit %d", i);
}

Test(guard, one_good_exit_forgets_all)
{
	struct guard g = {0};
	struct guard_decision d;

	(void)guard_datagram(&g, true);
	(void)guard_datagram(&g, true);
	d = guard_datagram(&g, false);
	cr_assert(d.healed);
	cr_assert_not(d.drop);
	cr_assert_eq(d.pause, 0);
	cr_assert_not(guard_datagram(&g, false).healed);
	d = guard_datagram(&g, true);
	cr_assert(d.report);
	cr_assert_eq(d.pause, GUARD_FIRST);
}

Test(guard, stream_drops_one_connection_after_five_quick_exits)
{
	struct guard g = {0};
	struct guard_decision d;
	int i;

	for (i = 1; i <= 2 * GUARD_QUICK; i++) {
		d = guard_stream(&g, true, GUARD_INSTANT - 1);
		cr_assert_eq(d.drop, i % GUARD_QUICK == 0, "exit %d", i);
		cr_assert(d.pause > 0);
		cr_assert_eq(d.report, i == 1);
	}
}

Test(guard, stream_that_lived_is_paused_for_less_and_loses_none)
{
	static const usec_t pauses[ROWS] = {10000, 20000, 40000, 80000, 160000, 320000, 640000,
	    1000000, 1000000, 1000000, 1000000, 1000000, 1000000, 1000000};
	struct guard g = {0};
	struct guard_decision d;
	int i;

	for (i = 0; i < ROWS; i++) {
		d = guard_stream(&g, true, GUARD_INSTANT);
		cr_assert_not(d.drop);
		cr_assert_eq(d.report, i == 0);
		cr_assert_eq(d.pause, pauses[i], "exit %d", i);
	}
	d = guard_stream(&g, false, GUARD_INSTANT);
	cr_assert(d.healed);
	cr_assert_eq(d.pause, 0);
}

Test(guard, stream_quick_exits_count_only_in_a_row)
{
	struct guard g = {0};
	int i;

	for (i = 0; i < 3 * GUARD_QUICK; i++)
		cr_assert_not(
		    guard_stream(&g, true, i % 4 != 3 ? 0 : GUARD_INSTANT).drop, "exit %d", i);
}

Test(guard, stream_exits_count_only_in_a_row)
{
	struct guard g = {0};
	int i;

	for (i = 0; i < 3 * GUARD_QUICK; i++)
		cr_assert_not(guard_stream(&g, i % 4 != 3, 0).drop, "exit %d", i);
}
