"""All measurements in one run: `python run.py SITE`, in the folder `sites` of a bench.

Prints a table for each section as soon as it was measured. Keeps nothing, and works only on a scratch site, whose logs and ToDos it empties.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import frappe

sys.path.insert(0, str(Path(__file__).parent))

import at_once
import deliveries
import in_browser
import inbound
import million
import orders
import people
import pulls
import saves
import surroundings

DELIVERIES = int(os.environ.get("ERP_CONNECT_BENCH_DELIVERIES") or 2000)
WEBHOOKS = int(os.environ.get("ERP_CONNECT_BENCH_WEBHOOKS") or 15)
SAVES = int(os.environ.get("ERP_CONNECT_BENCH_SAVES") or 400)
LOG_ROWS = int(os.environ.get("ERP_CONNECT_BENCH_LOG_ROWS") or 1_000_000)
PULLED = int(os.environ.get("ERP_CONNECT_BENCH_PULLED") or 100_000)
ORDERS = int(os.environ.get("ERP_CONNECT_BENCH_ORDERS") or 10_000)
PUNCHES = int(os.environ.get("ERP_CONNECT_BENCH_PUNCHES") or 100_000)
PUNCHES_SECONDS = 600
# Names of sections, with commas; empty: all of them.
ONLY = os.environ.get("ERP_CONNECT_BENCH_ONLY") or ""
ROUNDS = 3
ARRIVALS = int(os.environ.get("ERP_CONNECT_BENCH_ARRIVALS") or 60)
FAIR_ACCOUNTS, FAIR_EACH = 200, 40
# Longer than the worker waits for more.
SILENCE_SECONDS = 25
# Memory that a job may have more of after many records than after the first ones.
FLAT_MB = 10
Row = tuple[str, str, str, str]


def say(text: str) -> None:
	print(f"    {text} ...", flush=True)


def delivery_rows(receiver: surroundings.Receiver) -> list[Row]:
	say(f"inserting {DELIVERIES} documents")
	names = deliveries.make_todos(DELIVERIES)
	with surroundings.worker():
		say(f"{WEBHOOKS} deliveries by Frappe's own Webhook")
		surroundings.make_webhook(receiver.url)
		theirs = deliveries.frappe_webhook(receiver, WEBHOOKS)
		surroundings.remove_webhook()
		surroundings.make_flow()
		say(f"{ROUNDS} × {DELIVERIES} deliveries by our worker, and by a bare loop, in turn")
		ours, bare = deliveries.alternate(receiver, names, ROUNDS)
	share = 100 * ours / bare
	return [
		("deliveries, bare `requests` loop", f"{bare:.0f} /s", "", ""),
		("deliveries, Frappe's own Webhook", f"{theirs:.1f} /s", "", ""),
		("deliveries, one worker of ours", f"{ours:.0f} /s", "≥ 45 % of the bare loop", verdict(share >= 45)),
		("… as a share of the bare loop", f"{share:.0f} %", "", ""),
		("… as a multiple of Frappe's Webhook", f"{ours / theirs:.0f} ×", "", ""),
	]


def at_once_rows(receiver: surroundings.Receiver) -> list[Row]:
	"""Begins with the flow of `delivery_rows` in place."""
	with surroundings.worker():
		say(f"{at_once.AT_ONCE} requests at once, {at_once.WAIT_MS} ms each")
		names = frappe.get_all("ToDo", pluck="name", limit=800)
		rate, ideal = at_once.share_of_ideal(receiver, names)
		say(f"{ARRIVALS} saves, each by itself")
		idle = at_once.arrival(receiver, ARRIVALS)
		silence = at_once.after_silence(receiver, SILENCE_SECONDS, 5)
		say(f"{ARRIVALS} saves beside {at_once.SLOW_ACCOUNTS} slow accounts and one that hangs")
		beside = at_once.beside_slow(receiver, ARRIVALS)
	with surroundings.worker():
		say(f"{FAIR_ACCOUNTS} accounts with {FAIR_EACH} events each")
		spread = at_once.fairness(receiver, FAIR_ACCOUNTS, FAIR_EACH)
	return [
		(
			f"deliveries, {at_once.AT_ONCE} at once, receiver takes {at_once.WAIT_MS} ms",
			f"{rate:.0f} /s",
			f"≥ 90 % of {ideal:.0f} /s",
			verdict(rate >= 0.9 * ideal),
		),
		("commit → arrival, idle, median", f"{idle.median:.0f} ms", "≤ 150 ms", verdict(idle.median <= 150)),
		("… p99", f"{idle.p99:.0f} ms", "", ""),
		(f"… after {SILENCE_SECONDS} s of silence, median of 5", f"{silence:.0f} ms", "", ""),
		(
			f"… beside {at_once.SLOW_ACCOUNTS} slow accounts and one that hangs",
			f"{beside.median:.0f} ms",
			"≤ 2 × idle",
			verdict(beside.median <= 2 * idle.median),
		),
		("… p99", f"{beside.p99:.0f} ms", "", ""),
		(
			f"{FAIR_ACCOUNTS} accounts at once: most / least served, half way",
			f"{spread:.2f} ×",
			"≤ 2 ×",
			verdict(spread <= 2),
		),
	]


def save_rows(receiver: surroundings.Receiver) -> list[Row]:
	"""Begins with the flow of `delivery_rows` in place."""
	say(f"4 × {2 * SAVES} saves")
	mapped = saves.cost(saves.without_us, SAVES)
	heard = saves.cost(saves.without_us, SAVES, saves.somebody_listens)
	frappe.delete_doc("Field Mapping", surroundings.FLOW, force=True)
	frappe.db.commit()  # the flow is needed no more
	unmapped = saves.cost(saves.without_us, SAVES)
	handler = saves.handler_microseconds()
	surroundings.make_webhook(receiver.url)
	theirs = saves.cost(saves.without_webhooks, SAVES)
	return [
		("added to a save, not mapped: queries", str(unmapped.queries), "0", verdict(unmapped.queries == 0)),
		("… time, our handler alone", f"{handler:.1f} µs", "≤ 10 µs", verdict(handler <= 10)),
		("… time, whole save A/B", f"{unmapped.insert * 1000:.0f} µs", "(noise)", ""),
		("added to a save, mapped: queries", str(mapped.queries), "1", verdict(mapped.queries == 1)),
		("… time", f"{mapped.insert:.2f} ms", "≤ 0.35 ms", verdict(mapped.insert <= 0.35)),
		(
			"… time with commit, while a job listens",
			f"{heard.commit:.2f} ms",
			"≤ Frappe's Webhook",
			verdict(heard.commit <= theirs.commit),
		),
		(
			"… time with commit, waking a worker",
			f"{mapped.commit:.2f} ms",
			"≤ Frappe's Webhook",
			verdict(mapped.commit <= theirs.commit),
		),
		("Frappe's own Webhook, with commit", f"{theirs.commit:.2f} ms", "", ""),
	]


def log_rows() -> list[Row]:
	surroundings.make_flow()
	say(f"a log of {LOG_ROWS:,} rows (some minutes)")
	found = million.measure(LOG_ROWS)
	return [
		(
			f"list of failed events, {found.rows:,} rows",
			f"{found.list_seconds:.2f} s",
			"< 1 s",
			verdict(found.list_seconds < 1),
		),
		*browser_rows(found.browser),
		("claim of 100 events: index", found.claim_index, "uses one", verdict(found.claim_index != "none")),
		("… time", f"{found.claim_milliseconds:.0f} ms", "", ""),
		("purge, with attempts", f"{found.purged_per_second:.0f} rows/s", "in batches", ""),
	]


def browser_rows(found: in_browser.Seconds | None) -> list[Row]:
	if not found:
		return [("… in the browser", "no browser is installed", "", "")]
	return [
		("… opened in the browser", f"{found.opens:.2f} s", "< 1 s", verdict(found.opens < 1)),
		("… filtered in the browser", f"{found.filters:.2f} s", "< 1 s", verdict(found.filters < 1)),
		("… of which Desk waits before it asks", f"{found.waits:.2f} s", "", ""),
	]


def inbound_rows(site: str) -> list[Row]:
	say("orders, records and webhooks coming in")
	found = inbound.measure(site, surroundings.USER)
	share, factor = found.order_ms / found.rest_order_ms, found.bulk_per_second / found.rest_per_second
	return [
		("POST /api/resource/Sales Order, submitted", f"{found.rest_order_ms:.0f} ms", "", ""),
		(
			"create_order of the same content",
			f"{found.order_ms:.0f} ms",
			"≤ 1.10 × of it",
			verdict(share <= 1.10),
		),
		("POST /api/resource/ToDo, one by one", f"{found.rest_per_second:.0f} /s", "", ""),
		("bulk_upsert of ToDos", f"{found.bulk_per_second:.0f} /s", "≥ 8 × of it", verdict(factor >= 8)),
		("requests that do nothing (ping)", f"{found.pings_per_second:.0f} /s", "", ""),
		(
			"webhooks accepted",
			f"{found.webhooks_per_second:.0f} /s",
			"≥ 300 /s",
			verdict(found.webhooks_per_second >= 300),
		),
	]


def pull_rows() -> list[Row]:
	say(f"2 × {PULLED:,} records pulled, each with a worker killed on the way")
	rows = []
	for found in pulls.measure(PULLED):
		flat = found.peak_mb - found.early_mb < FLAT_MB
		whole = (found.unique, found.doubles) == (found.records, 0)
		missing = found.records - found.unique
		rows += [
			(f"{found.records:,} records stored, {found.style}", f"{found.per_second:.0f} /s", "", ""),
			(f"… memory of the job, first {pulls.EARLY:,}", f"{found.early_mb:.0f} MB", "", ""),
			("… memory of the job, at most", f"{found.peak_mb:.0f} MB", "flat", verdict(flat)),
			(
				"… after a kill: unique, twice, missing",
				f"{found.unique:,}, {found.doubles}, {missing}",
				f"{found.records:,}, 0, 0",
				verdict(whole),
			),
		]
	say(f"{pulls.WRITTEN} of them written")
	rows.append(
		(f"records written as ToDos ({pulls.WRITTEN:,})", f"{pulls.written_per_second():.0f} /s", "", "")
	)
	return rows


def order_rows() -> list[Row]:
	say(f"{ORDERS:,} orders pulled from a shop that throttles by cost (some minutes)")
	rows = []
	for what, found in zip(("listed", "fetched whole"), orders.measure(ORDERS), strict=True):
		flat = found.peak_mb - found.early_mb < FLAT_MB
		whole = (found.lost, found.doubles) == (0, 0)
		pace = f"{found.orders / found.seconds:.0f} /s"
		rows += [
			(f"{found.orders:,} orders {what}, {found.restore} points/s", pace, "", ""),
			("… of the points given", f"{100 * found.used:.0f} %", "≥ 90 %", verdict(found.used >= 0.9)),
			("… memory of the job, first tenth", f"{found.early_mb:.0f} MB", "", ""),
			("… memory of the job, at most", f"{found.peak_mb:.0f} MB", "flat", verdict(flat)),
			("… lost, twice", f"{found.lost}, {found.doubles}", "0, 0", verdict(whole)),
		]
	return rows


def people_rows(name: str) -> list[Row]:
	say(
		f"{PUNCHES // 4:,} punches of time clocks by bulk calls, then {PUNCHES:,} by several callers (a quarter of an hour)"
	)
	found = people.measure(name, frappe.get_all("Company", pluck="name", limit=1)[0], PUNCHES // 4)
	if found is None:
		return [("punches of time clocks", "Frappe HR is not installed", "", "")]
	bound = PUNCHES_SECONDS * found.punches / 100_000
	return [
		(
			f"{found.punches:,} punches in bulk calls of {people.PER_CALL}",
			f"{found.seconds:.0f} s",
			f"≤ {bound:.0f} s",
			verdict(found.seconds <= bound),
		),
		("… the same again, of the time of the first", f"{100 * found.again:.0f} %", "", ""),
		("… twice", f"{found.doubled}", "0", verdict(found.doubled == 0)),
		people_at_once(name),
	]


def people_at_once(name: str) -> Row:
	seconds = people.measure_at_once(name, PUNCHES)
	bound = PUNCHES_SECONDS * PUNCHES / 100_000
	return (
		f"{PUNCHES:,} punches by {people.CALLERS} callers, named at random",
		f"{seconds:.0f} s",
		f"≤ {bound:.0f} s",
		verdict(seconds <= bound),
	)


def verdict(good: bool) -> str:
	return "reached" if good else "MISSED"


def machine() -> list[str]:
	settings = dict(
		frappe.db.sql(
			"SHOW VARIABLES WHERE Variable_name IN"
			" ('version', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin', 'innodb_buffer_pool_size')"
		)
	)
	pool = int(settings["innodb_buffer_pool_size"]) // 2**20
	return [
		f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
		f"Python {platform.python_version()}, Frappe {frappe.__version__}, MariaDB {settings['version']}",
		f"innodb_flush_log_at_trx_commit = {settings['innodb_flush_log_at_trx_commit']}, buffer pool {pool} MB",
	]


def _processor() -> str:
	try:
		lines = Path("/proc/cpuinfo").read_text().splitlines()
	except OSError:
		return platform.processor() or platform.machine()
	return next(
		(line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
	)


def show(rows: list[Row]) -> None:
	table = [("measured", "result", "goal", ""), *rows]
	widths = [max(len(row[column]) for row in table) for column in range(4)]
	print()
	for number, row in enumerate(table):
		print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
		if number == 0:
			print("  ".join("-" * width for width in widths[:3]))
	print(flush=True)


def show_machine(facts: list[str]) -> None:
	print("Medians; receiver, worker and database on one machine:")
	for fact in facts:
		print(f"    {fact}")
	if os.getloadavg()[2] > (os.cpu_count() or 1):
		print("    The machine was busy with other things: measure again when it is quiet.")


def chosen(known: list[str]) -> list[str]:
	"""The sections to measure, in their order. Ends the program for a name that there is not."""
	wanted = [name.strip() for name in ONLY.split(",") if name.strip()] or known
	if unknown := sorted(set(wanted) - set(known)):
		sys.exit(f"there is no section {', '.join(unknown)}; there are {', '.join(known)}")
	return [name for name in known if name in wanted and not (name == "log" and LOG_ROWS <= 1)]


def main(name: str) -> None:
	if not name.startswith("scratch-"):
		sys.exit(f"{name} is not a scratch site: its logs and ToDos would be emptied")
	with surroundings.queue(), surroundings.site(name), surroundings.receiver() as receiver:
		facts = machine()
		sections = {
			"deliveries": lambda: delivery_rows(receiver) + at_once_rows(receiver) + save_rows(receiver),
			"inbound": lambda: inbound_rows(name),
			"pulls": pull_rows,
			"orders": order_rows,
			"people": lambda: people_rows(name),
			"log": log_rows,
		}
		for section in chosen(list(sections)):
			surroundings.clear()
			surroundings.make_account(receiver.url)
			frappe.db.commit()  # the worker is another connection
			show(sections[section]())
		show_machine(facts)


if __name__ == "__main__":
	main(sys.argv[1])
