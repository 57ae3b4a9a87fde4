# shellcheck shell=bash
# Sourced by lib.sh. How the scripts speak: one line a step, everything else in a log, and in the end, where
# something failed, one sentence that says what to do. ERP_CONNECT_VERBOSE=1 shows everything as it comes instead of the log.
# A script that calls begin() gets the log, the sentence, and an end in order on Ctrl-C and kill.

# Exit code of a script that has said what went wrong. The scripts that called it then have nothing to add;
# only the outermost one turns it into a plain 1.
EXPLAINED=97
OUTERMOST=""
LOG=""
STEP=""
# What may be said of any step; "there" is the log.
USUAL_ADVICE="see the reason there, put it right and start again"
ADVICE=$USUAL_ADVICE
CHILD=""
AT_EXIT=()

# say STEP: begins a step. advise SENTENCE: what to do should the step fail.
say() {
	STEP=$*
	ADVICE=$USUAL_ADVICE
	if [ -t 1 ]; then printf '\033[1m==>\033[0m %s\n' "$*"; else printf '==> %s\n' "$*"; fi
}
advise() { ADVICE=$*; }
note() { printf '    %s\n' "$*"; }
die() {
	printf 'error: %s%s\n' "$*" "$(where_the_log_is)" >&2
	exit "$EXPLAINED"
}

# begin: what every script does first that is started by itself.
begin() {
	[ -n "${ERP_CONNECT_INSIDE:-}" ] || OUTERMOST=1
	export ERP_CONNECT_INSIDE=1
	trap finish EXIT
	trap 'interrupted INT' INT
	trap 'interrupted TERM' TERM
	trap 'interrupted HUP' HUP
}

# quietly COMMAND...: what it says goes to the log. (Only the command's output: a trap that runs meanwhile speaks.)
quietly() {
	local code=0
	if [ -n "${ERP_CONNECT_VERBOSE:-}" ]; then
		attended "$@"
		return
	fi
	[ -n "$LOG" ] || LOG=$(mktemp "${TMPDIR:-/tmp}/$APP-$(date +%Y%m%d-%H%M%S).XXXXXX")
	printf -- '\n==> %s\n' "$STEP" >>"$LOG"
	"$@" <&0 >>"$LOG" 2>&1 &
	wait_for_child || code=$?
	[ "$code" -ne "$EXPLAINED" ] || tail -n 1 "$LOG" >&2
	return "$code"
}

# attended COMMAND...: runs it beside this shell, which would otherwise act on a signal only after its end.
attended() {
	"$@" <&0 &
	wait_for_child
}

wait_for_child() {
	local code=0
	CHILD=$!
	wait "$CHILD" || code=$?
	CHILD=""
	return "$code"
}

# From the top down: a script of ours then takes down its own children, and says so.
end_tree() {
	local child children
	children=$(ps -eo pid=,ppid= 2>/dev/null | awk -v parent="$1" '$2 == parent { print $1 }')
	kill "$1" 2>/dev/null || true
	for child in $children; do end_tree "$child"; done
}

interrupted() {
	local code=0 _
	trap '' INT TERM HUP
	if [ -n "$CHILD" ]; then
		end_tree "$CHILD"
		for _ in $(seq 100); do
			kill -0 "$CHILD" 2>/dev/null || break
			sleep 0.2
		done
		kill -0 "$CHILD" 2>/dev/null || wait "$CHILD" || code=$?
	fi
	[ "$code" -ne "$EXPLAINED" ] || exit "$EXPLAINED"
	die "stopped by SIG$1 at '${STEP:-the start}': start again, what is half made is then made anew"
}

# However the script ends: what must be tidied is tidied, and a failure that nobody foresaw is put in words.
finish() {
	local code=$? task
	trap '' INT TERM HUP
	trap - EXIT
	for task in ${AT_EXIT[@]+"${AT_EXIT[@]}"}; do "$task" || true; done
	case "$code" in
	0 | "$NO_BENCH_POSSIBLE") [ -z "$LOG" ] || rm -f "$LOG" ;;
	"$EXPLAINED") ;;
	*)
		explain "$code"
		code=$EXPLAINED
		;;
	esac
	[ -z "$OUTERMOST" ] || [ "$code" -ne "$EXPLAINED" ] || code=1
	exit "$code"
}

explain() {
	show_log >&2
	if [ -n "$LOG" ]; then
		printf "error: '%s' failed. The log is %s: %s.\n" "$STEP" "$LOG" "$ADVICE" >&2
	else
		printf "error: '%s' failed (exit code %s): %s.\n" "${STEP:-$0}" "$1" "${ADVICE/reason there/messages above}" >&2
	fi
}

# The end of the log without progress bars, which rewrite their line many times.
show_log() {
	[ -n "$LOG" ] || return 0
	echo
	tail -c 40000 "$LOG" | tr '\r' '\n' | grep -Ev '\[[= ]*\] +[0-9]+%|^\s*$' | tail -n 30 | sed 's/^/    | /' || true
}

where_the_log_is() { [ -z "$LOG" ] || printf ' (log: %s)' "$LOG"; }
