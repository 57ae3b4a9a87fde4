#!/usr/bin/env bash
# Stage 2: test_bench.sh JUNIT_FILE. Runs erp_connect/tests/bench on a test site of the bench.
# The site is made anew for each run; ERP_CONNECT_REUSE_SITE=1 keeps it and only migrates.
# ERP_CONNECT_PYTEST_ARGS holds further arguments for pytest, ERP_CONNECT_TEST_SITE another site name.
# Three parts run side by side, each on a site of its own with another ERPNext of its own; with
# ERP_CONNECT_PYTEST_ARGS all tests run one after the other.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
JUNIT=${1:?usage: test_bench.sh JUNIT_FILE}
SITE=${ERP_CONNECT_TEST_SITE:-test-erp-connect.localhost}
# What runs beside the first part, which has the rest and with it what looks at the clock. About equally long.
BESIDE=('/(commerce|inbound|capture|calls|config|store|reconcile|pull|pairs)/' '/(systems|records)/')
# What needs Frappe HR: beside the first part as well, on a site that has it, where the bench does.
HR_TESTS='/people/'
# Processes that run beside this one, by the part they are for, their outputs, and where the tests leave their reports.
declare -A RUNNING=()
OUTPUTS=""
WORK=""

# part_site NUMBER: the site of a part that runs beside the first.
part_site() { echo "${SITE%%.*}-part$1.${SITE#*.}"; }

# pair_of SITE: the other ERPNext of the tests on a site, such as test-erp-connect-pair.localhost.
pair_of() { echo "${1%%.*}-pair.${1#*.}"; }

# The test site first; the others are copies of it, those of each part beside those of the others.
prepare() {
	local how=site part code=0 sites
	if [ -n "${ERP_CONNECT_REUSE_SITE:-}" ]; then how=keep-site; fi
	attended bash "$HELPER_DIR/setup.sh" bench services app test-tools "$how" "$SITE"
	say "Making the other sites as copies of $SITE, side by side"
	copy_sites first twin "$(pair_of "$SITE")" "$SITE"
	if [ -z "${ERP_CONNECT_PYTEST_ARGS:-}" ]; then
		for part in "${!BESIDE[@]}"; do
			mapfile -t sites < <(sites_of "$part")
			copy_sites "$part" "${sites[@]}"
		done
	fi
	for part in "${!RUNNING[@]}"; do wait_for_part "$part" || code=$?; done
	[ "$code" -eq 0 ] || exit "$code"
}

# copy_sites PART STEPS...: begins these steps of the set-up, which make sites out of the test site.
copy_sites() {
	local part=$1
	shift
	bash "$HELPER_DIR/setup.sh" "$@" >"$OUTPUTS/$part" 2>&1 &
	RUNNING[$part]=$!
}

# sites_of PART: the steps that make the sites of a part that runs beside the first, one word a line.
sites_of() {
	local site
	site=$(part_site "$1")
	printf '%s\n' twin "$site" "$SITE"
	if [ "${BESIDE[$1]}" = "$HR_TESTS" ]; then
		printf '%s\n' add-app "$site" hrms
	else
		printf '%s\n' twin "$(pair_of "$site")" "$SITE"
	fi
}

# wait_for_part PART: until what runs for it has ended; then what it said is shown. Its exit code.
wait_for_part() {
	local code=0
	wait "${RUNNING[$1]}" || code=$?
	unset "RUNNING[$1]"
	cat "$OUTPUTS/$1"
	return "$code"
}

# run_pytest SITE FOLDER FILES...: in sites/, as Frappe's own commands run. The report is FOLDER/bench.xml.
# What the tests start must not inherit the lock.
run_pytest() {
	local site=$1 folder=$2 arguments=()
	shift 2
	read -r -a arguments <<<"${ERP_CONNECT_PYTEST_ARGS:-}"
	as_bench mkdir -p "$folder"
	as_user "$BENCH_PATH/sites" env SITE="$site" PAIR_SITE="$(pair_of "$site")" BENCH_PATH="$BENCH_PATH" \
		HYPOTHESIS_STORAGE_DIRECTORY="$folder" \
		timeout "${ERP_CONNECT_TEST_TIMEOUT:-3600}" \
		../env/bin/python -m pytest "$@" -q -p no:cacheprovider \
		-o faulthandler_timeout=300 --junitxml="$folder/bench.xml" "${arguments[@]}" </dev/null 9>&-
}

# files_of FILES [PATTERN]: the test files of one of the parts beside, or what none of them takes.
files_of() {
	local none
	none=$(IFS='|' && echo "${BESIDE[*]}")
	if [ -n "${2:-}" ]; then grep -E "$2" <<<"$1"; else grep -Ev "$none" <<<"$1"; fi | sed "s|^|../apps/$APP/|"
}

# run_parts FOLDER: all parts at once; what the others say comes after the first. Fails if one does.
run_parts() {
	local work=$1 code=0 part_code all part files
	all=$(cd "$REPO_DIR" && find "$APP/tests/bench" -name 'test_*.py' | sort)
	for part in "${!BESIDE[@]}"; do
		mapfile -t files < <(files_of "$all" "${BESIDE[part]}")
		run_pytest "$(part_site "$part")" "$work/part$part" "${files[@]}" >"$OUTPUTS/$part" 2>&1 &
		RUNNING[$part]=$!
	done
	mapfile -t files < <(files_of "$all")
	attended run_pytest "$SITE" "$work/first" "${files[@]}" || code=$?
	for part in "${!BESIDE[@]}"; do
		part_code=0
		wait_for_part "$part" || part_code=$?
		if [ "$code" -eq 0 ]; then code=$part_code; fi
	done
	return "$code"
}

# report FOLDER: all reports below FOLDER as one. A part that left none has failed, and its exit code says so.
report() {
	printf '<testsuites>\n'
	as_bench find "$1" -name bench.xml -exec sed -e '/^<?xml/s/<?xml[^>]*?>//' -e 's|</\{0,1\}testsuites[^>]*>||g' {} +
	printf '</testsuites>\n'
}

# explain_end EXIT_CODE: pytest has said which tests failed; only other ends need words.
explain_end() {
	case "$1" in
	0) ;;
	1) exit "$EXPLAINED" ;;
	124) die "the tests took longer than ${ERP_CONNECT_TEST_TIMEOUT:-3600} s: raise ERP_CONNECT_TEST_TIMEOUT, or see what hangs" ;;
	*) die "pytest ended with exit code $1: see the messages above, then start again" ;;
	esac
}

tidy() {
	local process
	for process in "${RUNNING[@]}"; do end_tree "$process"; done
	rm -rf "$OUTPUTS"
	[ -z "$WORK" ] || as_bench rm -rf "$WORK"
}

main() {
	local code=0
	begin
	take_lock
	if grep -qx hrms "$BENCH_PATH/sites/apps.txt" 2>/dev/null; then BESIDE+=("$HR_TESTS"); fi
	OUTPUTS=$(mktemp -d)
	AT_EXIT+=(tidy)
	prepare
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	say "Tests on $BENCH_PATH (Frappe $(version_at "$BENCH_PATH"))"
	WORK=$(as_bench mktemp -d /tmp/erp_connect-test.XXXXXX)
	if [ -n "${ERP_CONNECT_PYTEST_ARGS:-}" ]; then
		attended run_pytest "$SITE" "$WORK/all" "../apps/$APP/$APP/tests/bench" || code=$?
	else
		run_parts "$WORK" || code=$?
	fi
	report "$WORK" >"$JUNIT"
	explain_end "$code"
}

main
