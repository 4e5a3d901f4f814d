# shellcheck shell=bash
# micro-httpd over Multipath TCP, beside the one of http.sh and with its files.

# Both have port 80, which only one can have.
http_mptcp_port=8080

http_mptcp_setup() {
	[[ -e /var/www/html/blob.bin ]]
}

http_mptcp_cases() {
	each "http-mptcp: a page to a client that knows only TCP" http_mptcp_page
	each "http-mptcp: a large file over MPTCP, unchanged" http_mptcp_blob
}

http_mptcp_needed() {
	[[ -e /proc/sys/net/mptcp/enabled ]] || skip "the kernel has no MPTCP"
	[[ $(</proc/sys/net/mptcp/enabled) == 1 ]] || skip "MPTCP is switched off (net.mptcp.enabled)"
}

http_mptcp_page() {
	http_mptcp_needed
	timeout 20 curl -sSf "http://$(host "$1"):$http_mptcp_port/" | tee page
	grep -q '<h1>superd</h1>' page
}

http_mptcp_blob() {
	local before
	http_mptcp_needed
	before=$(http_mptcp_accepted)
	timeout 20 mptcpize run curl -sSf -o got "http://$(host "$1"):$http_mptcp_port/blob.bin"
	same_file got /var/www/html/blob.bin
	[[ $(http_mptcp_accepted) == $((before + 1)) ]]
	grep -F 'start service=http-mptcp' "$LOG" | grep -q -w 'transport=mptcp'
}

# Connections of this network namespace so far that are MPTCP and not only TCP.
http_mptcp_accepted() {
	nstat -asz MPTcpExtMPCapableACKRX | awk '$1 ~ /ACKRX/ { print $2 }'
}
