#!/usr/bin/env bash
# Runs the tests: test.sh [unit] [bench] | lint | format. The last line is the total of all stages.
# Stage 2 runs on every bench there is, one after the other. Where there is none it is left out, loudly:
#   ERP_CONNECT_MAKE_BENCH=1 tries to make one first; ERP_CONNECT_REQUIRE_BENCH=1 does, and fails where it cannot.
# A bench that is there and does not work is a failure in any case.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=venv.sh
source "$HELPER_DIR/venv.sh"
RESULTS=$REPO_DIR/.test-results
cd "$REPO_DIR"

# record NAME EXIT_CODE [JUNIT_FILE]: one step of the run, added up by total.py at the end.
record() { printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$RESULTS/steps.tsv"; }

# step NAME JUNIT_FILE COMMAND...: runs and records; a failure does not end the run.
step() {
	local name=$1 junit=$2 code=0
	shift 2
	say "$name"
	attended "$@" || code=$?
	record "$name" "$code" "$junit"
}

lint() {
	step "ruff check" "" "$VENV/bin/ruff" check .
	step "ruff format" "" "$VENV/bin/ruff" format --check .
	step "shell syntax" "" bash -c 'for file in .ci/run .github/helper/*.sh; do bash -n "$file" || exit 1; done'
	if have shellcheck; then step "shellcheck" "" shellcheck .ci/run .github/helper/*.sh; fi
}

stage_unit() {
	ensure_venv
	lint
	step "unit tests" "$RESULTS/unit.xml" \
		"$VENV/bin/python" -m pytest erp_connect/tests/unit .github/helper/test_scripts.py -q \
		--numprocesses auto --dist worksteal --junitxml="$RESULTS/unit.xml"
}

stage_bench() {
	local benches bench
	mapfile -t benches < <(every_bench)
	if [ ${#benches[@]} -eq 0 ] && wants_new_bench && make_bench; then benches=("$BENCH_PATH"); fi
	for bench in ${benches[@]+"${benches[@]}"}; do bench_tests "$bench"; done
	if [ ${#benches[@]} -eq 0 ]; then without_bench; fi
}

# bench_tests PATH: a script of its own, since another bench may have another owner.
bench_tests() {
	local name code=0 junit
	name="bench tests, Frappe $(version_at "$1" | cut -d. -f1) ($1)"
	junit=$RESULTS/bench$(tr -c 'a-zA-Z0-9\n' - <<<"$1").xml
	say "$name"
	attended env BENCH_PATH="$1" bash "$HELPER_DIR/test_bench.sh" "$junit" || code=$?
	record "$name" "$code" "$junit"
}

wants_new_bench() { [ -n "${ERP_CONNECT_MAKE_BENCH:-}${ERP_CONNECT_REQUIRE_BENCH:-}" ]; }
make_bench() { attended bash "$HELPER_DIR/setup.sh" bench; }

without_bench() {
	if [ -n "${ERP_CONNECT_REQUIRE_BENCH:-}" ]; then
		record "bench tests" 1
	else
		skip_bench
		record "bench tests" skip
	fi
}

skip_bench() {
	cat <<-TEXT

		************************************************************************************
		STAGE 2 LEFT OUT: there is no bench with ERPNext at $BENCH_PATH$(wants_new_bench && echo ", and none could be made").
		The tests on a real site did NOT run. Set BENCH_PATH to a bench, or 'make setup' makes
		one, then 'make test-bench'.
		************************************************************************************

	TEXT
}

total() { python3 "$HELPER_DIR/total.py" "$RESULTS/steps.tsv"; }

main() {
	local stage
	begin
	rm -rf "$RESULTS"
	mkdir -p "$RESULTS"
	for stage in "${@:-unit}"; do
		case "$stage" in
		unit) stage_unit ;;
		bench) stage_bench ;;
		lint) ensure_venv && lint ;;
		format)
			ensure_venv
			"$VENV/bin/ruff" check --fix .
			"$VENV/bin/ruff" format .
			return
			;;
		*) die "unknown stage: $stage (unit, bench, lint or format)" ;;
		esac
	done
	# The total is the last line: what failed is above it.
	total || exit "$EXPLAINED"
}

main "$@"
