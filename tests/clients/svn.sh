# shellcheck shell=bash
# svnserve -i.

svn_setup() {
	mkdir -p /srv/svn tree/trunk
	rm -rf /srv/svn/wonder /srv/svn/seed
	svnadmin create /srv/svn/wonder
	mkdir -p /srv/svn/seed/trunk/sub
	echo "curiouser" >/srv/svn/seed/trunk/sub/word
	random_file /srv/svn/seed/trunk/blob 500003
	svn import -q -m seed /srv/svn/seed file:///srv/svn/wonder
	printf '[general]\nanon-access = read\nauth-access = write\npassword-db = passwd\n' \
		>/srv/svn/wonder/conf/svnserve.conf
	printf '[users]\nalice = %s\n' "$PASSWORD" >/srv/svn/wonder/conf/passwd
	chown -R nobody: /srv/svn/wonder
}

svn_cases() {
	each "svn: checkout" svn_checkout
	each "svn: a commit, and a second working copy sees it" svn_commit
}

svn_checkout() {
	timeout 60 svn checkout -q "svn://$(host "$1")/wonder/trunk" copy
	[[ $(<copy/sub/word) == curiouser ]]
	same_file copy/blob /srv/svn/seed/trunk/blob
}

svn_commit() {
	local url
	url="svn://$(host "$1")/wonder/trunk"
	timeout 60 svn checkout -q "$url" copy
	echo "said Alice $1" >>copy/sub/said
	svn add -q --force copy/sub/said
	timeout 60 svn commit -q -m said --non-interactive --no-auth-cache \
		--username alice --password "$PASSWORD" copy
	timeout 60 svn cat "$url/sub/said" | grep -F "said Alice $1"
}
