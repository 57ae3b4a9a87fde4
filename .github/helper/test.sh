#!/usr/bin/env bash
# Runs the tests: test.sh [unit] [bench] | lint | format. The last line is the total of all stages.
# ERP_CONNECT_REQUIRE_BENCH=1 makes a missing bench a failure instead of a skip.
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
	"$@" || code=$?
	record "$name" "$code" "$junit"
}

lint() {
	step "ruff check" "" "$VENV/bin/ruff" check .
	step "ruff format" "" "$VENV/bin/ruff" format --check .
	step "shell syntax" "" bash -c 'for file in .ci/run .github/helper/*.sh; do bash -n "$file" || exit 1; done'
}

stage_unit() {
	ensure_venv
	lint
	step "unit tests" "$RESULTS/unit.xml" \
		"$VENV/bin/python" -m pytest erp_connect/tests/unit -q --junitxml="$RESULTS/unit.xml"
}

# A bench that is already there is used; one is made only where the caller insists on stage 2.
stage_bench() {
	local code=0
	if bench_exists || [ -n "${ERP_CONNECT_REQUIRE_BENCH:-}" ]; then
		say "bench tests"
		bash "$HELPER_DIR/test_bench.sh" "$RESULTS/bench.xml" || code=$?
		record "bench tests" "$code" "$RESULTS/bench.xml"
	else
		skip_bench
	fi
}

skip_bench() {
	cat <<-TEXT

		************************************************************************************
		STAGE 2 SKIPPED: there is no bench with ERPNext at $BENCH_PATH.
		The tests on a real site did not run. Set BENCH_PATH to a bench, or 'make setup' makes
		one, then 'make test-bench'.
		************************************************************************************

	TEXT
	record "bench tests" skip
}

total() { python3 "$HELPER_DIR/total.py" "$RESULTS/steps.tsv"; }

main() {
	local stage
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
	total
}

main "$@"
