# shellcheck shell=bash
# git daemon --inetd.

git_setup() {
	printf '[user]\nname = Alice\nemail = alice@clients.test\n' >/root/.gitconfig
	git init -q --bare -b main /srv/git/tea.git
	git init -q --bare -b main /srv/git/closed.git
	git init -q -b main /srv/party
	for ((i = 0; i < 30; i++)); do
		random_file "/srv/party/file$i" 5000
		git -C /srv/party add .
		git -C /srv/party commit -q -m "cup $i"
	done
	git -C /srv/party push -q /srv/git/tea.git main
	touch /srv/git/tea.git/git-daemon-export-ok
	rm -f /etc/gitconfig
}

git_cases() {
	each "git: clone" git_clone
	each "git: four clones at once" git_clone_many
	each "git: fetch brings a new commit" git_fetch
	each "git: a repository that is not exported is refused" git_closed
}

git_clone() {
	timeout 60 git clone -q "git://$(host "$1")/tea.git" clone
	git -C clone fsck --strict
	[[ $(git -C clone rev-parse HEAD) == "$(git -C /srv/git/tea.git rev-parse main)" ]]
	[[ $(git -C clone rev-list --count HEAD) -ge 30 ]]
}

git_clone_many() {
	local n pid pids=()
	for n in 1 2 3 4; do
		timeout 60 git clone -q "git://$(host "$1")/tea.git" "clone$n" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	for n in 1 2 3 4; do
		[[ $(git -C "clone$n" rev-parse HEAD) == "$(git -C /srv/git/tea.git rev-parse main)" ]]
	done
}

git_fetch() {
	timeout 60 git clone -q "git://$(host "$1")/tea.git" clone
	git -C /srv/party commit -q --allow-empty -m "one more cup"
	git -C /srv/party push -q /srv/git/tea.git main
	timeout 60 git -C clone pull -q --ff-only
	[[ $(git -C clone rev-parse HEAD) == "$(git -C /srv/party rev-parse HEAD)" ]]
}

git_closed() {
	if timeout 20 git ls-remote "git://$(host "$1")/closed.git" 2>answer; then return 1; fi
	cat answer
	grep -q 'repository not exported\|access denied' answer
}
