# shellcheck shell=bash
# What the guest's kernel can do, without superd: the client of the other cases against a server of
# the same kind.

kernel_cases() {
	local transport
	for transport in tcp udp udplite sctp sctp-seqpacket dccp mptcp; do
		each "kernel: $transport" kernel_answers $transport
	done
}

kernel_answers() {
	local transport=$1 address=$2 server status=0
	client --listen "$transport" "$address" 4000 "you said it" >got &
	server=$!
	until_ok 10 kernel_listens "$server"
	client "$transport" "$address" 4000 hello >answer || status=$?
	wait "$server" || status=$?
	((status != 69)) || skip "the kernel has no $transport"
	((status == 0))
	[[ $(<got) == $'ready\nhello' ]]
	[[ $(<answer) == "you said it" ]]
}

# Or has ended because it cannot.
kernel_listens() {
	[[ -s got ]] || ! kill -0 "$1"
}
