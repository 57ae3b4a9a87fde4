#!/usr/bin/env bash
# The demonstration: demo.sh [start] | stop | status. A site with ERPNext and this app, a receiver that stands
# for an outside system, real documents that arrive there. Leaves everything running; can be run again.
# Where no bench can be had, it shows the engine alone. ERP_CONNECT_DEMO_PORT picks the port of Desk.
set -euo pipefail

# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
SITE=demo-erp-connect.localhost
PARTS=(web scheduler worker queue receiver)
FIRST_PORT=${ERP_CONNECT_DEMO_PORT:-8010}

state() { echo "$BENCH_PATH/sites/$SITE/private/demo"; }
code() { echo "$BENCH_PATH/apps/$APP/demo"; }
read_state() { as_bench cat "$(state)/$1" 2>/dev/null || true; }
write_state() { as_bench sh -c 'echo "$2" >"$1"' sh "$(state)/$1" "$2"; }

# started PID: when that process began. With the number it names one process for good: numbers are used again.
started() { ps -o lstart= -p "$1" 2>/dev/null || true; }

# running PART: leaves its number in PID.
running() {
	local begun
	read -r PID begun < <(read_state "$1.pid") || return 1
	[ -n "$PID" ] && [ -n "$begun" ] && [ "$(started "$PID" | tr -s ' ')" = "$begun" ]
}

stop_part() {
	local _
	if running "$1"; then
		as_bench kill "$PID"
		for _ in $(seq 50); do
			running "$1" || break
			sleep 0.2
		done
	fi
	as_bench rm -f "$(state)/$1.pid"
}

stop_all() {
	local part
	if [ ! -d "$BENCH_PATH/sites/$SITE" ]; then return 0; fi
	for part in "${PARTS[@]}"; do stop_part "$part"; done
}

# launch PART COMMAND...: in the background, detached from this terminal, in sites/, with a log of its own.
launch() {
	local part=$1
	shift
	(
		# Closed here, not at the command: the shell that waits for the command would keep the lock, too.
		exec 9>&-
		# shellcheck disable=SC2016 # the inner shell expands these
		as_user "$BENCH_PATH/sites" env "FRAPPE_REDIS_QUEUE=redis://127.0.0.1:$QUEUE_PORT" setsid sh -c '
			echo $$ $(ps -o lstart= -p $$) >"$1/$2.pid"
			log=$1/$2.log
			shift 2
			exec "$@" >>"$log" 2>&1' sh "$(state)" "$part" "$@"
	) </dev/null >/dev/null 2>&1 &
}

# free_port FROM: the first port from there on at which nothing answers.
free_port() {
	local port=$1
	while port_answers 127.0.0.1 "$port"; do port=$((port + 1)); done
	echo "$port"
}

choose_ports() {
	WEB_PORT=$(free_port "$FIRST_PORT")
	RECEIVER_PORT=$(free_port $((WEB_PORT + 1)))
	QUEUE_PORT=$(free_port $((RECEIVER_PORT + 1)))
	write_state ports "$WEB_PORT $RECEIVER_PORT $QUEUE_PORT"
}

start_all() {
	local python=$BENCH_PATH/env/bin/python frappe=("$BENCH_PATH/env/bin/python" -m frappe.utils.bench_helper frappe)
	launch receiver "$python" "$(code)/receiver.py" "$RECEIVER_PORT" "$(state)"
	# A queue of its own: other workers of this bench leave its jobs alone, and its worker theirs.
	launch queue redis-server --port "$QUEUE_PORT" --bind 127.0.0.1 --save "" --appendonly no
	wait_for 30 "the receiver ($(state)/receiver.log)" port_answers 127.0.0.1 "$RECEIVER_PORT"
	wait_for 30 "the queue ($(state)/queue.log)" port_answers 127.0.0.1 "$QUEUE_PORT"
	launch worker "${frappe[@]}" worker --queue short,default,long
	launch scheduler "$python" "$(code)/schedule.py" "$SITE"
	launch web "$python" "$(code)/serve.py" "$SITE" "$WEB_PORT"
	wait_for 60 "Desk ($(state)/web.log)" port_answers 127.0.0.1 "$WEB_PORT"
}

