# shellcheck shell=bash
# Sourced by setup.sh. Makes a bench from the official repositories, or says why that cannot be.

FRAPPE_BRANCH=${FRAPPE_BRANCH:-version-15}
FRAPPE_REPO=${FRAPPE_REPO:-https://github.com/frappe/frappe}
ERPNEXT_REPO=${ERPNEXT_REPO:-https://github.com/frappe/erpnext}

ensure_bench() {
	local fault
	if [ "$(state_at "$BENCH_PATH")" != none ]; then
		fault=$(why_not_working)
		[ -z "$fault" ] || die "the bench at $BENCH_PATH does not work ($fault): repair it or move it away, then start again"
		note "bench: $BENCH_PATH (Frappe $(version_at "$BENCH_PATH"), owned by $BENCH_USER)"
		return
	fi
	repositories_answer || no_bench_possible
	ensure_tools
	make_bench_user
	choose_python
	check_node
	ensure_bench_cli
	init_bench
	add_erpnext
}

repositories_answer() {
	have git || install_packages git
	repository_answers "$FRAPPE_REPO" && repository_answers "$ERPNEXT_REPO"
}

repository_answers() {
	timeout 40 env GIT_TERMINAL_PROMPT=0 git ls-remote --exit-code --heads "$1" "$FRAPPE_BRANCH" >/dev/null 2>&1
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

ensure_tools() {
	if have apt-get || have dnf; then
		install_packages git build-essential python3-dev python3-venv pkg-config libmariadb-dev libffi-dev \
			libssl-dev redis-server mariadb-client
		have node || install_packages nodejs npm
	else
		note "No apt-get or dnf: git, python3, node, yarn, MariaDB and Redis must be there already."
	fi
	have yarn || quietly as_root npm install --global --silent yarn
}

make_bench_user() {
	if ! id "$BENCH_USER" >/dev/null 2>&1; then
		say "Creating the user $BENCH_USER, who owns the bench"
		as_root useradd --create-home --shell /bin/bash "$BENCH_USER"
	fi
	[ -d "$(dirname "$BENCH_PATH")" ] || as_root install -d -o "$BENCH_USER" "$(dirname "$BENCH_PATH")"
}

# wanted: of Python at least and below, of Node at least, as the branch of Frappe wants them.
wanted() {
	case "$FRAPPE_BRANCH" in
	version-15*) echo "3.10 3.14 18" ;;
	version-16*) echo "3.14 3.15 24" ;;
	*) echo "3.14 4 24" ;;
	esac
}

# choose_python: leaves in PYTHON one that the branch of Frappe can use.
choose_python() {
	local least below candidate found=""
	read -r least below _ < <(wanted)
	for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
		if python_fits "$candidate" "$least" "$below"; then
			PYTHON=$candidate
			return
		fi
		found=${found:-$(as_user / "$candidate" --version 2>/dev/null || true)}
	done
	die "Frappe of $FRAPPE_BRANCH wants a Python from $least and below $below, and for $BENCH_USER there is ${found:-none}:" \
		"install one ('uv python install $least', for example), then start again with PYTHON=/path/to/it"
}

python_fits() {
	as_user / "$1" -c '
import sys

least, below = (tuple(map(int, text.split("."))) for text in sys.argv[1:])
sys.exit(not least <= sys.version_info < below)
' "$2" "$3" 2>/dev/null
}

