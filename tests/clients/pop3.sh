# shellcheck shell=bash
# popa3d hands out the mailboxes; fetching mail is in the cases of smtp.

pop3_setup() {
	install -d -m 755 /var/lib/popa3d
	cat >/etc/pam.d/popa3d <<-EOF
		auth required pam_unix.so
		account required pam_unix.so
	EOF
}

pop3_cases() {
	each "pop3: a wrong password is refused" pop3_refused
	each "pop3: a message that is deleted is gone" pop3_delete
}

pop3_refused() {
	local rc=0
	timeout 20 curl -sS "pop3://$(host "$1")/" -u alice:wrong || rc=$?
	((rc == 67)) # CURLE_LOGIN_DENIED
}

pop3_delete() {
	local before after
	for _ in 1 2; do
		printf 'From bob@client.test Thu Jan  1 00:00:00 2026\nSubject: x\n\nbody\n\n'
	done >>/var/mail/alice
	chown alice:mail /var/mail/alice
	before=$(timeout 20 curl -sS "pop3://$(host "$1")/" -u "alice:$PASSWORD" | wc -l)
	timeout 20 curl -sS "pop3://$(host "$1")/1" -u "alice:$PASSWORD" --request DELE --list-only
	after=$(timeout 20 curl -sS "pop3://$(host "$1")/" -u "alice:$PASSWORD" | wc -l)
	((before > 1 && after == before - 1))
}
