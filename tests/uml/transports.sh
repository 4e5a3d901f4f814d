# shellcheck shell=bash
# The files of services.d for transports that few kernels have, as they are but for enabled, with our
# client and with real ones.

transports_cases() {
	daemon_start "services.d" < <(
		transports_files daytime-sctp upper-sctp daytime-dccp echo-udplite
	)
	each "services.d: daytime-sctp" transports_daytime sctp
	each "services.d: daytime-dccp" transports_daytime dccp --service-code "$((0x74696d65))"
	each "services.d: daytime-dccp refuses another service code" transports_wrong_code
	each "services.d: upper-sctp" transports_upper
	check "services.d: echo-udplite" transports_echo
	each "services.d: daytime-sctp by socat" transports_socat
	check "services.d: daytime-sctp by ncat" transports_ncat
	check "services.d: daytime-sctp by withsctp" transports_withsctp
	daemon_stop "services.d"
}

# transports_files NAME...: the service files, and no others.
transports_files() {
	local name
	echo 'services = {}'
	for name; do
		sed 's/^\( *enabled *= \)no$/\1yes/' "$TOP/services.d/$name.conf"
	done
}

transports_is_date() {
	[[ $1 == *:[0-9][0-9]:[0-9][0-9]* ]]
}

# The address comes last.
transports_daytime() {
	local transport=$1
	shift
	transports_is_date "$(client --seconds 30 "${@:1:$#-1}" "$transport" "${!#}" 13)"
}

transports_wrong_code() {
	if client --seconds 5 --service-code 7 dccp "$1" 13; then return 1; fi
}

transports_upper() {
	[[ $(client --seconds 30 sctp-seqpacket "$1" 5900 "tea time") == "TEA TIME" ]]
	[[ $(client --seconds 30 sctp-seqpacket "$1" 5900 again) == AGAIN ]]
}

transports_echo() {
	[[ $(client --seconds 30 udplite 127.0.0.1 7 "here I am") == "here I am" ]]
}

transports_socat() {
	local address=$1
	[[ $address != *:* ]] || address="[$address]"
	transports_is_date "$(transports_real socat -T 30 -u "SCTP-CONNECT:$address:13" -)"
}

transports_ncat() {
	transports_is_date "$(transports_real ncat --sctp --recv-only -i 30 127.0.0.1 13)"
}

# A program that knows only TCP.
transports_withsctp() {
	local libraries=("$REAL"/usr/lib/*/lksctp-tools/libwithsctp.so*)
	[[ -e ${libraries[0]} ]] || libraries=(/usr/lib/*/lksctp-tools/libwithsctp.so*)
	transports_is_date "$(LD_PRELOAD=${libraries[0]} transports_real timeout 30 \
		bash -c 'cat </dev/tcp/127.0.0.1/13')"
}

# A command of the packages that were unpacked beside the host's.
transports_real() {
	local folders=("$REAL"/usr/lib/*-linux-gnu*)
	PATH=$REAL/usr/bin:$PATH LD_LIBRARY_PATH=${folders[0]} "$@"
}
