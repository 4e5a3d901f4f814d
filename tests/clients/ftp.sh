# shellcheck shell=bash
# vsftpd with local users; the data connections go straight to it.

ftp_setup() {
	cat >/etc/vsftpd.conf <<-EOF
		listen=NO
		listen_ipv6=YES
		anonymous_enable=NO
		local_enable=YES
		write_enable=YES
		local_umask=022
		secure_chroot_dir=/run/vsftpd/empty
		pam_service_name=vsftpd
		xferlog_enable=YES
	EOF
	cat >/etc/pam.d/vsftpd <<-EOF
		auth required pam_unix.so
		account required pam_unix.so
		session required pam_unix.so
	EOF
	mkdir -p /run/vsftpd/empty /srv/ftp
	random_file /home/alice/book 1500007
	chown alice: /home/alice/book
}

ftp_cases() {
	each "ftp: passive get, listing and put" ftp_passive
	each "ftp: active get" ftp_active
	each "ftp: four passive gets at once" ftp_many
	each "ftp: a wrong password is refused" ftp_refused
}

# ftp_curl ADDRESS PATH [OPTION]...
ftp_curl() {
	local url
	url="ftp://$(host "$1")/$2"
	shift 2
	timeout 30 curl -sS -u "alice:$PASSWORD" "$url" "$@"
}

ftp_passive() {
	ftp_curl "$1" book --ftp-pasv -o got
	same_file got /home/alice/book
	ftp_curl "$1" "" --ftp-pasv | tee list
	grep -q ' book' list
	random_file put 400009
	ftp_curl "$1" page --ftp-pasv --upload-file put
	until_ok 5 same_file put /home/alice/page
	[[ $(stat -c %U:%a /home/alice/page) == alice:644 ]]
	rm /home/alice/page
}

ftp_active() {
	ftp_curl "$1" book --ftp-port - -o got
	same_file got /home/alice/book
}

ftp_many() {
	local n pids=()
	for n in 1 2 3 4; do
		ftp_curl "$1" book --ftp-pasv -o "got$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for n in 1 2 3 4; do
		same_file "got$n" /home/alice/book
	done
}

ftp_refused() {
	local rc=0
	timeout 30 curl -sS -u alice:wrong "ftp://$(host "$1")/book" -o got || rc=$?
	((rc == 67)) # CURLE_LOGIN_DENIED
}