# What the receiver and the account share. Kept, so that the demonstration can be run again.
make_secrets() {
	as_bench mkdir -p "$(state)"
	if [[ "$(read_state secrets.json)" == *webhook_secret* ]]; then return 0; fi
	as_bench env/bin/python -c '
import base64, json, os, secrets, sys

os.umask(0o077)
signing = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
with open(sys.argv[1], "w") as file:
	json.dump({
		"token": secrets.token_urlsafe(24),
		"signing_secret": signing,
		"inbound_secret": secrets.token_urlsafe(24),
		"webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
	}, file)
' "$(state)/secrets.json"
}

configure_site() {
	# The receiver is on this machine: loopback is opened, for this site alone.
	frappe_cmd --site "$SITE" set-config --parse erp_connect_allowed_networks '["127.0.0.0/8"]'
	frappe_cmd --site "$SITE" set-config host_name "http://$SITE:$WEB_PORT"
	frappe_cmd --site "$SITE" enable-scheduler >/dev/null
}

play() {
	as_user "$BENCH_PATH/sites" env "FRAPPE_REDIS_QUEUE=redis://127.0.0.1:$QUEUE_PORT" \
		"$BENCH_PATH/env/bin/python" "$(code)/play.py" "$SITE" "$RECEIVER_PORT" "$(state)" "$WEB_PORT"
}

addresses() {
	cat <<-TEXT

		    Desk              http://$SITE:$WEB_PORT/app/sync-log
		                      (or http://127.0.0.1:$WEB_PORT, where your browser does not know names in .localhost)
		    log in as         Administrator, password ${ADMIN_PASSWORD:-admin}
		    the outside       http://127.0.0.1:$RECEIVER_PORT

		    Look at           Events: each event, with every attempt and what was said
		                      Flows: open one and press Preview
		                      Connected Accounts, Demo shop: press Test Connection
		    Try               change a Customer in Desk, then look at the outside;
		                      press "Answer 503" there, change it again, and open the event in Events;
		                      change a customer outside, then press Actions, Pull Now in the flow of customers;
		                      lose one there, then press Actions, Compare Both Sides
		    Logs              $(state)/*.log
		    Stop              BENCH_PATH=$BENCH_PATH bash .github/helper/demo.sh stop
		    Remove            the same, then BENCH_PATH=$BENCH_PATH bash .github/helper/setup.sh drop $SITE

	TEXT
}

start() {
	local code=0
	# Held until the day of business is over: nobody else may put other code into the bench meanwhile.
	take_lock
	# Its processes would keep a site busy that is migrated, or made anew.
	stop_all
	attended bash "$HELPER_DIR/setup.sh" bench services app keep-site "$SITE" || code=$?
	if [ "$code" -eq "$NO_BENCH_POSSIBLE" ]; then
		say "No bench: here is the engine alone"
		attended bash "$HELPER_DIR/engine_demo.sh"
		return
	fi
	[ "$code" -eq 0 ] || exit "$code"
	# lib.sh looked before there was a bench, perhaps: its owner is known for certain only now.
	BENCH_USER=$(find_bench_user)
	make_secrets
	choose_ports
	configure_site
	say "Starting the receiver, a queue, a worker, the scheduler and Desk"
	advise "see the logs in $(state), then start again"
	start_all
	say "A day of business"
	advise "see the step that failed above and the logs in $(state), then start again"
	attended play
	say "It is running"
	addresses
}

status() {
	local part
	for part in "${PARTS[@]}"; do
		if running "$part"; then note "$part runs"; else note "$part does not run"; fi
	done
	if running web; then
		read -r WEB_PORT RECEIVER_PORT QUEUE_PORT < <(read_state ports)
		addresses
	fi
}

begin
case "${1:-start}" in
start) start ;;
stop) stop_all && note "stopped; the site $SITE stays" ;;
status) status ;;
*) die "usage: demo.sh [start | stop | status]" ;;
esac
