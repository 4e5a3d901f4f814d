# Service files of superd as a file for xinetd: one entry for IPv4 and one for IPv6. It knows no
# more of the language than services.d uses.
BEGIN { print "defaults\n{\n instances = 200\n cps = 1000 1\n}" }

/^service / { name = $2; wait = "no"; user = "root"; group = "" }
$2 == "=" && $1 == "wait" { wait = $3 == "true" ? "yes" : "no" }
$2 == "=" && $1 == "user" { user = $3 }
$2 == "=" && $1 == "group" { group = $3 }
$2 == "=" && $1 == "listen" { split(substr($3, 2, length($3) - 2), listen, "/") }
$2 == "=" && $1 == "command" {
	line = $0
	sub(/^[^{]*[{] */, "", line)
	sub(/ *[}].*/, "", line)
	gsub(/[",]/, "", line)
	command = line
	server = line
	sub(/ .*/, "", server)
	arguments = line
	if (!sub(/^[^ ]* /, "", arguments))
		arguments = ""
}
/^[}]/ { entry("IPv4"); entry("IPv6") }

function entry(family) {
	print "service " name "\n{"
	print " id = " name "-" family
	print " type = UNLISTED"
	print " socket_type = " (listen[2] == "udp" ? "dgram" : "stream")
	print " protocol = " listen[2]
	print " port = " listen[1]
	print " wait = " wait
	print " user = " user
	if (group != "")
		print " group = " group
	print " groups = yes"
	print " env = HOME=/nonexistent"
	print " server = " server
	if (arguments != "")
		print " server_args = " arguments
	print " flags = " family
	if (family == "IPv6")
		print " v6only = yes"
	print "}"
}
