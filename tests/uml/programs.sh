# shellcheck shell=bash
# The test programs that need what the host's kernel may not have: each of their tests is a case.

programs_cases() {
	local left=(of_tcp of_udp)
	cp "$SUPERD" "$WORLD/bin"
	programs_run test_transport
	programs_run test_sctp
	# What takes long is left to the host, where its kernel can do it.
	[[ $HOST_HAS != *UDP-Lite* ]] || left+=(of_udplite)
	programs_run test_transports
	programs_run test_associations
	programs_run test_thousand "${left[@]}"
}

# programs_run PROGRAM [LEFT-OUT]...: its report becomes ours.
programs_run() {
	local line status=0 program=$1
	shift
	SUPERD=$WORLD/bin/superd TEST_TOOLS=$WORLD/bin TEST_FOLDER=$TMPDIR BXFI_MAP=none \
		timeout -k 5 600 "$BUILD/tests/uml/$program" "$@" >"$TMPDIR/output" 2>&1 </dev/null || status=$?
	while read -r line; do
		case $line in
		'ok - '*) cases=$((cases + 1)) && echo "ok $cases - ${line#ok - }" ;;
		'not ok - '*)
			cases=$((cases + 1)) failures=$((failures + 1))
			echo "not ok $cases - ${line#not ok - }"
			;;
		esac
	done <"$TMPDIR/output"
	check "$program ends with status 0" test "$status" -eq 0
	((status == 0)) || sed 's/^/#   /' "$TMPDIR/output"
}
