# shellcheck shell=bash
# A kernel that gets a protocol while superd runs: DCCP, whose modules cannot be taken out again as
# long as anything of it lingers. These cases come first.

late_cases() {
	daemon_start "late module" <<-EOF
		service late {
		    listen = { "5001/dccp", "5001/tcp" }  user = nobody
		    command = { "$WORLD/bin/stream", "name", "here" }
		}
	EOF
	check "late module: what is missing is said" grep -q 'pending.*dccp.*needs=.*dccp_ipv4' "$LOG"
	check "late module: the others are served" late_here tcp
	modprobe -d "$MODULES" -a dccp_ipv4 dccp_ipv6
	check "late module: the endpoint comes up" \
		until_ok 30 grep -q 'listening.*\[::\]:5001/dccp' "$LOG"
	each "late module: it is served" late_here dccp
	daemon_stop "late module"
}

late_here() {
	[[ $(client --seconds 30 "$1" "${2:-127.0.0.1}" 5001) == here ]]
}
