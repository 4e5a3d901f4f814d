#include "policy/guard.h"

static usec_t
pause_after(unsigned failures)
{
	usec_t pause = GUARD_FIRST;

	while (--failures > 0 && pause < GUARD_LAST)
		pause *= 2;
	return pause < GUARD_LAST ? pause : GUARD_LAST;
}

static struct guard_decision
consumed(struct guard *g)
{
	struct guard_decision d = {.healed = g->failures > 0};

	g->failures = 0;
	g->quick = 0;
	return d;
}

static struct guard_decision
failed(struct guard *g)
{
	struct guard_decision d = {.report = g->failures == 0};

	g->failures++;
	d.pause = pause_after(g->failures);
	return d;
}

struct guard_decision
guard_datagram(struct guard *g, bool left)
{
	struct guard_decision d;

	if (!left)
		return consumed(g);
	d = failed(g);
	d.drop = true;
	return d;
}

struct guard_decision
guard_stream(struct guard *g, bool left, usec_t lived)
{
	struct guard_decision d;

	if (!left)
		return consumed(g);
	d = failed(g);
	if (lived < GUARD_INSTANT) {
		g->quick++;
		d.drop = g->quick % GUARD_QUICK == 0;
	} else {
		g->quick = 0;
		d.pause = d.pause < GUARD_BUSY ? d.pause : GUARD_BUSY;
	}
	return d;
}
