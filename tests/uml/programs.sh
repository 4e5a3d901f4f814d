# shellcheck shell=bash
# The test programs that need what the host's kernel may not have: each of their tests is a case.

programs_cases() {
	cp "$SUPERD" "$WORLD/bin"
	programs_run test_transport
	programs_run test_sctp
	programs_run test_transports
}

# programs_run PROGRAM: its report becomes ours.
programs_run() {
	local line status=0
	SUPERD=$WORLD/bin/superd TEST_TOOLS=$WORLD/bin TEST_FOLDER=$TMPDIR BXFI_MAP=none \
		timeout -k 5 600 "$BUILD/tests/uml/$1" >"$TMPDIR/output" 2>&1 </dev/null || status=$?
	while read -r line; do
		case $line in
		'ok - '*) cases=$((cases + 1)) && echo "ok $cases - ${line#ok - }" ;;
		'not ok - '*)
			cases=$((cases + 1)) failures=$((failures + 1))
			echo "not ok $cases - ${line#not ok - }"
			;;
		esac
	done <"$TMPDIR/output"
	check "$1 ends with status 0" test "$status" -eq 0
	((status == 0)) || sed 's/^/#   /' "$TMPDIR/output"
}
