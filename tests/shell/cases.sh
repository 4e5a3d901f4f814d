# shellcheck shell=bash
# Cases, reported by TAP: one line each, the commands and the super-server's log of a failing one as comments.

cases=0 failures=0

# check NAME FUNCTION [ARGUMENT]...: runs the function in a subshell that ends at the first command
# that fails. Exit status 77 is a skip, its reason the last line printed. It has a folder of its own to
# work in, or case_folder, if that is set.
check() {
	local name=$1 rc mark lines=() folder
	shift
	cases=$((cases + 1))
	folder=${case_folder:-${TMPDIR:-/tmp}/case.$$.$cases}
	# As few processes as can be: in a slow kernel each costs more than most of the cases.
	[[ ! -e $LOG ]] || mapfile -t lines <"$LOG"
	mark=${#lines[@]}
	[[ -n ${case_folder-} ]] || mkdir "$folder"
	(
		exec 8>&2 # a case may redirect its own standard error
		BASH_XTRACEFD=8
		set -eux
		cd "$folder"
		"$@"
	) >"$WORLD/case.$$.log" 2>&1
	rc=$?
	if ((rc == 0)); then
		echo "ok $cases - $name"
	elif ((rc == 77)); then
		echo "ok $cases - $name # SKIP $(tail -n 1 "$WORLD/case.$$.log")"
	else
		echo "not ok $cases - $name"
		failures=$((failures + 1))
		echo "#   exit status $rc of: $*"
		tail -n 60 "$WORLD/case.$$.log" | sed 's/^/#   /'
		echo "#   the super-server's log:"
		tail -n "+$((mark + 1))" "$LOG" | tail -n 40 | sed 's/^/#   /'
	fi
}

# each NAME FUNCTION [ARGUMENT]...: the case once over IPv4 and once over IPv6, the address as the
# function's last argument.
each() {
	local name=$1
	shift
	check "$name, IPv4" "$@" 127.0.0.1
	check "$name, IPv6" over_ipv6 "$@"
}

over_ipv6() {
	local addresses=()
	[[ ! -e /proc/net/if_inet6 ]] || mapfile -t addresses </proc/net/if_inet6
	# One of them is that of the loopback, ::1 without its colons.
	[[ " ${addresses[*]}" == *" 00000000000000000000000000000001 "* ]] || skip "the kernel has no IPv6"
	"$@" ::1
}

# Instead of any case.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

skip() {
	set +x
	echo "$1"
	exit 77
}

finish() {
	echo "1..$cases"
	if ((failures > 0)); then
		echo "# $failures of $cases failed"
		return 1
	fi
}

# host ADDRESS: as it stands in a URL.
host() {
	if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi
}

# until_ok SECONDS COMMAND...: repeats the command until it succeeds, untraced.
until_ok() {
	local - end=$((SECONDS + $1))
	shift
	set +x
	until "$@"; do
		((SECONDS < end)) || return 1
		pause
	done
}

# A tenth of a second between two looks, without a process: nobody ever writes to descriptor 9.
pause() {
	read -r -t 0.1 -u 9 || :
}

same_file() {
	[[ $(sha256sum <"$1") == "$(sha256sum <"$2")" ]]
}

# random_file NAME BYTES
random_file() {
	head -c "$2" /dev/urandom >"$1"
}
