# shellcheck shell=bash
# The daemon under test; several may run, each with a name.

declare -A daemon_pid=()

# daemon_start NAME [COMMAND]...: superd with the configuration on standard input; a case of its own
# holds that it becomes ready. The COMMAND, if there is one, starts it. Its log becomes the one that
# failing cases show.
daemon_start() {
	local folder=$WORLD/daemon.$1 name=$1
	shift
	mkdir -p "$folder"
	cat >"$folder/superd.conf"
	LOG=$folder/log
	: >"$LOG"
	"$@" "$SUPERD" -c "$folder/superd.conf" >>"$LOG" 2>&1 </dev/null &
	daemon_pid[$name]=$!
	check "$name: superd is ready" daemon_becomes_ready "${daemon_pid[$name]}"
}

daemon_becomes_ready() {
	local ready=0
	until_ok 240 daemon_ready_or_gone "$1" || ready=1
	cat "$LOG"
	kill -0 "$1"
	((ready == 0))
}

# By the shell alone: each process that looked would take much of the guest's time from superd.
daemon_ready_or_gone() {
	local text=
	kill -0 "$1" 2>/dev/null || return 0
	read -r -d '' text <"$LOG" || :
	[[ $text == *" ready "* ]]
}

# daemon_stop NAME: ends it, which is a case of its own as well.
daemon_stop() {
	kill -TERM "${daemon_pid[$1]}"
	wait "${daemon_pid[$1]}"
	daemon_status=$?
	check "$1: superd ends with status 0" test "$daemon_status" -eq 0
}
