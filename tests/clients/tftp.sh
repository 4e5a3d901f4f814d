# shellcheck shell=bash
# tftpd-hpa, which takes over the bound socket (wait = true).

tftp_setup() {
	install -d -o tftp -g tftp -m 755 /srv/tftp
	random_file /srv/tftp/boot.img 700001
	random_file /srv/tftp/small 1
}

tftp_cases() {
	each "tftp: get one file" tftp_get boot.img
	each "tftp: get eight at once" tftp_get_many
	each "tftp: put eight at once" tftp_put_many
	each "tftp: a file that does not exist is an error" tftp_missing
	check "tftp: a symlink cannot leave the folder" tftp_jail
	each "tftp: a new handler takes over after the first was killed" tftp_again
}

# transfer ADDRESS VERB REMOTE LOCAL. The client's exit status says nothing: the caller compares.
tftp_do() {
	case $2 in
	get) timeout 30 tftp -m binary "$1" -c get "$3" "$4" ;;
	put) timeout 30 tftp -m binary "$1" -c put "$4" "$3" ;;
	esac
}

tftp_get() {
	tftp_do "$2" get "$1" got
	same_file got "/srv/tftp/$1"
}

tftp_get_many() {
	local n pids=()
	for n in 1 2 3 4 5 6 7 8; do
		tftp_do "$1" get boot.img "got$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for n in 1 2 3 4 5 6 7 8; do
		same_file "got$n" /srv/tftp/boot.img
	done
}

tftp_put_many() {
	local n pids=()
	for n in 1 2 3 4 5 6 7 8; do
		random_file "put$n" $((300000 + n))
		# Without --create only files that everybody may write can be replaced.
		install -m 666 /dev/null "/srv/tftp/put$n"
		tftp_do "$1" put "put$n" "put$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for n in 1 2 3 4 5 6 7 8; do
		until_ok 5 same_file "put$n" "/srv/tftp/put$n"
	done
}

tftp_missing() {
	tftp_do "$1" get nothing got 2>&1 | tee answer
	grep -qi 'not found' answer
}

tftp_jail() {
	ln -sf /etc/passwd /srv/tftp/out
	tftp_do 127.0.0.1 get out got 2>&1 | tee answer
	if [[ -s got ]]; then return 1; fi
	grep -qi 'not found' answer
}

# The pids of every in.tftpd: those that wait, and those in a transfer.
tftp_pids() {
	local f
	set +x
	for f in /proc/[0-9]*/cmdline; do
		[[ $(head -zn 1 "$f" 2>/dev/null | tr -d '\0') == *in.tftpd ]] && echo "${f//[!0-9]/}"
	done
	return 0
}

tftp_again() {
	local before after
	before=$(tftp_pids)
	[[ $before ]]
	# shellcheck disable=SC2086 # a list
	kill -KILL $before || : # a transfer may have ended meanwhile
	tftp_get boot.img "$1"
	after=$(tftp_pids)
	[[ $after && $after != "$before" ]]
}
