# shellcheck shell=bash
# sshd -i with host and client keys made for this run.

ssh_setup() {
	rm -rf /etc/ssh
	mkdir -p /etc/ssh
	install -d -m 755 /run/sshd
	install -d -o alice -g alice -m 700 /home/alice/.ssh /root/.ssh
	chown root: /root/.ssh
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
	install -o alice -m 600 /root/.ssh/id_ed25519.pub /home/alice/.ssh/authorized_keys
	cat >/etc/ssh/sshd_config <<-EOF
		HostKey /etc/ssh/ssh_host_ed25519_key
		UsePAM no
		PasswordAuthentication no
		Subsystem sftp /usr/lib/openssh/sftp-server
	EOF
	printf '127.0.0.1,::1 %s\n' "$(cut -d ' ' -f 1-2 /etc/ssh/ssh_host_ed25519_key.pub)" \
		>/root/.ssh/known_hosts
}

ssh_cases() {
	each "ssh: a command, its output, standard error and exit status" ssh_command
	each "ssh: two megabytes there and back" ssh_pipe
	each "ssh: a session with a terminal" ssh_terminal
	each "ssh: a file by sftp" ssh_sftp
	each "ssh: SSH_CONNECTION names both ends" ssh_ends
}

ssh_to() {
	local to=$1
	shift
	timeout 30 ssh -o BatchMode=yes -o StrictHostKeyChecking=yes "alice@$to" "$@"
}

ssh_command() {
	local rc=0
	ssh_to "$1" 'id -un; pwd; echo oops >&2; exit 7' >out 2>err || rc=$?
	((rc == 7))
	[[ $(<out) == $'alice\n/home/alice' ]]
	[[ $(<err) == oops ]]
}

ssh_pipe() {
	random_file sent 2000000
	ssh_to "$1" cat <sent >got
	same_file sent got
}

ssh_terminal() {
	ssh_to "$1" -tt 'test -t 0 && tty' </dev/null | tee out
	grep -q '^/dev/pts/' out
}

ssh_sftp() {
	random_file sent 300000
	timeout 30 sftp -q -o BatchMode=yes -b - "alice@$(host "$1")" <<-EOF
		put sent copy
		get copy got
		rm copy
	EOF
	same_file sent got
}

ssh_ends() {
	local client server port
	# shellcheck disable=SC2016 # for the other side
	read -r client _ server port < <(ssh_to "$1" 'echo $SSH_CONNECTION')
	[[ $client == "$1" && $server == "$1" && $port == 22 ]]
}
