# shellcheck shell=bash
# Every port there is: one service that listens on 1 to 65535. With all of them taken no port is left
# for clients of the same network namespace: these stand in another, and in a third there is, for
# comparison, a superd of one port.
#
#   all ports: 10.0.1.1 ---- 10.0.1.2 clients 10.0.2.2 ---- 10.0.2.1 :one port

PORTS_ROUNDS=${PORTS_ROUNDS:-40}
# shellcheck source=tests/uml/network.sh
. "$TOP/tests/uml/network.sh"

ports_cases() {
	local started taken port stat
	network_namespace every
	network_namespace single
	network_namespace clients 1 every 2 single
	taken=$(ports_available)
	started=${EPOCHREALTIME/./}
	daemon_start "all ports" prlimit --nofile=1024:200000 \
		nsenter "--net=$(network_file every)" < <(ports_service 1-65535)
	started=$(((${EPOCHREALTIME/./} - started) / 1000))
	# shellcheck disable=SC2154 # daemon.sh has it
	read -ra stat <"/proc/${daemon_pid[all ports]}/stat"
	taken=$((taken - $(ports_available)))
	for port in 1 7000 65535; do
		check "all ports: $port answers" ports_answer $port
	done
	daemon_start "one port" nsenter "--net=$(network_file single)" < <(ports_service 7)
	check "all ports: random ones beside a superd of one port" ports_latency
	echo "# note: all ports: ready in $started ms" \
		"(CPU ${stat[13]}0 ms own, ${stat[14]}0 ms kernel), RSS $(ports_rss "all ports") kB," \
		"the whole system $taken kB more"
	echo "# note: one port: RSS $(ports_rss "one port") kB"
	echo "# note: a connection, all ports and one port, medians of $PORTS_ROUNDS: $(<"$WORLD/latency")"
	daemon_stop "one port"
	# To close them one by one would take long.
	disown "${daemon_pid[all ports]}"
	kill -KILL "${daemon_pid[all ports]}"
}

ports_service() {
	cat <<-EOF
		service ports {
		    listen = "$1/tcp4"  reserved_ports = ok  user = nobody
		    command = { "$WORLD/bin/stream", "name", "here" }
		}
	EOF
}

ports_available() {
	sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

ports_rss() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/${daemon_pid[$1]}/status"
}

ports_answer() {
	[[ $(network_in clients client --seconds 60 tcp 10.0.1.1 "$1") == here ]]
}

# Every answer must come; judge.sh judges the time.
ports_latency() {
	network_in clients latency "$PORTS_ROUNDS" \
		10.0.1.1 1-65535 10.0.2.1 7-7 >"$WORLD/latency"
}
