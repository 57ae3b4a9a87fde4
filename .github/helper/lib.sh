# shellcheck shell=bash
# Shared by the helper scripts: where the bench is, who owns it, and how to run a command in it.
# Sourcing this file changes nothing on the machine.

HELPER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO_DIR=$(cd "$HELPER_DIR/../.." && pwd)
APP=erp_connect
NO_BENCH_POSSIBLE=3
export REPO_DIR APP NO_BENCH_POSSIBLE

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

as_root() {
	if is_root; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "this needs root: run as root, or install sudo, then start again ($*)"
	fi
}

home_of() {
	if [ "$1" = "$(id -un)" ]; then echo "$HOME"; else getent passwd "$1" 2>/dev/null | cut -d: -f6; fi
}

# $BENCH_PATH, else a bench in our own home, else (for root) the one of the user "frappe".
find_bench_path() {
	if [ -n "${BENCH_PATH:-}" ]; then
		echo "${BENCH_PATH%/}"
	elif ! is_root || [ -d "$HOME/frappe-bench/apps/frappe" ]; then
		echo "$HOME/frappe-bench"
	else
		local home
		home=$(home_of frappe)
		echo "${home:-/home/frappe}/frappe-bench"
	fi
}

# The owner of the bench; root never runs a bench of its own making.
find_bench_user() {
	if [ -d "$BENCH_PATH" ]; then
		stat -c %U "$BENCH_PATH" 2>/dev/null || stat -f %Su "$BENCH_PATH"
	elif is_root; then
		echo frappe
	else
		id -un
	fi
}

BENCH_PATH=$(find_bench_path)
BENCH_USER=$(find_bench_user)
export BENCH_PATH BENCH_USER

bench_exists() {
	[ -d "$BENCH_PATH/apps/frappe/frappe" ] && [ -d "$BENCH_PATH/apps/erpnext/erpnext" ] &&
		[ -x "$BENCH_PATH/env/bin/python" ]
}

# The settings of the caller which a command of another user needs too: certificates, proxies, our own.
passed_on() {
	env | grep -E '^(PIP_[A-Z_]+|UV_[A-Z_]+|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|CI|LANG|TERM|[a-zA-Z]+_proxy|[A-Z]+_PROXY|ERP_CONNECT_[A-Z_]+)=' || true
}

# as_user DIRECTORY COMMAND...: runs the command in the directory as the owner of the bench.
as_user() {
	local directory=$1 home settings=()
	shift
	local run=(sh -c 'cd "$1" && shift && exec "$@"' sh "$directory" "$@")
	if [ "$(id -un)" = "$BENCH_USER" ]; then
		"${run[@]}"
		return
	fi
	home=$(home_of "$BENCH_USER")
	mapfile -t settings < <(passed_on)
	settings+=("HOME=$home" "USER=$BENCH_USER" "LOGNAME=$BENCH_USER" "BENCH_PATH=$BENCH_PATH")
	settings+=("PATH=$home/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH")
	if is_root; then
		runuser -u "$BENCH_USER" -- env -i "${settings[@]}" "${run[@]}"
	else
		as_root -u "$BENCH_USER" env -i "${settings[@]}" "${run[@]}"
	fi
}

as_bench() { as_user "$BENCH_PATH" "$@"; }

# A command of Frappe itself (`bench new-site`, `bench --site X migrate`, ...), without the bench program.
frappe_cmd() {
	as_user "$BENCH_PATH/sites" "$BENCH_PATH/env/bin/python" -m frappe.utils.bench_helper frappe "$@"
}

bench_pip() {
	if as_bench env/bin/python -m pip --version >/dev/null 2>&1; then
		as_bench env/bin/python -m pip "$@"
	else
		as_bench uv pip --python env/bin/python "$@"
	fi
}

# conf KEY DEFAULT: a setting of all sites of the bench.
conf() {
	python3 -c '
import json, sys

path, key, default = sys.argv[1:]
try:
	with open(path) as file:
		value = json.load(file).get(key)
except FileNotFoundError:
	value = None
print(default if value in (None, "") else value)
' "$BENCH_PATH/sites/common_site_config.json" "$1" "$2"
}

site_exists() { [ -f "$BENCH_PATH/sites/$1/site_config.json" ]; }

port_answers() {
	timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>/dev/null
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	local seconds=$1 what=$2 _
	shift 2
	for _ in $(seq "$seconds"); do
		if "$@"; then return 0; fi
		sleep 1
	done
	die "$what did not answer within $seconds seconds"
}

# One run at a time per bench. The lock is on the folder that holds the bench, so it needs no file of
# its own; it ends with this process. Whatever is started to stay must close descriptor 9 (9>&-).
take_lock() {
	local folder
	folder=$(dirname "$BENCH_PATH")
	if [ -n "${ERP_CONNECT_LOCK_HELD:-}" ] || ! have flock || [ ! -r "$folder" ]; then return 0; fi
	exec 9<"$folder"
	if ! flock -n 9; then
		note "another run works on $BENCH_PATH: waiting for it to end"
		flock -w 3600 9 || die "another run has held $BENCH_PATH for an hour"
	fi
	export ERP_CONNECT_LOCK_HELD=1
}
