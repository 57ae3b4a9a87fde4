"""The stage of the demonstration: does one thing after the other on the site, and shows what came of each.

Waits for what the workers do, and raises `Failed` when something did not arrive.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import frappe
from connect import ACCOUNT

PATIENCE = 30  # seconds for what a worker does at once
LONG_PATIENCE = 100  # seconds for what waits for the scheduler, which looks once a minute
SHOWN = 150
BOLD, DIM, PLAIN = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


class Failed(Exception):
	"""Something did not arrive; the message says what to look at."""


class Outside:
	"""The receiver as this script sees it."""

	def __init__(self, port: int) -> None:
		self.url = f"http://127.0.0.1:{port}"

	def arrivals(self) -> dict[str, dict[str, Any]]:
		"""What was accepted, by idempotency key."""
		return {entry["key"]: entry for entry in reversed(self._get("arrivals")) if entry["status"] < 300}

	def writes(self, path: str, since: float) -> list[dict[str, Any]]:
		"""What arrived at a path since a moment to change something there."""
		return [
			entry
			for entry in self._get("arrivals")
			if entry["path"] == path and entry["method"] != "GET" and entry["time"] >= since
		]

	def customers(self) -> dict[str, dict[str, Any]]:
		"""The shop's customers, by id."""
		return self._get("customers")

	def switch(self) -> None:
		"""Press the button that makes it answer 503, or stop doing so."""
		self._press("switch", {})

	def staff(self, **values: str) -> None:
		"""Change a customer as people at the shop do: `id`, fields, and `lose` or `quietly` (see `records.Records.by_staff`)."""
		self._press("customers", values)

	def _get(self, what: str) -> Any:
		with urlopen(f"{self.url}/demo/{what}", timeout=5) as answer:
			return json.load(answer)

	def _press(self, what: str, values: dict[str, str]) -> None:
		request = Request(
			f"{self.url}/demo/{what}", data=urlencode(values).encode(), headers={"Origin": self.url}
		)
		urlopen(request, timeout=5).close()


