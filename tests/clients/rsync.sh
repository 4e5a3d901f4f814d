# shellcheck shell=bash
# rsync --daemon, a tree in both directions.

rsync_setup() {
	cat >/etc/rsyncd.conf <<-EOF
		use chroot = yes
		uid = nobody
		gid = nogroup
		[tree]
		path = /srv/rsync/tree
		[inbox]
		path = /srv/rsync/inbox
		read only = no
	EOF
	mkdir -p /srv/rsync/tree/a/b/c
	install -d -o nobody -g nogroup /srv/rsync/inbox
	random_file /srv/rsync/tree/a/big 2000003
	random_file /srv/rsync/tree/a/b/c/small 17
	ln -s a/big /srv/rsync/tree/link
	for ((i = 0; i < 200; i++)); do
		echo "$i" >"/srv/rsync/tree/a/b/file$i"
	done
}

rsync_cases() {
	each "rsync: lists its modules" rsync_list
	each "rsync: a tree comes down" rsync_down
	each "rsync: a tree goes up, a second time only the change" rsync_up
}

rsync_list() {
	timeout 20 rsync "rsync://$(host "$1")/" | tee list
	grep -q '^tree' list
	grep -q '^inbox' list
}

rsync_down() {
	timeout 60 rsync -rlt "rsync://$(host "$1")/tree/" down/
	diff -r --no-dereference /srv/rsync/tree down
}

rsync_up() {
	cp -r /srv/rsync/tree up
	rm up/link # the daemon rewrites links that it takes
	timeout 60 rsync -r "up/" "rsync://$(host "$1")/inbox/from-${1//:/_}/"
	diff -r up "/srv/rsync/inbox/from-${1//:/_}"
	echo change >>up/a/big
	timeout 60 rsync -r --checksum --out-format=%n "up/" \
		"rsync://$(host "$1")/inbox/from-${1//:/_}/" | grep -v '/$' | tee changed
	[[ $(<changed) == a/big ]]
	diff -r up "/srv/rsync/inbox/from-${1//:/_}"
}
