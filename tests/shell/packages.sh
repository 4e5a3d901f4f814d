# shellcheck shell=bash
# Debian packages in a folder of our own: downloaded and unpacked, never installed, so that no
# daemon starts and the host stays as it is.

# Prints NAME=VERSION of what the host lacks of the packages given, dependencies included.
packages_missing() {
	apt-get -s --no-install-recommends install "$@" |
		sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\?(\([^ ]*\) .*/\1=\3/p'
}

packages_lists() {
	if ((EUID == 0)); then
		apt-get -q update
	else
		sudo -n apt-get -q update
	fi
}

# On a host where /bin is a link to usr/bin a real bin in the tree would hide it.
packages_merge_usr() {
	local tree=$1 d
	for d in bin sbin lib lib64; do
		if [[ -L /$d && -d $tree/$d && ! -L $tree/$d ]]; then
			mkdir -p "$tree/usr/$d"
			cp -a "$tree/$d/." "$tree/usr/$d/"
			rm -r "${tree:?}/$d"
		fi
	done
}

# The file in this folder that apt makes of NAME=VERSION.
packages_file() {
	local version=${1#*=}
	echo "${1%%=*}_${version//:/%3a}"_*.deb
}

# packages_fetch FOLDER LOG PACKAGE...: what is missing into FOLDER/debs; prints NAME=VERSION of each.
packages_fetch() {
	local dir=$1 log=$2 list deb new=()
	shift 2
	list=$(packages_missing "$@" 2>>"$log") || return 1
	cd "$dir/debs" || return 1
	for deb in $list; do
		[[ -e $(packages_file "$deb") ]] || new+=("$deb")
	done
	((${#new[@]} == 0)) || apt-get -q download "${new[@]}" >>"$log" 2>&1 || return 1
	echo "$list"
}

# packages_tree FOLDER PACKAGE...: FOLDER/tree holds the unpacked files. A second call does nothing
# unless the list or the host's own packages changed, and then downloads only what is new. FOLDER is
# absolute; FOLDER/apt.log says why it failed.
packages_tree() {
	local dir=$1 key list deb
	shift
	key=$(echo "$*" | cat - /var/lib/dpkg/status | md5sum)
	[[ -e $dir/key && $(<"$dir/key") == "$key" ]] && return 0
	rm -rf "$dir/key" "$dir/tree"
	mkdir -p "$dir/debs" "$dir/tree"
	: >"$dir/apt.log"
	# Lists that are old name versions that are no longer there.
	list=$(packages_fetch "$dir" "$dir/apt.log" "$@") ||
		{ packages_lists >>"$dir/apt.log" 2>&1 &&
			list=$(packages_fetch "$dir" "$dir/apt.log" "$@"); } || return 1
	(
		cd "$dir/debs" || exit 1
		for deb in $list; do
			dpkg -x "$(packages_file "$deb")" "$dir/tree" || exit 1
		done
	) || return 1
	packages_merge_usr "$dir/tree"
	echo "$key" >"$dir/key"
}
