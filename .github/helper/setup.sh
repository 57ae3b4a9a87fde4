#!/usr/bin/env bash
# Sets a machine up for erp_connect: a bench with ERPNext, its services, this app in it, scratch sites.
# Safe to run again. Looks at BENCH_PATH, DB_ROOT_PASSWORD, ADMIN_PASSWORD, FRAPPE_BRANCH, FRAPPE_REPO,
# ERPNEXT_REPO and PYTHON. Exits with 3 where no bench can be had.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=services.sh
source "$HELPER_DIR/services.sh"
# shellcheck source=database.sh
source "$HELPER_DIR/database.sh"
# shellcheck source=app.sh
source "$HELPER_DIR/app.sh"
# shellcheck source=site.sh
source "$HELPER_DIR/site.sh"

FRAPPE_BRANCH=${FRAPPE_BRANCH:-version-15}
FRAPPE_REPO=${FRAPPE_REPO:-https://github.com/frappe/frappe}
ERPNEXT_REPO=${ERPNEXT_REPO:-https://github.com/frappe/erpnext}

usage() {
	cat <<-'TEXT'
		usage: setup.sh STEP...
		  path               print where the bench is, or would be
		  bench              find the bench, or make one from the official repositories
		  services           MariaDB and Redis: install and start what is missing
		  app                put this checkout into the bench
		  site NAME          a fresh site with ERPNext, the app and a company
		  keep-site NAME     the same, but an existing site is only migrated
		  twin NAME SOURCE   a scratch site with the content of another site
		  drop NAME          drop a scratch site
	TEXT
}

repositories_answer() {
	have git || install_packages git
	timeout 40 env GIT_TERMINAL_PROMPT=0 git ls-remote --exit-code --heads "$FRAPPE_REPO" "$FRAPPE_BRANCH" >/dev/null 2>&1 &&
		timeout 40 env GIT_TERMINAL_PROMPT=0 git ls-remote --exit-code --heads "$ERPNEXT_REPO" "$FRAPPE_BRANCH" >/dev/null 2>&1
}

no_bench_possible() {
	cat >&2 <<-TEXT

		No bench here, and none can be made: there is none at $BENCH_PATH, and the repositories
		$FRAPPE_REPO and $ERPNEXT_REPO (branch $FRAPPE_BRANCH) are out of reach from
		this machine. Point BENCH_PATH at an existing bench with ERPNext, or FRAPPE_REPO and ERPNEXT_REPO
		at copies you can reach, and start again.

	TEXT
	exit "$NO_BENCH_POSSIBLE"
}

bench_tool_dir() { echo "$(home_of "$BENCH_USER")/.local/share/$APP/bench-cli"; }

bench_cli() {
	local own
	own=$(bench_tool_dir)/bin/bench
	if as_user / test -x "$own"; then as_bench "$own" "$@"; else as_bench bench "$@"; fi
}

make_bench_user() {
	if id "$BENCH_USER" >/dev/null 2>&1; then return 0; fi
	say "Creating the user $BENCH_USER, who owns the bench"
	as_root useradd --create-home --shell /bin/bash "$BENCH_USER"
}

ensure_tools() {
	have apt-get || have dnf || note "No apt-get or dnf: git, python3, node, yarn, MariaDB and Redis must be there already."
	if have apt-get || have dnf; then
		install_packages git build-essential python3-dev python3-venv pkg-config libmariadb-dev libffi-dev \
			libssl-dev redis-server mariadb-client
		have node || install_packages nodejs npm
	fi
	have yarn || as_root npm install --global --silent yarn
}

ensure_bench_cli() {
	local own
	own=$(bench_tool_dir)
	if as_user / sh -c 'command -v bench' >/dev/null 2>&1 || as_user / test -x "$own/bin/bench"; then return 0; fi
	say "Installing the bench program"
	as_user / "${PYTHON:-python3}" -m venv "$own"
	as_user / "$own/bin/pip" install --quiet frappe-bench
}

ensure_bench() {
	if bench_exists; then
		note "bench: $BENCH_PATH (owned by $BENCH_USER)"
		return 0
	fi
	repositories_answer || no_bench_possible
	ensure_tools
	make_bench_user
	ensure_bench_cli
	init_bench
}

init_bench() {
	local options=(--frappe-branch "$FRAPPE_BRANCH" --frappe-path "$FRAPPE_REPO") own command
	if [ -n "${PYTHON:-}" ]; then options+=(--python "$PYTHON"); fi
	if [ -n "${SKIP_ASSETS:-}" ]; then options+=(--skip-assets); fi
	own=$(bench_tool_dir)/bin/bench
	command=bench
	if as_user / test -x "$own"; then command=$own; fi
	say "Making a bench at $BENCH_PATH (some minutes)"
	if [ ! -d "$BENCH_PATH/apps/frappe" ]; then
		as_user "$(dirname "$BENCH_PATH")" "$command" init "${options[@]}" "$BENCH_PATH" </dev/null
	fi
	if [ ! -d "$BENCH_PATH/apps/erpnext" ]; then
		bench_cli get-app --branch "$FRAPPE_BRANCH" "$ERPNEXT_REPO" </dev/null
	fi
	bench_exists || die "bench init ended without a usable bench at $BENCH_PATH: see the messages above"
}

main() {
	[ $# -gt 0 ] || { usage && exit 2; }
	if [ "$1" != path ]; then take_lock; fi
	while [ $# -gt 0 ]; do
		case "$1" in
		path) echo "$BENCH_PATH" ;;
		bench) ensure_bench ;;
		services) ensure_services ;;
		app) ensure_app ;;
		site | keep-site | drop)
			[ $# -gt 1 ] || { usage && exit 2; }
			bench_exists || die "no bench at $BENCH_PATH: run 'make setup', or set BENCH_PATH"
			case "$1" in site) make_site "$2" ;; keep-site) keep_site "$2" ;; drop) drop_site "$2" ;; esac
			shift
			;;
		twin)
			[ $# -gt 2 ] || { usage && exit 2; }
			bench_exists || die "no bench at $BENCH_PATH: run 'make setup', or set BENCH_PATH"
			twin_site "$2" "$3"
			shift 2
			;;
		*) usage && exit 2 ;;
		esac
		shift
	done
}

main "$@"
