#!/usr/bin/env bash
# Sets a machine up for erp_connect: a bench with ERPNext, its services, this app in it, scratch sites.
# Safe to run again, also after it was broken off. Looks at BENCH_PATH, BENCH_PATHS, DB_ROOT_PASSWORD, ADMIN_PASSWORD,
# FRAPPE_BRANCH, FRAPPE_REPO, ERPNEXT_REPO and PYTHON. Exits with 98 where no bench can be had.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=new_bench.sh
source "$HELPER_DIR/new_bench.sh"
# shellcheck source=services.sh
source "$HELPER_DIR/services.sh"
# shellcheck source=database.sh
source "$HELPER_DIR/database.sh"
# shellcheck source=app.sh
source "$HELPER_DIR/app.sh"
# shellcheck source=site.sh
source "$HELPER_DIR/site.sh"
# shellcheck source=tools.sh
source "$HELPER_DIR/tools.sh"

usage() {
	cat >&2 <<-'TEXT'
		usage: setup.sh STEP...
		  path               print where the bench is, or would be
		  bench              find the bench, or make one from the official repositories
		  services           MariaDB and Redis: install and start what is missing
		  app                put this checkout into the bench
		  test-tools         what the tests need: Python packages, a browser, wkhtmltopdf
		  site NAME          a fresh site with ERPNext, the app and a company
		  keep-site NAME     the same, but an existing site is only migrated
		  twin NAME SOURCE   a scratch site with the content of another site
		  add-app NAME APP   install an app of the bench on a scratch site
		  drop NAME          drop a scratch site
	TEXT
	exit "$EXPLAINED"
}

# step STEP [NAME [SOURCE or APP]]: leaves in USED how many words it took.
step() {
	USED=1
	case "$1" in
	path) echo "$BENCH_PATH" ;;
	bench) ensure_bench ;;
	services) ensure_services ;;
	app) ensure_app ;;
	test-tools) ensure_test_tools ;;
	site | keep-site | drop | twin | add-app) site_step "$@" ;;
	*) usage ;;
	esac
}

site_step() {
	USED=2
	case "$1" in twin | add-app) USED=3 ;; esac
	[ $# -ge "$USED" ] || usage
	need_bench
	case "$1" in
	site) make_site "$2" ;;
	keep-site) keep_site "$2" ;;
	drop) drop_site "$2" ;;
	twin) twin_site "$2" "$3" ;;
	add-app) add_app "$2" "$3" ;;
	esac
}

main() {
	begin
	[ $# -gt 0 ] || usage
	if [ "$1" != path ]; then take_lock; fi
	# Nothing that runs from here on may wait for somebody to answer a question.
	exec </dev/null
	while [ $# -gt 0 ]; do
		step "$@"
		shift "$USED"
	done
}

main "$@"