check_node() {
	local least found
	read -r _ _ least < <(wanted)
	found=$(as_user / node --version 2>/dev/null || true)
	found=${found#v}
	[ "${found%%.*}" -ge "$least" ] 2>/dev/null ||
		die "Frappe of $FRAPPE_BRANCH wants Node $least or newer, and for $BENCH_USER there is ${found:-none}:" \
			"install it (https://nodejs.org) where PATH finds it first, then start again"
}

bench_tool_dir() { echo "$(home_of "$BENCH_USER")/.local/share/$APP/bench-cli"; }

bench_program() {
	local own
	own=$(bench_tool_dir)/bin/bench
	if as_user / test -x "$own"; then echo "$own"; else echo bench; fi
}

bench_cli() { as_bench "$(bench_program)" "$@"; }

ensure_bench_cli() {
	local own
	own=$(bench_tool_dir)
	if as_user / sh -c 'command -v bench' >/dev/null 2>&1 || as_user / test -x "$own/bin/bench"; then return 0; fi
	say "Installing the bench program"
	advise "see whether the package index is out of reach, then start again"
	quietly as_user / "$PYTHON" -m venv --clear "$own"
	quietly as_user / "$own/bin/pip" install --quiet frappe-bench
}

# half_made WHAT / begin_making WHAT / end_making: which part of the bench is being made, in case that is broken off.
half_made() { [ "$(cat "$(bench_mark)" 2>/dev/null)" = "$1" ]; }
begin_making() { as_user / sh -c 'echo "$2" >"$1"' sh "$(bench_mark)" "$1"; }
end_making() { as_user / rm -f "$(bench_mark)"; }

init_bench() {
	local options=(--frappe-branch "$FRAPPE_BRANCH" --frappe-path "$FRAPPE_REPO" --python "$PYTHON")
	if [ -n "${SKIP_ASSETS:-}" ]; then options+=(--skip-assets); fi
	if half_made bench; then remove_half_bench; fi
	if [ -d "$BENCH_PATH/apps/frappe" ]; then return 0; fi
	say "Making a bench at $BENCH_PATH (some minutes)"
	advise "see the reason there and start again: the bench is then made anew"
	begin_making bench
	quietly as_user "$(dirname "$BENCH_PATH")" "$(bench_program)" init "${options[@]}" "$BENCH_PATH"
	end_making
	give_own_ports
}

# A bench without sites holds nothing that cannot be made again.
remove_half_bench() {
	if compgen -G "$BENCH_PATH/sites/*/site_config.json" >/dev/null; then
		die "the making of $BENCH_PATH was broken off, and there are sites in it: move it away, then start again"
	fi
	say "Removing the bench at $BENCH_PATH, whose making was broken off"
	as_user / rm -rf "$BENCH_PATH"
}

add_erpnext() {
	if half_made erpnext; then as_bench rm -rf apps/erpnext; fi
	if [ ! -d "$BENCH_PATH/apps/erpnext" ]; then
		say "Adding ERPNext to the bench (some minutes)"
		advise "see the reason there and start again"
		begin_making erpnext
		quietly bench_cli get-app --branch "$FRAPPE_BRANCH" "$ERPNEXT_REPO"
	fi
	end_making
	bench_exists || die "there is no usable bench at $BENCH_PATH: move it away, then start again"
}

# `bench init` takes ports that are free among the benches of the same folder. Two benches on one Redis would
# read each other's cache, so one in another folder counts, too.
give_own_ports() {
	local number=0
	if ! port_taken "$(redis_place redis_cache redis://127.0.0.1:13000 | cut -d' ' -f2)"; then return 0; fi
	while port_taken $((13000 + number)); do number=$((number + 1)); done
	as_user "$BENCH_PATH/sites" ../env/bin/python -c '
import json, sys

number = int(sys.argv[1])
with open("common_site_config.json") as file:
	config = json.load(file)
for key, port in {"redis_cache": 13000, "redis_socketio": 13000, "redis_queue": 11000}.items():
	config[key] = f"redis://127.0.0.1:{port + number}"
for key, port in {"webserver_port": 8000, "socketio_port": 9000, "file_watcher_port": 6787}.items():
	config[key] = port + number
with open("common_site_config.json", "w") as file:
	json.dump(config, file, indent=1, sort_keys=True)
' "$number"
	quietly bench_cli setup redis
}

port_taken() {
	local path
	while read -r path; do
		if [ "$path" != "$BENCH_PATH" ] && grep -qs ":$1\"" "$path/sites/common_site_config.json"; then return 0; fi
	done < <(candidates)
	return 1
}
