# shellcheck shell=bash
# Not in the run of all cases, for it judges times: tests/uml/run judge. A random one of all ports
# answers within a tenth of the time that the port of a superd with one port takes.

PORTS_ROUNDS=${PORTS_ROUNDS:-1000}
# shellcheck source=tests/uml/ports.sh
. "$TOP/tests/uml/ports.sh"

judge_cases() {
	ports_cases
	check "all ports: the latency is within 10 % of a superd of one port" judge_latency
}

judge_latency() {
	awk '{ print; exit !($NF <= 1.1) }' "$WORLD/latency"
}
