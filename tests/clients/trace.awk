# Reads strace -yy output of a supervisor. Exit status 0 if no system call took payload from a
# network socket and at least `accepts` connections and `peeks` datagrams were seen; 1 otherwise,
# with the offending lines.
#
# Allowed on a network socket: a receive of no bytes (a look at the address, a datagram dropped
# unread). A call that asked for bytes is refused even if it got none.

# strace shows an inet socket as N<TCP:[...]>, N<UDPv6:[...]>, N<SCTP...>, one whose protocol it
# cannot name as N<socket:[...]>, and the unix and netlink families by their own names.
function network(line) {
	return line ~ /^[a-z0-9]+\([0-9]+<(TCP|UDP|UDPLITE|SCTP|DCCP|MPTCP|RAW|PING|PACKET|socket|[A-Z-]+v6)[^>]/
}

function refuse(line) {
	print "payload read: " line
	bad++
}

# Without the pid that -f writes and the time that -t writes.
{ sub(/^([0-9:.]+ +)+/, "") }

/^accept4?\(/ && / = [0-9]+</ { accepts_seen++ }

# The length is the third argument of read, pread64 and recvfrom.
network($0) && /^read\(/ {
	if ($0 !~ />, [^ ,]+, 0\) += /)
		refuse($0)
}

network($0) && /^pread64\(/ { refuse($0) }

network($0) && /^recv(from)?\(/ {
	if ($0 ~ />, (NULL|0x[0-9a-f]+|""(\.\.\.)?), 0, /)
		peeks_seen++
	else
		refuse($0)
}

network($0) && /^(readv|preadv2?)\(/ {
	if ($0 ~ /iov_len=[1-9]/ || $0 !~ /(iov_len=0|\[\], 0|NULL, 0)/)
		refuse($0)
}

network($0) && /^recvm?msg\(/ {
	# Of a failed look strace shows no vector at all.
	if ($0 ~ /\{msg_namelen=[0-9]+\}, [A-Z_|]*MSG_PEEK[A-Z_|]*\) += -1/)
		next
	if ($0 ~ /iov_len=[1-9]/ || $0 !~ /(iov_len=0|msg_iovlen=0)/)
		refuse($0)
	else
		peeks_seen++
}

# These move bytes by themselves; whichever side is the network, a supervisor has no use for them.
/^(splice|tee|sendfile|copy_file_range)\(/ { refuse($0) }
/^io_uring_(setup|enter)\(/ { refuse($0) }
network($0) && /^recvmmsg\(/ { refuse($0) }

END {
	print "connections accepted " accepts_seen + 0 ", datagrams looked at " peeks_seen + 0
	if (accepts_seen + 0 < accepts + 0 || peeks_seen + 0 < peeks + 0) {
		print "fewer than " accepts + 0 " and " peeks + 0 ": this trace shows too little"
		exit 1
	}
	exit bad > 0
}
