# shellcheck shell=bash
# What runs on any kernel runs here as well: tcp, udp and unix.

services_cases() {
	daemon_start services <<-EOF
		service tcp {
		    listen = "7/tcp"  user = nobody
		    command = { "$WORLD/bin/stream", "echo" }
		}
		service udp {
		    listen = "7/udp"  user = nobody
		    command = { "$WORLD/bin/dgram", "answer", "$TMPDIR/starts", "" }
		}
		service unix {
		    listen = "unix:$WORLD/services.sock"  user = nobody
		    command = { "$WORLD/bin/stream", "echo" }
		}
	EOF
	each "services: tcp" services_answer tcp
	each "services: udp" services_answer udp
	check "services: unix" services_answer unix "$WORLD/services.sock"
	daemon_stop services
}

services_answer() {
	[[ $(client --seconds 30 "$1" "$2" 7 "hello $1") == "hello $1" ]]
}
