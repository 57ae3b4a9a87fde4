"""Deliveries per second: one worker of ours, Frappe's own Webhook, and a bare loop over one open connection.

Ours runs with every promise on: outbox, lease, payload built from the document, signature, attempt stored with
both messages, link written. It is measured from the first request to arrive until the last event is settled.
"""

from __future__ import annotations

import json
import time
from statistics import median

import frappe
import requests
from surroundings import ACCOUNT, FLOW, TOKEN, Receiver, empty_queue, new_todo

from erp_connect.jobs import doorbell
from erp_connect.store import keys, sync_log


def make_todos(count: int) -> list[str]:
	"""Documents to deliver, inserted while no flow listens."""
	names = []
	for number in range(count):
		names.append(new_todo(number).insert().name)
		if number % 200 == 199:
			frappe.db.commit()  # keeps the transaction, and what it locks, small
	frappe.db.commit()  # the worker is another connection
	return names


def ours(receiver: Receiver, names: list[str]) -> float:
	"""Each document delivered for the first time, by the worker process that runs."""
	for doctype in ("Sync Log", "Sync Attempt", "Sync Link"):
		frappe.db.delete(doctype)
	queue(names)
	receiver.reset()
	doorbell.ring([ACCOUNT])
	wait_until_settled(len(names))
	end = time.monotonic()
	arrived = receiver.arrived()
	if arrived["count"] != len(names):
		raise RuntimeError(f"{arrived['count']} requests arrived for {len(names)} documents")
	return len(names) / (end - arrived["first"])


def queue(names: list[str], account: str = ACCOUNT, flow: str = FLOW) -> None:
	"""What saving the documents writes, without the time that takes."""
	for start in range(0, len(names), 500):
		sync_log.queue([_event(name, account, flow) for name in names[start : start + 500]])
	frappe.db.commit()  # the worker is another connection


def _event(name: str, account: str, flow: str) -> dict[str, str]:
	return {
		"integration": account,
		"field_mapping": flow,
		"event": "insert",
		"reference_doctype": "ToDo",
		"reference_name": name,
		"order_key": keys.order_key(flow, "ToDo", name),
	}


def wait_until_settled(count: int, seconds: float = 300) -> None:
	end = time.monotonic() + seconds
	while time.monotonic() < end:
		frappe.db.rollback()  # a new snapshot
		if not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1"):
			delivered = frappe.db.count("Sync Log", {"status": "Delivered"})
			if delivered != count:
				raise RuntimeError(f"{delivered} of {count} events were delivered: see Sync Log")
			return
		time.sleep(0.02)
	raise TimeoutError(f"events still waited after {seconds} s")


def bare(receiver: Receiver, count: int) -> float:
	"""`requests` in a loop with one open connection, and nothing else: no record of anything is kept."""
	body = json.dumps(
		{
			"name": "a1b2c3d4e5",
			"text": "Measurement 1",
			"state": "Open",
			"priority": "Medium",
			"due": "2030-01-31",
		}
	)
	headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
	with requests.Session() as session:
		start = time.monotonic()
		for _ in range(count):
			session.post(f"{receiver.url}/todos", data=body, headers=headers, timeout=10).json()
		return count / (time.monotonic() - start)


def frappe_webhook(receiver: Receiver, count: int) -> float:
	"""Frappe's own Webhook: one background job for each delivery, by the worker process that runs."""
	empty_queue()
	receiver.reset()
	for number in range(count):
		new_todo(number).insert()
	frappe.db.commit()  # this is what queues the jobs
	start = time.monotonic()
	arrived = receiver.wait_for(count)
	return count / (arrived["last"] - start)


def alternate(receiver: Receiver, names: list[str], rounds: int) -> tuple[float, float]:
	"""Medians of (ours, bare), measured in turn so that both see the same machine."""
	results = [(ours(receiver, names), bare(receiver, len(names))) for _ in range(rounds)]
	return median(mine for mine, _ in results), median(theirs for _, theirs in results)
