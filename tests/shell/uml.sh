# shellcheck shell=bash
# A Linux of its own for tests: Debian's package user-mode-linux, a 6.1 kernel that is an ordinary
# program. It needs no rights, and no help of the processor.

# uml_packages FOLDER: the kernel into FOLDER, an absolute path. Sets uml_kernel and uml_modules.
uml_packages() {
	packages_tree "$1" user-mode-linux || return 1
	uml_kernel=$1/tree/usr/bin/linux.uml
	uml_modules=$1/tree/usr/lib/uml/modules
	if [[ ! -x $uml_kernel ]]; then # the host has the package
		uml_kernel=/usr/bin/linux.uml
		uml_modules=/usr/lib/uml/modules
	fi
	[[ -x $uml_kernel && -d $uml_modules ]]
}

# uml_room MEGABYTES: prints why the guest's memory would not fit, or fails. The kernel keeps it in a
# file in /dev/shm, or on disk where there is no such thing.
uml_room() {
	local free
	free=$(df --output=avail -B 1M /dev/shm 2>/dev/null | tail -n 1)
	[[ $(stat -f -c %T /dev/shm 2>/dev/null) == tmpfs ]] || return 1
	((free < $1)) || return 1
	echo "the guest's memory needs $1 MB in /dev/shm, there are$((free))"
}

# One of the processors that we may use.
uml_processor() {
	sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status
}

# uml_boot FOLDER SECONDS MEGABYTES PARAMETER...: runs the kernel up to its end, the console in
# FOLDER/console. Fails if it did not power off in time. At each of the guest's system calls one process
# of the host hands over to another, which costs some times as much from one processor to another: all
# have the same one. uml_preload is the path of a library for the kernel's program, if it is set.
uml_boot() {
	local folder=$1 seconds=$2 memory=$3
	shift 3
	mkdir -p "$folder/control"
	# Hundreds of old terminals cost seconds, each a process that registers it.
	# shellcheck disable=SC2016 # the inner shell's
	timeout -k 5 "$seconds" sh -c 'echo $$ >"$0" && exec "$@"' "$folder/pid" \
		taskset -c "$(uml_processor)" env ${uml_preload:+"LD_PRELOAD=$uml_preload"} \
		"$uml_kernel" "mem=${memory}M" "uml_dir=$folder/control" rootfstype=hostfs pty.legacy_count=0 initcall_blacklist=ssl_init con=null con0=null,fd:1 "$@" \
		</dev/null >"$folder/console" 2>&1
	echo $? >"$folder/status"
	# It makes itself a group. One that was killed leaves others of it behind.
	kill -KILL -- "-$(<"$folder/pid")" 2>/dev/null
	uml_powered_off "$folder"
}

uml_powered_off() {
	grep -q 'reboot: Power down' "$1/console"
}

# uml_refused FOLDER: prints why the host did not let the kernel start, or fails if it did start.
uml_refused() {
	if grep -q '^Linux version\|^Kernel command line' "$1/console"; then
		return 1
	fi
	echo "the kernel of user-mode-linux cannot run here: $(tail -n 1 "$1/console")"
}

# uml_report FOLDER: prints what the guest wrote to FOLDER/out/report, with the end of the console if it did
# not end well, and ends the script.
uml_report() {
	local why
	if [[ ! -s $1/out/report ]] && why=$(uml_refused "$1"); then
		skip_all "$why"
	fi
	uml_cases "$1" | awk '
		/^1\.\./ { next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		/^not ok / { failed = 1 }
		{ print }
		END { print "1.." n; exit failed }'
	exit "${PIPESTATUS[1]}"
}

uml_cases() {
	[[ ! -e $1/out/report ]] || cat "$1/out/report"
	if ! grep -q -s '^1\.\.' "$1/out/report" || ! uml_powered_off "$1"; then
		echo "not ok 0 - the guest comes to the end of its cases and ends"
		echo "#   its status is $(<"$1/status"), its console:"
		tail -n 40 "$1/console" | tr -d '\r' | sed 's/^/#   /'
	fi
}
