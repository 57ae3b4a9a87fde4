"""Many requests and many accounts at once: beside the ideal, beside slow accounts, and how evenly accounts are served.

One ordinary background worker of Frappe does all of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import frappe
from deliveries import queue, wait_until_settled
from surroundings import ACCOUNT, FLOW, Receiver, make_account, make_flow, new_todo

from erp_connect.jobs import doorbell

WAIT_MS, AT_ONCE = 100, 16
SLOW_MS, SLOW_ACCOUNTS = 20_000, 5
HANGING_MS = 55_000
# Between two saves while the time to arrival is measured, so that the queue is idle.
PAUSE_SECONDS = 0.35


@dataclass(frozen=True)
class Arrival:
	"""Milliseconds from commit to arrival."""

	median: float
	p99: float


def share_of_ideal(receiver: Receiver, names: list[str]) -> tuple[float, float]:
	"""(deliveries a second, ideal) where the receiver takes its time and allows several at once."""
	_forget()
	_point_to(receiver, f"/wait-{WAIT_MS}", concurrency=AT_ONCE)
	receiver.reset()
	queue(names)
	doorbell.ring([ACCOUNT])
	wait_until_settled(len(names))
	arrived = receiver.arrived()
	seconds = arrived["last"] + WAIT_MS / 1000 - arrived["first"]
	return len(names) / seconds, AT_ONCE / (WAIT_MS / 1000)


def arrival(receiver: Receiver, count: int) -> Arrival:
	"""From the commit of a save until its request arrives, with nothing else to send."""
	_point_to(receiver, "/quick", concurrency=4)
	times = []
	for number in range(count):
		time.sleep(PAUSE_SECONDS)
		times.append(_one_arrival(receiver, number))
	return Arrival(median(times) * 1000, quantiles(times, n=100)[98] * 1000)


def after_silence(receiver: Receiver, seconds: float, count: int) -> float:
	"""The same, in milliseconds, after the worker had nothing to do for so long."""
	times = []
	for number in range(count):
		time.sleep(seconds)
		times.append(_one_arrival(receiver, number))
	return median(times) * 1000


def _one_arrival(receiver: Receiver, number: int) -> float:
	before = _came(receiver)
	new_todo(number).insert()
	began = time.monotonic()
	frappe.db.commit()  # this is what rings
	end = began + 60
	while _came(receiver) == before:
		if time.monotonic() > end:
			raise TimeoutError("a save did not arrive within a minute")
		time.sleep(0.002)
	return receiver.arrived()["places"]["quick"]["last"] - began


def _came(receiver: Receiver) -> float:
	return receiver.arrived()["places"].get("quick", {}).get("count", 0)


def beside_slow(receiver: Receiver, count: int) -> Arrival:
	"""`arrival` while five accounts answer after 20 s, with much to send, and one hangs."""
	with _others(
		{f"Slow {number}": f"/wait-{SLOW_MS}" for number in range(SLOW_ACCOUNTS)}
		| {"Hanging": f"/wait-{HANGING_MS}"},
		receiver,
		concurrency=4,
	) as names:
		documents = [new_todo(number).insert().name for number in range(200)]
		frappe.db.commit()  # the worker is another connection
		for name in names:
			queue(documents, name, f"{FLOW} {name}")
		doorbell.ring(names)
		time.sleep(3)
		return arrival(receiver, count)


def fairness(receiver: Receiver, accounts: int, each: int) -> float:
	"""How many of the account that got most had arrived, as a multiple of the one that got least, half way through.

	All have the same to send.
	"""
	places = {f"Fair {number}": f"/fair{number}" for number in range(accounts)}
	with _others(places, receiver) as names:
		documents = [new_todo(number).insert().name for number in range(each)]
		frappe.db.commit()  # the worker is another connection
		_forget()
		receiver.reset()
		for name in names:
			queue(documents, name, f"{FLOW} {name}")
		doorbell.ring(names)
		while (arrived := receiver.arrived())["count"] < accounts * each / 2:
			time.sleep(0.05)
		counts = [found["count"] for found in arrived["places"].values()]
		wait_until_settled(accounts * each, 600)
		return max(counts) / min(counts) if len(counts) == accounts else float("inf")


@contextmanager
def _others(places: dict[str, str], receiver: Receiver, **values: object) -> Iterator[list[str]]:
	for name, place in places.items():
		make_account(receiver.url + place, name, deadline=60, read_timeout=60, **values)
		make_flow(f"{FLOW} {name}", name)
	frappe.db.commit()  # the worker is another connection
	try:
		yield list(places)
	finally:
		for name in places:
			frappe.delete_doc("Field Mapping", f"{FLOW} {name}", force=True)
			frappe.delete_doc("Integration Settings", name, force=True)
		frappe.db.commit()  # the next measurement begins without them


def _point_to(receiver: Receiver, place: str, **values: object) -> None:
	"""Send the account's requests to a place of the receiver."""
	account = frappe.get_doc("Integration Settings", ACCOUNT)
	# It is the same receiver, and what was linked there stays linked.
	account.update({"base_url": receiver.url + place, "links_when_moved": "Keep", **values})
	account.save()
	frappe.db.commit()  # the worker is another connection


def _forget() -> None:
	for doctype in ("Sync Log", "Sync Attempt", "Sync Link"):
		frappe.db.delete(doctype)
	frappe.db.commit()  # the worker is another connection
