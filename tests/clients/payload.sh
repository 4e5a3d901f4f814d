# shellcheck shell=bash
# The supervisor never takes payload from the network: its system calls during all cases above.

payload_cases() {
	check "payload: the check accepts looks of no bytes" payload_good
	check "payload: the check refuses every way to read" payload_bad
	check "payload: the check catches a real process that reads a socket" payload_real
	check "payload: the supervisor read none in this run" payload_trace "$1"
}

payload_verdict() {
	awk -v accepts="$2" -v peeks="$3" -f "$TOP/tests/clients/trace.awk" "$1"
}

payload_good() {
	cat >trace <<-'EOF'
		accept4(5<TCP:[0.0.0.0:25]>, NULL, NULL, SOCK_CLOEXEC) = 9<TCP:[127.0.0.1:25->127.0.0.1:4000]>
		accept4(5<TCP:[0.0.0.0:25]>, NULL, NULL, SOCK_CLOEXEC) = -1 EAGAIN (Resource temporarily unavailable)
		recvfrom(6<UDPv6:[[::]:69]>, NULL, 0, MSG_PEEK|MSG_DONTWAIT|MSG_TRUNC, {sa_family=AF_INET6}, [28]) = 20
		recvfrom(6<UDP:[0.0.0.0:69]>, 0x7ffe0000, 0, MSG_DONTWAIT, NULL, NULL) = 0
		recvmsg(6<UDP:[0.0.0.0:69]>, {msg_name=NULL, msg_iov=[{iov_base=NULL, iov_len=0}], msg_iovlen=1}, MSG_PEEK) = 0
		recvmsg(6<UDP:[0.0.0.0:69]>, {msg_name=NULL, msg_iov=NULL, msg_iovlen=0}, MSG_PEEK|MSG_DONTWAIT) = 0
		read(3<anon_inode:[signalfd]>, ""..., 128) = 128
		read(4</etc/passwd>, ""..., 4096) = 700
		recvmsg(7<NETLINK:[ROUTE:1]>, {msg_iov=[{iov_base=""..., iov_len=4096}], msg_iovlen=1}, 0) = 64
		recvfrom(8<UNIX-SEQPACKET:[1->2]>, ""..., 64, 0, NULL, NULL) = 8
	EOF
	payload_verdict trace 1 4
	# A trace that shows no traffic proves nothing.
	if payload_verdict trace 2 4 || payload_verdict trace 1 5; then return 1; fi
}

payload_bad() {
	cat >lines <<-'EOF'
		read(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, ""..., 1) = 1
		read(9<TCPv6:[[::1]:25->[::1]:4000]>, ""..., 4096) = 10
		read(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, 0x7ffe0000, 4096) = -1 EAGAIN (Resource temporarily unavailable)
		read(9<socket:[4711]>, ""..., 10) = 10
		pread64(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, ""..., 1, 0) = -1 ESPIPE (Illegal seek)
		readv(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, [{iov_base=""..., iov_len=10}], 1) = 10
		readv(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, [{iov_base="", iov_len=0}, {iov_base=""..., iov_len=10}], 2) = 10
		recvfrom(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, ""..., 1, MSG_PEEK, NULL, NULL) = 1
		recvfrom(6<UDP:[0.0.0.0:69]>, ""..., 512, MSG_DONTWAIT, NULL, NULL) = 20
		recvfrom(6<UDPv6:[[::]:69]>, 0x7ffe0000, 512, MSG_DONTWAIT, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
		recvmsg(6<UDP:[0.0.0.0:69]>, {msg_name=NULL, msg_iov=[{iov_base=""..., iov_len=512}], msg_iovlen=1}, 0) = 20
		recvmmsg(6<UDP:[0.0.0.0:69]>, [], 1, 0, NULL) = 0
		splice(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, NULL, 7<pipe:[8]>, NULL, 10, 0) = 10
		tee(9<pipe:[8]>, 7<pipe:[9]>, 10, 0) = 10
		io_uring_setup(8, {flags=0}) = 5
		12345 read(9<TCP:[127.0.0.1:25->127.0.0.1:4000]>, ""..., 1) = 1
	EOF
	while IFS= read -r line; do
		echo "$line" >trace
		if payload_verdict trace 0 0; then return 1; fi
	done <lines
}

# Also holds strace's own way of writing to what the check expects.
payload_real() {
	local port
	# shellcheck disable=SC2016 # perl's own
	timeout 20 perl -MIO::Socket::INET -e '
		my $listener = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
		$| = 1;
		print $listener->sockport, "\n";
		print { $listener->accept } "payload\n";' >port &
	until_ok 10 test -s port
	port=$(<port)
	# shellcheck disable=SC2016 # the inner shell's
	timeout 20 strace -yy -s 0 -o trace -e "trace=$TRACED" bash -c \
		'exec 7<>"/dev/tcp/127.0.0.1/$1"; read -r line <&7; [[ $line == payload ]]' - "$port"
	if payload_verdict trace 0 0 >verdict; then return 1; fi
	cat verdict
	grep -q 'payload read: read(.*<TCP:' verdict
}

payload_trace() {
	local peeks=0
	[[ $1 ]] || skip "without strace"
	[[ ! $CLIENTS_REFERENCE ]] || skip "only superd promises this"
	# Datagrams come only from the cases of tftp.
	[[ " $SERVICES " != *" tftp "* ]] || peeks=1
	payload_verdict "$1" 1 "$peeks"
}
