# shellcheck shell=bash
# The super-server under test, or a reference to prove the cases themselves.

server_pid=

# The service files as they are shipped, switched on, each with a port of its own.
server_configure() {
	local f
	mkdir -p /etc/superd-clients/services.d
	for f in "$TOP"/services.d/*.conf; do
		[[ " $SERVICES " == *" $(basename "$f" .conf) "* ]] || continue
		sed 's/^\( *enabled *= *\)no$/\1yes/' "$f" >"/etc/superd-clients/services.d/${f##*/}"
	done
	f=/etc/superd-clients/services.d/http-mptcp.conf
	[[ ! -e $f ]] || sed -i "s|\"80/mptcp\"|\"$http_mptcp_port/mptcp\"|" "$f"
	cat >/etc/superd-clients/superd.conf <<-EOF
		services = { "services.d" }
		pidfile = "/run/superd.pid"
	EOF
	chmod -R u=rwX,go=rX /etc/superd-clients
}

# server_start TRACE: TRACE is where the supervisor's system calls are written, "" for nowhere.
server_start() {
	local trace=()
	# Where they are found; the last of equal options counts.
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$REPORTS/asan"
	export UBSAN_OPTIONS="${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$REPORTS/ubsan"
	if [[ $1 ]]; then
		# Only the supervisor, no -f: what handlers read is their own business. -D leaves it our
		# child.
		trace=(strace -D -yy -s 0 -o "$1" -e "trace=$TRACED")
		# A leak check cannot run beside a tracer.
		if grep -q __asan_init "$SUPERD"; then
			export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
		fi
	fi
	case $CLIENTS_REFERENCE in
	'') "${trace[@]}" "$SUPERD" -c /etc/superd-clients/superd.conf >>"$LOG" 2>&1 & ;;
	xinetd)
		awk -f "$TOP/tests/clients/xinetd.awk" /etc/superd-clients/services.d/*.conf >/etc/xinetd.clients
		"${trace[@]}" xinetd -dontfork -f /etc/xinetd.clients -filelog "$LOG" >"$WORLD/xinetd.log" 2>&1 &
		;;
	esac
	server_pid=$!
	until_ok 30 server_ready
}

server_ready() {
	if ! kill -0 "$server_pid" 2>/dev/null; then
		echo "# the super-server ended before it was ready:"
		sed 's/^/#   /' "$LOG"
		exit 1
	fi
	if [[ $CLIENTS_REFERENCE ]]; then
		grep -q 'Started working' "$LOG"
	else
		grep -qw ready "$LOG"
	fi
}

# Ends it; 0 if it ended as asked.
server_stop() {
	kill -TERM "$server_pid" && until_ok 10 server_gone && wait "$server_pid"
}

server_gone() {
	[[ ! -e /proc/$server_pid || $(</proc/"$server_pid"/stat) == *') Z '* ]]
}
