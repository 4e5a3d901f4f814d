# shellcheck shell=bash
# telnetd of inetutils with login(1), a session typed by a script.

telnet_setup() {
	cat >/etc/pam.d/login <<-EOF
		auth required pam_unix.so
		account required pam_unix.so
		session required pam_unix.so
	EOF
	rm -f /etc/securetty /etc/issue.net /etc/motd
	touch /home/alice/.hushlogin
	: >/etc/login.defs
}

telnet_cases() {
	each "telnet: login, a command on a terminal, logout" telnet_session
	each "telnet: a wrong password is refused" telnet_refused
}

# telnet_open ADDRESS: the client as a coprocess on a terminal of its own; what it shows is kept in
# the file "screen".
telnet_open() {
	coproc TELNET { timeout 60 script -qec "stty -echo; exec inetutils-telnet $1" /dev/null; }
	: >screen
}

# expect TEXT: reads what the client shows until the text comes; ten seconds without any is the end.
expect() {
	local c seen=
	while IFS= read -r -d '' -n 1 -t 10 -u "${TELNET[0]}" c; do
		printf '%s' "$c" >>screen
		seen+=$c
		[[ $seen == *"$1" ]] && return 0
	done
	echo "expected: $1; on the screen:"
	cat -v screen
	return 1
}

type_line() {
	printf '%s\r' "$1" >&"${TELNET[1]}"
}

telnet_session() {
	local pid
	set +x
	telnet_open "$1"
	pid=$TELNET_PID
	expect 'login: '
	type_line alice
	expect 'Password: '
	type_line "$PASSWORD"
	expect '$ '
	# shellcheck disable=SC2016 # for the other side
	type_line 'echo "user=$(id -un) tty=$(tty) sum=$((40 + 2))"'
	expect 'user=alice tty=/dev/pts/'
	expect 'sum=42'
	expect '$ '
	# The interrupt character must reach the program in the foreground.
	type_line 'sleep 1000'
	expect 'sleep 1000'
	until_ok 10 telnet_sleeps
	printf '\003' >&"${TELNET[1]}"
	expect '$ '
	type_line exit
	wait "$pid"
	if telnet_sleeps; then return 1; fi
}

telnet_sleeps() {
	grep -qsz '^1000$' /proc/[0-9]*/cmdline
}

telnet_refused() {
	set +x
	telnet_open "$1"
	expect 'login: '
	type_line alice
	expect 'Password: '
	type_line wrong
	expect 'Login incorrect'
}
