#!/usr/bin/env bash
# The measurements of benchmarks/, on a site of their own. ERP_CONNECT_BENCH_LOG_ROWS=1 leaves the log with a
# million rows out; ERP_CONNECT_BENCH_DELIVERIES, _WEBHOOKS, _SAVES, _ORDERS and
# _PUNCHES (with Frappe HR) change how much is measured;
# ERP_CONNECT_BENCH_ONLY=deliveries,inbound,pulls,orders,people,log only these sections.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SITE=scratch-erp-connect-bench.localhost

# Loopback is opened for this site alone; its scheduler stays off, so that nothing else runs meanwhile.
configure() {
	frappe_cmd --site "$SITE" set-config --parse erp_connect_allowed_networks '["127.0.0.0/8"]'
	frappe_cmd --site "$SITE" set-config --parse pause_scheduler 1
}

main() {
	begin
	take_lock
	attended bash "$HELPER_DIR/setup.sh" bench services app keep-site "$SITE"
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	if grep -qx hrms "$BENCH_PATH/sites/apps.txt"; then attended bash "$HELPER_DIR/setup.sh" add-app "$SITE" hrms; fi
	configure
	say "Measuring on $SITE"
	advise "see the messages above, then start again"
	attended as_user "$BENCH_PATH/sites" "$BENCH_PATH/env/bin/python" "$BENCH_PATH/apps/$APP/benchmarks/run.py" "$SITE" 9>&-
}

main
