#!/usr/bin/env bash
# Stage 2: test_bench.sh JUNIT_FILE. Runs erp_connect/tests/bench on a test site of the bench.
# The site is made anew for each run; ERP_CONNECT_REUSE_SITE=1 keeps it and only migrates.
# ERP_CONNECT_PYTEST_ARGS holds further arguments for pytest, ERP_CONNECT_TEST_SITE another site name.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
JUNIT=${1:?usage: test_bench.sh JUNIT_FILE}
SITE=${ERP_CONNECT_TEST_SITE:-test-erp-connect.localhost}
# The other ERPNext of the tests: test-erp-connect-pair.localhost.
PAIR_SITE=${SITE%%.*}-pair.${SITE#*.}
PACKAGES=(pytest hypothesis responses standardwebhooks trustme selenium)

prepare() {
	local how=site
	if [ -n "${ERP_CONNECT_REUSE_SITE:-}" ]; then how=keep-site; fi
	bash "$HELPER_DIR/setup.sh" bench services app "$how" "$SITE" twin "$PAIR_SITE" "$SITE"
	as_bench env/bin/python -c 'import pytest, hypothesis, responses, standardwebhooks, trustme, selenium' 2>/dev/null ||
		bench_pip install --quiet --disable-pip-version-check "${PACKAGES[@]}"
}

# In sites/, as Frappe's own commands run. What the tests start must not inherit the lock.
run_pytest() {
	local work=$1 arguments=()
	read -r -a arguments <<<"${ERP_CONNECT_PYTEST_ARGS:-}"
	as_user "$BENCH_PATH/sites" env SITE="$SITE" PAIR_SITE="$PAIR_SITE" BENCH_PATH="$BENCH_PATH" \
		HYPOTHESIS_STORAGE_DIRECTORY="$work" \
		timeout "${ERP_CONNECT_TEST_TIMEOUT:-3600}" \
		../env/bin/python -m pytest "../apps/$APP/$APP/tests/bench" -q -p no:cacheprovider \
		-o faulthandler_timeout=300 --junitxml="$work/bench.xml" "${arguments[@]}" </dev/null 9>&-
}

main() {
	local work code=0
	take_lock
	prepare
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	work=$(as_bench mktemp -d /tmp/erp_connect-test.XXXXXX)
	run_pytest "$work" || code=$?
	as_bench sh -c 'cat "$1" 2>/dev/null || true' sh "$work/bench.xml" >"$JUNIT"
	as_bench rm -rf "$work"
	return "$code"
}

main
