# shellcheck shell=bash
# An association of two paths, of which one after the other is cut in silence: what is said meanwhile
# arrives by the one that is left.
#
#            10.0.3.1 ---- 10.0.3.2
#   superd                           client
#            10.0.4.1 ---- 10.0.4.2

# shellcheck source=tests/uml/network.sh
. "$TOP/tests/uml/network.sh"

failover_cases() {
	network_namespace homes
	network_namespace guests 3 homes 4 homes
	failover_hurry homes
	failover_hurry guests
	daemon_start failover nsenter "--net=$(network_file homes)" <<-EOF
		service echo {
		    listen = "10.0.3.1+10.0.4.1:7/sctp"  user = nobody
		    command = { "$WORLD/bin/stream", "echo" }
		}
	EOF
	check "failover: each path of an association is cut, and it goes on" failover_conversation
	daemon_stop failover
}

# failover_hurry NAMESPACE: what is lost is sent again after tenths of a second instead of seconds.
failover_hurry() {
	network_in "$1" sh -c 'cd /proc/sys/net/sctp &&
		echo 100 >rto_min && echo 200 >rto_initial && echo 1000 >rto_max'
}

# Whichever path the association prefers: each is cut once.
failover_conversation() {
	local path
	coproc network_in guests client --lines --split --seconds 60 \
		--bind 10.0.3.2,10.0.4.2 sctp 10.0.3.1,10.0.4.1 7
	failover_says "both paths"
	for path in 3 4; do
		failover_all_lost add $path
		failover_says "without path $path"
		failover_says "still without path $path"
		failover_all_lost delete $path
	done
	failover_says "both paths again"
	eval "exec ${COPROC[1]}>&-"
	wait "$COPROC_PID"
}

# failover_all_lost add|delete PATH: both ends are up and see each other no more.
failover_all_lost() {
	network_in guests tc qdisc "$1" dev "client$2" root netem loss 100%
	network_in homes tc qdisc "$1" dev "server$2" root netem loss 100%
}

failover_says() {
	local answer
	echo "$1" >&"${COPROC[1]}"
	read -r -t 60 -u "${COPROC[0]}" answer
	[[ $answer == "$1" ]]
}
