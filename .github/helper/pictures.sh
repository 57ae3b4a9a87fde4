#!/usr/bin/env bash
# The pictures of README and docs, taken anew with Chromium on a site of their own, into docs/pictures/.
# ERP_CONNECT_PICTURES="event flow" takes only these.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SITE=scratch-erp-connect-pictures.localhost

main() {
	local taken names
	begin
	take_lock
	attended bash "$HELPER_DIR/setup.sh" bench services app test-tools keep-site "$SITE"
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	say "Taking pictures on $SITE"
	advise "see the messages above, then start again"
	taken=$(as_bench mktemp -d)
	read -ra names <<<"${ERP_CONNECT_PICTURES:-}"
	attended as_user "$BENCH_PATH/sites" "$BENCH_PATH/env/bin/python" "$BENCH_PATH/apps/$APP/demo/pictures/take.py" \
		"$SITE" "$taken" ${names[@]+"${names[@]}"} 9>&-
	cp "$taken"/*.png "$REPO_DIR/docs/pictures/"
	as_bench rm -rf "$taken"
}

main
