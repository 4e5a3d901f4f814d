# shellcheck shell=bash
# exim4 -bs takes mail and delivers it to /var/mail; the cases that also fetch it are here too.

smtp_setup() {
	rm -rf /etc/exim4
	mkdir -p /etc/exim4
	cat >/etc/exim4/exim4.conf <<-'EOF'
		primary_hostname = clients.test
		domainlist local_domains = clients.test : localhost
		acl_smtp_rcpt = rcpt
		host_lookup =
		rfc1413_query_timeout = 0s
		never_users = root
		log_file_path = /var/log/exim4/%slog
		keep_environment =

		begin acl
		rcpt:
		  accept domains = +local_domains
		  deny message = relay not permitted

		begin routers
		local:
		  driver = accept
		  domains = +local_domains
		  check_local_user
		  transport = mailbox

		begin transports
		mailbox:
		  driver = appendfile
		  file = /var/mail/$local_part_data
		  group = mail
		  mode = 0660
	EOF
	install -d -o Debian-exim -g Debian-exim -m 750 /var/spool/exim4 /var/log/exim4
}

smtp_cases() {
	each "smtp: swaks sends, exim delivers, curl fetches through pop3" mail_swaks
	each "smtp: curl sends 300 kB, curl fetches it unchanged through pop3" mail_curl
	each "smtp: exim sees the client's own address" mail_peer
	each "smtp: exim refuses to relay" mail_relay
}

mailbox_has() {
	grep -qs "$1" /var/mail/alice
}

# fetch TOKEN ADDRESS: the message with that token, into the file named "got".
fetch() {
	local n=0
	until_ok 20 mailbox_has "$1"
	while n=$((n + 1)); do
		timeout 20 curl -sS -o got "pop3://$(host "$2")/$n" -u "alice:$PASSWORD" || return 1
		grep -q "$1" got && return 0
	done
}

mail_swaks() {
	local token=token$RANDOM$RANDOM
	timeout 20 swaks --server "$1" --port 25 --helo client.test --from bob@client.test \
		--to alice@clients.test --header "Subject: $token" --body "down the rabbit hole"
	fetch "$token" "$1"
	grep -q "down the rabbit hole" got
}

mail_curl() {
	local token=token$RANDOM$RANDOM
	{
		printf 'From: bob@client.test\r\nTo: alice@clients.test\r\nSubject: %s\r\n\r\n' "$token"
		head -c 220000 /dev/urandom | base64 | sed 's/$/\r/'
	} >sent
	timeout 20 curl -sS "smtp://$(host "$1")/client.test" --mail-from bob@client.test \
		--mail-rcpt alice@clients.test --upload-file sent
	fetch "$token" "$1"
	sed '1,/^\r$/d' sent >sent.body
	sed '1,/^\r$/d' got >got.body
	# The mailbox format ends a message with an empty line.
	sed -i -e :a -e '/^[\r\n]*$/{$d;N;ba' -e '}' got.body
	same_file sent.body got.body
}

mail_peer() {
	local token=token$RANDOM$RANDOM
	timeout 20 swaks --server "$1" --helo client.test --from bob@client.test \
		--to alice@clients.test --header "Subject: $token"
	fetch "$token" "$1"
	grep -F "[$1]" got
}

mail_relay() {
	if timeout 20 swaks --server "$1" --helo client.test --from bob@client.test \
		--to bob@elsewhere.test >answer; then
		return 1
	fi
	cat answer
	grep -q '550 relay not permitted' answer
}
