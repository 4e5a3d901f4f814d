# shellcheck shell=bash
# in.fingerd, which runs finger(1).

finger_setup() {
	echo "off to the tea party" >/home/alice/.plan
	chown alice: /home/alice/.plan
}

finger_cases() {
	each "finger: a user and the plan" finger_user
	each "finger: eight at once" finger_many
	check "finger: the client of netkit" finger_client
}

# finger ADDRESS USER
finger_ask() {
	printf '%s\r\n' "$2" | timeout 20 curl -sS -N "telnet://$(host "$1"):79"
}

finger_user() {
	finger_ask "$1" alice | tee answer
	grep -q 'Alice Liddell' answer
	grep -q 'off to the tea party' answer
}

finger_many() {
	local n pids=()
	for n in 1 2 3 4 5 6 7 8; do
		finger_ask "$1" alice >"answer$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for n in 1 2 3 4 5 6 7 8; do
		grep -q 'off to the tea party' "answer$n"
	done
}

finger_client() {
	timeout 20 finger alice@localhost | tee answer
	grep -q 'Alice Liddell' answer
}