class Stage:
	"""Does one thing after the other, and shows what came of each."""

	def __init__(self, outside: Outside) -> None:
		self.outside = outside
		self.number = 0

	def show(self, title: str, act: Callable[[], None], expect: str | None) -> None:
		"""Act, commit, and wait until a request whose `METHOD /path` begins with `expect` has arrived.

		None: nothing may be sent.
		"""
		committed, last = self.begin(title, act)
		events = self.settled(last, PATIENCE)
		arrived = self.arrived(events)
		for entry in arrived:
			print(
				f"     → {entry['method']} {entry['path']}  {entry['status']}  {entry['time'] - committed:.2f} s"
			)
			if entry["body"]:
				print(f"       {DIM}{_short(entry['body'])}{PLAIN}")
		if expect is None:
			self.nothing(events, arrived)
		elif not any(f"{entry['method']} {entry['path']}".startswith(expect) for entry in arrived):
			raise Failed(f"{expect} did not arrive. The events: {words(events)}")

	def begin(self, title: str, act: Callable[[], object] | None = None) -> tuple[float, int]:
		"""Show the title, act and commit. Returns when that was, and the number of the last event before it."""
		self.number += 1
		print(f"\n{BOLD}{self.number:3}. {title}{PLAIN}", flush=True)
		last = frappe.db.sql("SELECT COALESCE(MAX(seq), 0) FROM `tabSync Log`")[0][0]
		if act:
			act()
		frappe.db.commit()  # only now the worker can see it, as at the end of a request
		return time.time(), last

	def until(self, holds: Callable[[], Any], otherwise: Callable[[], str], seconds: float = PATIENCE) -> Any:
		"""Wait for a result that is true, looking at what is committed. otherwise: what is wrong after `seconds`."""
		end = time.monotonic() + seconds
		while True:
			frappe.db.rollback()  # a new snapshot
			if found := holds():
				return found
			if time.monotonic() > end:
				raise Failed(otherwise())
			time.sleep(0.05)

	def settled(self, last: int, seconds: float = PATIENCE) -> list:
		"""The events after number `last`, once nothing is left to do for any of them."""
		self.until(
			lambda: all(event.due_at is None for event in self.events(last)),
			lambda: f"not settled after {seconds:.0f} s: {words(self.events(last))}",
			seconds,
		)
		return self.events(last)

	def events(self, last: int) -> list:
		frappe.db.rollback()  # a new snapshot
		return frappe.db.sql(
			"SELECT name, direction, idempotency_key, status, outcome, error, due_at, attempts, conflict,"
			" reference_doctype, reference_name"
			" FROM `tabSync Log` WHERE seq > %s AND integration = %s ORDER BY seq",
			(last, ACCOUNT),
			as_dict=True,
		)

	def arrived(self, events: list) -> list[dict[str, Any]]:
		"""The requests by which events were delivered."""
		arrivals = self.outside.arrivals()
		keys = (event.idempotency_key for event in events if event.direction == "Outgoing")
		return [arrivals[key] for key in keys if key in arrivals]

	def called(self, title: str, act: Callable[[], object], made: tuple[str, ...]) -> None:
		"""Let the shop call, and wait until a document of each type in `made` has come of it."""
		before = {doctype: self.newest(doctype) for doctype in made}
		started = time.time()
		self.begin(title, act)
		for doctype in made:
			name = self.until(
				lambda doctype=doctype: self.newer(doctype, before[doctype]),
				lambda doctype=doctype: f"no {doctype} came of it",
			)
			print(f"     → {doctype} {name}  {time.time() - started:.2f} s")

	def newest(self, doctype: str) -> str | None:
		return next(iter(frappe.get_all(doctype, pluck="name", order_by="creation desc", limit=1)), None)

	def newer(self, doctype: str, before: str | None) -> str | None:
		"""The newest document of a type, unless it is the one of before."""
		return name if (name := self.newest(doctype)) != before else None

	def nothing(self, events: list, arrived: list) -> None:
		if arrived:
			raise Failed("something was sent although no mapped field had changed")
		print(f"     nothing is sent: {words(events)}")

	def outage(self, title: str, act: Callable[[], None]) -> Callable[[], None]:
		"""Act while the receiver answers 503 to the first try. Returns what waits for the next try and shows it."""
		self.outside.switch()
		try:
			_, last = self.begin(title, act)
			number = self.number
			event = self.until(
				lambda: next((event for event in self.events(last) if event.status == "Retrying"), None),
				lambda: "the event was not tried: is the worker running?",
			)
			print(f"     try 1: {event.error}")
			print(
				f"     {DIM}status {event.status}; the next try comes by itself, while the day goes on{PLAIN}"
			)
		finally:
			self.outside.switch()
		return lambda: self.overcome(number, event.name)

	def overcome(self, number: int, name: str) -> None:
		"""What was tried in vain in scene `number` is delivered by itself."""
		self.begin(f"What was not delivered in {number}, once the receiver answers again")

		def settled():
			event = frappe.db.get_value(
				"Sync Log", name, ["due_at", "status", "attempts", "idempotency_key", "error"], as_dict=True
			)
			return event if event.due_at is None else None

		event = self.until(settled, lambda: "it was not tried again: does the scheduler run?", LONG_PATIENCE)
		entry = self.outside.arrivals().get(event.idempotency_key)
		if not entry:
			raise Failed(f"it was not delivered after the outage: {event.status}, {event.error}")
		print(
			f"     try {event.attempts}: → {entry['method']} {entry['path']}  {entry['status']}, with the same key,"
			f" at {entry['at']}"
		)


def _short(text: str) -> str:
	return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"


def _reason(event: Any) -> str:
	reason = event.error or event.outcome
	return f" ({reason})" if reason else ""


def words(events: list) -> str:
	"""Events for a message: what each is about, and what became of it."""
	found = [
		f"{event.reference_doctype} {event.reference_name} {event.status}{_reason(event)}" for event in events
	]
	return "; ".join(found) or "no event was recorded"
