#include "policy/verdict.h"

struct row {
	const char *name;
	enum verdict_result result;
};

static const struct row rows[VERDICT_N] = {
    [VERDICT_ACCEPTED] = {"accepted", VERDICT_ACCEPT},
    [VERDICT_DENIED] = {"denied", VERDICT_REFUSE},
    [VERDICT_HOURS] = {"hours", VERDICT_REFUSE},
    [VERDICT_SOURCE_PORT] = {"source-port", VERDICT_REFUSE},
    [VERDICT_USER] = {"user", VERDICT_REFUSE},
    [VERDICT_LIBWRAP] = {"libwrap", VERDICT_REFUSE},
    [VERDICT_NO_LIBWRAP] = {"no-libwrap", VERDICT_REFUSE},
    [VERDICT_INSTANCES] = {"instances", VERDICT_LATER},
    [VERDICT_PER_SOURCE] = {"per-source", VERDICT_REFUSE},
    [VERDICT_RATE] = {"rate", VERDICT_LATER},
    [VERDICT_SOURCE_RATE] = {"source-rate", VERDICT_REFUSE},
    [VERDICT_LOAD] = {"load", VERDICT_LATER},
    [VERDICT_DAEMON_INSTANCES] = {"daemon-instances", VERDICT_LATER},
    [VERDICT_DAEMON_PER_SOURCE] = {"daemon-per-source", VERDICT_REFUSE},
    [VERDICT_BANNED] = {"banned", VERDICT_REFUSE},
    [VERDICT_SENSOR] = {"sensor", VERDICT_REFUSE},
};

const char *
verdict_name(enum verdict v)
{
	return rows[v].name;
}

enum verdict_result
verdict_result(enum verdict v)
{
	return rows[v].result;
}
