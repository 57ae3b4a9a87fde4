# shellcheck shell=bash
# Shared by the helper scripts: where the bench is, who owns it, and how to run a command in it.
# Sourcing this file changes nothing on the machine.

HELPER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO_DIR=$(cd "$HELPER_DIR/../.." && pwd)
APP=erp_connect
# No exit code that a program is likely to end with.
NO_BENCH_POSSIBLE=98
export REPO_DIR APP NO_BENCH_POSSIBLE

have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

as_root() {
	if is_root; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "'$*' needs root: run it as root, or install sudo, then start again"
	fi
}

home_of() {
	if [ "$1" = "$(id -un)" ]; then echo "$HOME"; else getent passwd "$1" 2>/dev/null | cut -d: -f6; fi
}

# shellcheck source=steps.sh
source "$HELPER_DIR/steps.sh"
# shellcheck source=benches.sh
source "$HELPER_DIR/benches.sh"

GIVEN_BENCH_PATH=${BENCH_PATH:-}
BENCH_PATH=$(find_bench_path)
BENCH_USER=$(find_bench_user)
export BENCH_PATH BENCH_USER

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

# bench_install PACKAGES...: into the environment of the bench, which has no pip where uv made it.
bench_install() {
	if as_bench env/bin/python -m pip --version >/dev/null 2>&1; then
		quietly as_bench env/bin/python -m pip install --quiet --disable-pip-version-check "$@"
	else
		quietly as_bench uv pip install --quiet --python env/bin/python "$@"
	fi
}

# conf KEY DEFAULT: a setting of all sites of the bench.
conf() { json_value "$1" "$2" <"$(common_config)"; }

common_config() {
	local file=$BENCH_PATH/sites/common_site_config.json
	if [ -f "$file" ]; then echo "$file"; else echo /dev/null; fi
}

# json_value KEY DEFAULT: out of the JSON object on standard input. What is no JSON has no values.
json_value() {
	python3 -c '
import json, sys

key, default = sys.argv[1:]
try:
	value = json.load(sys.stdin).get(key)
except (ValueError, AttributeError):
	value = None
print(default if value in (None, "") else value)
' "$1" "$2"
}

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
	die "$what did not answer within $seconds seconds: look for the reason in its log, then start again"
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
		attended flock -w 3600 9 || die "another run has held $BENCH_PATH for an hour: end it, then start again"
	fi
	export ERP_CONNECT_LOCK_HELD=1
}
