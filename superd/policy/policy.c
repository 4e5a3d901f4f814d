#include "policy/policy.h"

#include "policy/limit.h"

enum verdict
policy_check(const struct policy_question *q)
{
	enum verdict v;

	if (q->banned)
		return VERDICT_BANNED;
	if (q->sensor)
		return VERDICT_SENSOR;
	v = access_check(q->access, &q->who);
	if (v != VERDICT_ACCEPTED)
		return v;
	return limit_check_source(q->daemon, q->service, q->of_service, q->of_daemon, q->now);
}
