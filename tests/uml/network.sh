# shellcheck shell=bash
# Network namespaces and the links between them, by as few processes as can be: each costs more than
# what it does.

# network_namespace NAME [N SERVER]...: a new one, with a link to each of the namespaces SERVER: its own
# end is named client$N and has 10.0.N.2, the other end is named server$N and has 10.0.N.1.
network_namespace() {
	local name=$1 i lines=("link set lo up")
	shift
	for ((i = 1; i < $#; i += 2)); do
		lines+=("link add client${!i} type veth peer name server${!i} netns $(network_file "${@:i+1:1}")"
			"address add 10.0.${!i}.2/24 dev client${!i}" "link set client${!i} up")
	done
	: >"$(network_file "$name")"
	printf '%s\n' "${lines[@]}" | unshare "--net=$(network_file "$name")" ip -batch -
	for ((i = 1; i < $#; i += 2)); do
		printf '%s\n' "address add 10.0.${!i}.1/24 dev server${!i}" "link set server${!i} up" |
			network_in "${@:i+1:1}" ip -batch -
	done
}

# network_in NAMESPACE COMMAND...
network_in() {
	nsenter "--net=$(network_file "$1")" "${@:2}"
}

# What it is mounted on.
network_file() {
	echo "$WORLD/network.$1"
}
