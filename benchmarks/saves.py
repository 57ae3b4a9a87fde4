"""Time and queries that the app adds to a save: of a document no flow listens to, and of one that is mapped.

Measured A/B: the same save with our handlers and without, in turn, hundreds of times; what is told is the median
of the differences of neighbours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from statistics import median

import frappe
from frappe.integrations.doctype.webhook import get_all_webhooks
from surroundings import empty_queue, new_todo

from erp_connect.jobs.doorbell import Listener
from erp_connect.jobs.wakeup import SENDING

Without = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Cost:
	"""Milliseconds added to `insert()` alone and to insert with commit; queries added by one insert."""

	insert: float
	commit: float
	queries: int


@contextmanager
def without_us() -> Iterator[None]:
	"""Frappe as if this app had hooked nothing."""
	hooked = frappe.get_doc_hooks()
	everywhere = hooked["*"]
	hooked["*"] = {
		event: [name for name in names if not name.startswith("erp_connect.")]
		for event, names in everywhere.items()
	}
	try:
		yield
	finally:
		hooked["*"] = everywhere


@contextmanager
def without_webhooks() -> Iterator[None]:
	"""Frappe as if no Webhook had been set up: it asks this cache at each save."""
	known = frappe.cache.get_value("webhooks", get_all_webhooks)
	frappe.cache.set_value("webhooks", {})
	try:
		yield
	finally:
		frappe.cache.set_value("webhooks", known)


def handler_microseconds(rounds: int = 200, calls: int = 100) -> float:
	"""What our handler adds to one `on_change` of a document that no flow listens to."""
	doc = new_todo(0).insert()
	differences = []
	for _ in range(rounds):
		with_ours = _time_of(lambda: _call(doc, calls))
		with without_us():
			bare = _time_of(lambda: _call(doc, calls))
		differences.append((with_ours - bare) / calls * 1e6)
	frappe.db.rollback()
	return median(differences)


def _call(doc, calls: int) -> None:
	for _ in range(calls):
		doc.run_method("on_change")


def _time_of(work) -> float:
	start = time.perf_counter()
	work()
	return time.perf_counter() - start


def nobody_is_awake() -> None:
	"""The worst case: each save is the first since the worker last looked, and nobody listens."""
	SENDING.started()


def somebody_listens() -> None:
	"""The usual case while there is work: a job that sends is there, and waits for more."""
	Listener().listen()


def cost(without: Without, rounds: int, before: Callable[[], None] = nobody_is_awake) -> Cost:
	"""What that which `without` takes away adds to inserting a ToDo. before: called ahead of each save."""
	_save(0, before)
	with without():
		_save(0, before)
		queries = -_queries()
	queries += _queries()
	pairs = [_pair(number, without, before) for number in range(rounds)]
	return Cost(
		insert=median((a[0] - b[0]) * 1000 for a, b in pairs),
		commit=median((a[1] - b[1]) * 1000 for a, b in pairs),
		queries=queries,
	)


def _pair(number: int, without: Without, before: Callable[[], None]):
	"""(with, without), each as seconds of insert and of insert and commit; who is first changes each time."""
	if number % 50 == 0:
		empty_queue()
	first = _save(number, before) if number % 2 else None
	with without():
		bare = _save(number, before)
	return first or _save(number, before), bare


def _save(number: int, before: Callable[[], None]) -> tuple[float, float]:
	doc = new_todo(number)
	before()
	start = time.perf_counter()
	doc.insert()
	inserted = time.perf_counter()
	frappe.db.commit()  # what the end of a request does; wakes the worker
	return inserted - start, time.perf_counter() - start


def _queries() -> int:
	"""Queries of one insert."""
	counted, original = [], frappe.db.sql

	def counting(*args, **kwargs):
		counted.append(args[0])
		return original(*args, **kwargs)

	doc = new_todo(0)
	frappe.db.sql = counting
	try:
		doc.insert()
	finally:
		frappe.db.sql = original
	frappe.db.commit()  # so that the next save begins like this one
	return len(counted)
