# shellcheck shell=bash
# The world of the test: a network, mount and process namespace in which the unpacked packages lie
# over the host's files, all that is written goes to memory, and the standard ports are free.

# world_build TREE: makes the new root at $WORLD/root, host below, TREE above it.
world_build() {
	local tree=$1 d
	mount -t tmpfs -o mode=755 superd-clients "$WORLD" || return 1
	mkdir "$WORLD/root" "$WORLD/upper" "$WORLD/work"
	# Not a second lower layer: layers of one overlay must not lie inside each other.
	cp -a "$tree/." "$WORLD/upper/" || return 1
	mount -t overlay clients -o "lowerdir=/,upperdir=$WORLD/upper,workdir=$WORLD/work" \
		"$WORLD/root" || return 1
	for d in usr var; do # where these are file systems of their own
		mountpoint -q "/$d" || continue
		mkdir -p "$WORLD/upper/$d" "$WORLD/work-$d"
		mount -t overlay "clients-$d" \
			-o "lowerdir=/$d,upperdir=$WORLD/upper/$d,workdir=$WORLD/work-$d" \
			"$WORLD/root/$d" || return 1
	done
	mount -t proc proc "$WORLD/root/proc" || return 1
	mount --rbind /dev "$WORLD/root/dev" || return 1
	mount --rbind /sys "$WORLD/root/sys" || return 1
	for d in run tmp var/tmp var/log var/mail var/spool srv home root; do
		mkdir -p "$WORLD/root/$d"
		mount -t tmpfs -o mode=755 "clients-$d" "$WORLD/root/$d" || return 1
	done
	chmod 1777 "$WORLD/root/tmp" "$WORLD/root/var/tmp"
	for d in "$TOP" "$BUILD"; do
		mkdir -p "$WORLD/root$d"
		mount --bind "$d" "$WORLD/root$d" || return 1
	done
	if [[ ! -e $WORLD/root$SUPERD ]]; then
		install -D "$SUPERD" "$WORLD/root$SUPERD" || return 1
	fi
	mkdir -p "$WORLD/root$WORLD"
	mount -t tmpfs -o mode=755 clients-state "$WORLD/root$WORLD"
}

# Users, groups and name services, the whole files, so that nothing depends on the host's.
world_users() {
	local hash
	# shellcheck disable=SC2016 # perl's own
	hash=$(perl -e 'print crypt($ARGV[0], q($6$superd$))' "$PASSWORD") || return 1
	rm -f /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/nsswitch.conf /etc/hosts
	cat >/etc/passwd <<-EOF
		root:x:0:0:root:/root:/bin/bash
		daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
		mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
		www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
		sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
		Debian-exim:x:102:102::/var/spool/exim4:/usr/sbin/nologin
		popa3d:x:103:103::/var/lib/popa3d:/usr/sbin/nologin
		tftp:x:104:104:tftp daemon:/srv/tftp:/usr/sbin/nologin
		ftp:x:105:105:ftp daemon:/srv/ftp:/usr/sbin/nologin
		alice:x:1000:1000:Alice Liddell:/home/alice:/bin/bash
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	EOF
	cat >/etc/group <<-EOF
		root:x:0:
		daemon:x:1:
		tty:x:5:
		mail:x:8:
		utmp:x:43:
		www-data:x:33:
		Debian-exim:x:102:
		popa3d:x:103:
		tftp:x:104:
		ftp:x:105:
		alice:x:1000:
		nogroup:x:65534:
	EOF
	sed -E "s/^([^:]*):.*/\1:*:19000:0:99999:7:::/; s|^alice:\*|alice:$hash|" /etc/passwd >/etc/shadow
	chmod 600 /etc/shadow
	printf '%s: files\n' passwd group shadow hosts services protocols >/etc/nsswitch.conf
	printf '127.0.0.1 localhost clients.test\n::1 localhost clients.test\n' >/etc/hosts
	rm -f /etc/hosts.allow /etc/hosts.deny /etc/nologin
	install -d -o alice -g alice -m 755 /home/alice
	install -d -g mail -m 3777 /var/mail
	rm -f /etc/pam.d/common-*
	echo 'auth required pam_unix.so' >/etc/pam.d/common-auth
	echo 'account required pam_unix.so' >/etc/pam.d/common-account
	echo 'session required pam_unix.so' >/etc/pam.d/common-session
	echo 'password required pam_unix.so' >/etc/pam.d/common-password
	mkdir -p /run/lock
	: >/run/utmp
	: >/var/log/wtmp
}
