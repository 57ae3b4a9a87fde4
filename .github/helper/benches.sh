# shellcheck shell=bash
# Sourced by lib.sh. Which benches there are, who owns them, and whether they work.
#
# BENCH_PATH names one bench, BENCH_PATHS several (with colons between them, as in PATH). Without either it
# is ~/frappe-bench; for root, who has no bench of their own as a rule, also /home/*/frappe-bench.

candidates() {
	if [ -n "${BENCH_PATHS:-}" ]; then
		tr ':' '\n' <<<"$BENCH_PATHS" | sed -e 's|/*$||' -e '/^$/d'
	else
		echo "$HOME/frappe-bench"
		if is_root; then printf '%s\n' /home/*/frappe-bench | grep -Fv '*' || true; fi
	fi
}

# The bench for scripts that work on one: $BENCH_PATH, else the first one there, else where one would be made.
find_bench_path() {
	local path
	if [ -n "${BENCH_PATH:-}" ]; then
		echo "${BENCH_PATH%/}"
		return
	fi
	while read -r path; do
		if [ -d "$path/apps/frappe" ]; then
			echo "$path"
			return
		fi
	done < <(candidates)
	new_bench_path
}

# Root makes a bench in the home of the user frappe: a bench does not run as root.
new_bench_path() {
	local home
	if [ -n "${BENCH_PATHS:-}" ]; then
		candidates | head -n 1
	elif is_root; then
		home=$(home_of frappe)
		echo "${home:-/home/frappe}/frappe-bench"
	else
		echo "$HOME/frappe-bench"
	fi
}

# The owner of the bench; of a new one, for root, the owner of the folder around it, else the user frappe.
find_bench_user() {
	local owner
	if [ -d "$BENCH_PATH" ]; then
		owner_of "$BENCH_PATH"
	elif is_root; then
		owner=$(owner_of "$(dirname "$BENCH_PATH")" 2>/dev/null || echo root)
		if [ "$owner" = root ]; then echo frappe; else echo "$owner"; fi
	else
		id -un
	fi
}

owner_of() { stat -c %U "$1" 2>/dev/null || stat -f %Su "$1"; }

# every_bench: the paths of all benches there are, whole or broken. What is only half made does not count.
every_bench() {
	local path
	if [ -n "$GIVEN_BENCH_PATH" ]; then
		echo "$BENCH_PATH"
	else
		candidates
	fi | while read -r path; do
		if [ "$(state_at "$path")" != none ]; then echo "$path"; fi
	done
}

# state_at PATH: none, whole or broken. A bench whose making by our hands was broken off is none yet, and so
# is a bench without ERPNext, which can be added.
state_at() {
	if [ ! -e "$1" ] || [ -f "$(bench_mark "$1")" ] || [ -z "$(ls -A "$1" 2>/dev/null)" ]; then
		echo none
	elif [ -d "$1/apps/frappe/frappe" ] && [ ! -e "$1/apps/erpnext" ]; then
		echo none
	elif [ -d "$1/apps/frappe/frappe" ] && [ -d "$1/apps/erpnext/erpnext" ] && [ -x "$1/env/bin/python" ]; then
		echo whole
	else
		echo broken
	fi
}

# Beside the bench, since `bench init` insists on a folder that is not there. It names what was being made.
bench_mark() { echo "${1:-$BENCH_PATH}.making"; }

bench_exists() { [ "$(state_at "$BENCH_PATH")" = whole ]; }

need_bench() { bench_exists || die "no bench with ERPNext at $BENCH_PATH: run 'make setup', or set BENCH_PATH"; }

# why_not_working: the reason why the bench that is there cannot be used; nothing where it can.
why_not_working() {
	local said
	if [ "$(state_at "$BENCH_PATH")" != whole ]; then
		echo "apps/frappe, apps/erpnext or env/bin/python is missing"
	elif ! said=$(as_user "$BENCH_PATH/sites" ../env/bin/python -c 'import frappe, erpnext' 2>&1); then
		tail -n 1 <<<"$said"
	fi
}

# version_at PATH: of the Frappe in that bench, such as 15.80.0; a question mark where that cannot be read.
version_at() {
	local version
	version=$(sed -n "s/^__version__ = [\"']\(.*\)[\"'].*/\1/p" "$1/apps/frappe/frappe/__init__.py" 2>/dev/null || true)
	echo "${version:-?}"
}
