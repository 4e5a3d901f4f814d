# shellcheck shell=bash
# Network namespaces and the links between them.

# One that is held by the process whose pid is printed.
network_namespace() {
	local own holder
	own=$(readlink /proc/self/ns/net)
	unshare --net sleep infinity >/dev/null 2>&1 </dev/null &
	holder=$!
	until [[ $(readlink "/proc/$holder/ns/net") != "$own" ]]; do pause; done
	network_in "$holder" ip link set lo up
	echo "$holder"
}

# network_in NAMESPACE COMMAND...
network_in() {
	local holder=$1
	shift
	nsenter "--net=/proc/$holder/ns/net" "$@"
}

# network_link N SERVERS CLIENTS: a link named server$N at one end, with 10.0.N.1, and client$N at the
# other, with 10.0.N.2.
network_link() {
	ip link add "server$1" netns "$2" type veth peer name "client$1" netns "$3"
	network_in "$2" ip address add "10.0.$1.1/24" dev "server$1"
	network_in "$2" ip link set "server$1" up
	network_in "$3" ip address add "10.0.$1.2/24" dev "client$1"
	network_in "$3" ip link set "client$1" up
}
