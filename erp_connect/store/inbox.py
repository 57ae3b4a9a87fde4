"""The inbox: events that came in, from the moment they are received until they are through. Never commits.

They are rows of Sync Log whose life cycle is `states.INCOMING`. A worker has an event by a lease, which its
`claim_token` proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import frappe

from erp_connect.core.delivery.states import (
	FAILED,
	IN,
	INCOMING,
	ON_HOLD,
	PROCESSED,
	PROCESSING,
	RECEIVED,
	RETRYABLE,
	RETRYING,
	SUPERSEDED,
)
from erp_connect.store import moves, statements, sync_log
from erp_connect.store.keys import new_id
from erp_connect.store.sync_log import BULK, EXPORT, LOAD_RUN, PULL, PULL_RUN, WEBHOOK

RECEIVE_COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "direction", "status", "integration", "field_mapping",
	"company", "event", "reference_doctype", "reference_name", "external_id", "order_key", "dedupe_key", "fingerprint",
	"trace_id", "request_body",
)  # fmt: skip
# What an event for one of several flows has in common with the event that came.
SPLIT_COLUMNS = (
	"direction", "integration", "company", "event", "topic", "idempotency_key", "fingerprint", "trace_id", "request_body",
)  # fmt: skip
CLAIM_COLUMNS = (
	"name, status, topic, event, field_mapping, request_body, attempts, trace_id, seq, order_key, external_id,"
	" fingerprint, decision, reference_doctype, reference_name"
)

LOOKED_AT = 1000


def receive(event: dict[str, Any]) -> str:
	"""Insert an event that a worker is to take at once, from columns of Sync Log. Returns its name."""
	row = {**statements.standard_values(), "name": new_id(), **event, "direction": IN, "status": RECEIVED}
	row.setdefault("trace_id", row["name"])
	statements.insert("Sync Log", list(row), [row], due_at="UNIX_TIMESTAMP()")
	return row["name"]


def came_since(integration: str, topics: Iterable[str], seq: int, trace_id: str) -> bool:
	"""Whether another webhook of the account and one of the topics (`*`: any) came after the place `seq`; a copy of it for
	another flow is none.

	After `LOOKED_AT` events of whatever kind it is taken for granted: a look through all of them would take too long.
	"""
	later = frappe.db.sql(
		"SELECT integration, event, topic, trace_id FROM `tabSync Log` WHERE seq > %s ORDER BY seq LIMIT %s",
		(seq, LOOKED_AT),
	)
	wanted = set(topics)
	return len(later) == LOOKED_AT or any(
		(account, event) == (integration, WEBHOOK)
		and ("*" in wanted or topic in wanted)
		and other_id != trace_id
		for account, event, topic, other_id in later
	)


def give_up_key(name: str) -> None:
	"""Let another event have the key of a locked one, which is about to come once more."""
	sync_log.set_values(name, dedupe_key=None)


def receive_many(events: list[dict[str, Any]]) -> None:
	"""Insert events of RECEIVE_COLUMNS, due at once; each has a `name` by `keys.new_id`.

	Their `order_key`s tell which are about one record: `supersede` takes older ones out of the way first.
	"""
	fixed = {**statements.standard_values(), "direction": IN, "status": RECEIVED}
	rows = [{"trace_id": event["name"], **event, **fixed} for event in events]
	statements.insert("Sync Log", RECEIVE_COLUMNS, rows, due_at="UNIX_TIMESTAMP()")


def split(name: str, flows: Mapping[str, Mapping[str, str]]) -> None:
	"""Leave an event to the first of some flows, and insert a copy of it for each of the others, due at once.

	flows: by name, columns of what the event is about in that flow: `reference_doctype`, `reference_name`, `external_id`.
	The copies have no key of their own: who sends the event again finds them by its trace id.
	"""
	(first, about), *others = flows.items()
	sync_log.set_values(name, field_mapping=first, **about)
	for other, about in others:
		copied = ", ".join(SPLIT_COLUMNS)
		own = {**statements.standard_values(), "name": new_id(), "field_mapping": other, "status": RECEIVED}
		fixed = {**own, **about}
		frappe.db.sql(
			f"INSERT INTO `tabSync Log` ({', '.join(fixed)}, {copied}, due_at)"
			f" SELECT {', '.join(['%s'] * len(fixed))}, {copied}, UNIX_TIMESTAMP() FROM `tabSync Log` WHERE name = %s",
			[*fixed.values(), name],
		)


def receive_again_all(trace_id: str, only_from: Iterable[str]) -> None:
	"""As `receive_again`, for all events with this trace id that are in one of these states."""
	names = frappe.get_all(
		"Sync Log", {"trace_id": trace_id, "direction": IN, "status": ("in", tuple(only_from))}, pluck="name"
	)
	for name in names:
		receive_again(name)


def latest(order_keys: list[str]) -> dict[str, Any]:
	"""The latest event of each record, by order key; locked until the transaction ends.

	Each has `integration`, `fingerprint`, `status`, `last_attempt` and `creation`.
	"""
	if not order_keys:
		return {}
	rows = frappe.db.sql(
		"SELECT order_key, integration, fingerprint, status, last_attempt, creation FROM `tabSync Log`"
		" WHERE order_key IN %s AND dedupe_key IS NOT NULL FOR UPDATE",
		(tuple(order_keys),),
		as_dict=True,
	)
	return {row.order_key: row for row in rows}


def bodies(order_keys: list[str]) -> dict[str, str | None]:
	"""What the latest event of each record holds, by order key."""
	if not order_keys:
		return {}
	return dict(
		frappe.db.sql(
			"SELECT order_key, request_body FROM `tabSync Log` WHERE order_key IN %s AND dedupe_key IS NOT NULL",
			(tuple(order_keys),),
		)
	)


def newest(order_keys: list[str]) -> dict[str, int]:
	"""Place (`seq`) of the latest event of each record, by order key, as committed now."""
	if not order_keys:
		return {}
	return dict(
		frappe.db.sql(
			"SELECT order_key, MAX(seq) FROM `tabSync Log` WHERE order_key IN %s GROUP BY order_key",
			(tuple(order_keys),),
		)
	)


def ended_after(order_key: str, seq: int, outcome: str) -> bool:
	"""Whether an event of a record that came after the place `seq` was carried out with this outcome."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` WHERE order_key = %s AND seq > %s AND status = %s AND outcome = %s LIMIT 1",
			(order_key, seq, PROCESSED, outcome),
		)
	)


def supersede(successors: dict[str, str]) -> None:
	"""Newer events of these records are about to be inserted: what waits or failed of them is superseded.

	successors: order key → name of the newer event. What a worker has at the moment is left to the worker.
	"""
	for order_key, name in successors.items():
		moves.move(
			INCOMING,
			SUPERSEDED,
			"order_key = %s",
			[order_key],
			only_from=(RECEIVED, RETRYING, FAILED, ON_HOLD),
			due_in=None,
			touch=False,
			superseded_by=name,
			next_attempt=None,
		)
		# Only the latest event of a record holds its key, so that a state that comes back later is news again.
		frappe.db.sql(
			"UPDATE `tabSync Log` SET dedupe_key = NULL WHERE order_key = %s AND dedupe_key IS NOT NULL",
			order_key,
		)


def hurry_parked(integration: str, external_ids: list[str]) -> None:
	"""Let updates that came before the creation of these records be tried again at once."""
	if external_ids:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() WHERE integration = %s AND status = %s"
			" AND direction = %s AND outcome = 'parked' AND external_id IN %s",
			(integration, RETRYING, IN, tuple(external_ids)),
		)


def lock_due(integration: str, limit: int, waiting_flows: Iterable[str] = ()) -> list:
	"""Events (CLAIM_COLUMNS) that may be taken now, oldest first, locked until the transaction ends.

	waiting_flows: flows whose fetched records are left where they are. What another worker is just taking is passed
	over. A status of PROCESSING tells that the worker who had the event died.
	"""
	return frappe.db.sql(
		f"SELECT {CLAIM_COLUMNS} FROM `tabSync Log`"
		" WHERE integration = %s AND due_at <= UNIX_TIMESTAMP() AND direction = %s AND event NOT IN %s"
		" AND NOT (event = %s AND field_mapping IN %s) AND FIND_IN_SET(status, %s)"
		" ORDER BY due_at, seq LIMIT %s FOR UPDATE SKIP LOCKED",
		(
			integration, IN, (BULK, EXPORT, PULL_RUN, LOAD_RUN), PULL, tuple(waiting_flows) or ("",),
			moves.origins(INCOMING, PROCESSING), limit,
		),
		as_dict=True,
	)  # fmt: skip


def lease(names: list[str], claim_token: str, seconds: int) -> None:
	"""Give locked events to the worker that has `claim_token`, and count the attempt.

	Raises `moves.IllegalMove` when one of them may not be worked on.
	"""
	taken = moves.move(
		INCOMING,
		PROCESSING,
		"name IN %s",
		[tuple(names)],
		due_in=seconds,
		more_attempts=1,
		touch=False,
		claim_token=claim_token,
	)
	if taken != len(names):
		raise moves.IllegalMove(f"{taken} of the events {', '.join(names)} can be worked on.")


def give_back(claim_token: str, attempts: dict[str, int]) -> None:
	"""Leave leased events to a later worker; the attempt does not count.

	attempts: name of each event → attempts with this one. Those that another worker has taken over stay with it.
	"""
	moves.update_claimed(
		INCOMING,
		claim_token,
		[
			{
				"name": name,
				"status": RETRYING if number > 1 else RECEIVED,
				"attempts": number - 1,
				"due_in": 0,
				"claim_token": None,
			}
			for name, number in attempts.items()
		],
	)


def hold(names: list[str], claim_token: str) -> set[str]:
	"""Lock events until the transaction ends. Returns those that the worker with `claim_token` still has."""
	return set(
		frappe.db.sql_list(
			"SELECT name FROM `tabSync Log` WHERE name IN %s AND claim_token = %s FOR UPDATE",
			(tuple(names), claim_token),
		)
	)


def settle(name: str, status: str, due_in: float | None = None, **values: Any) -> None:
	"""Write what came of a held event. due_in: seconds until it is tried again. Raises `moves.IllegalMove`."""
	stamp = frappe.utils.now_datetime()
	moves.move_one(
		INCOMING, status, name, only_from=(PROCESSING,), due_in=due_in, last_attempt=stamp, **values
	)


def settle_many(claim_token: str, updates: list[dict[str, Any]]) -> int:
	"""Write what came of many leased events, see `moves.update_claimed`. Returns how many changed."""
	return moves.update_claimed(INCOMING, claim_token, updates)


def receive_again(name: str, **values: Any) -> bool:
	"""Let a worker take an event that ended without effect, or waits, as if it had just come in.

	values: other columns. False when its state does not allow that.
	"""
	return bool(
		moves.move(
			INCOMING,
			RECEIVED,
			"name = %s",
			[name],
			only_from=RETRYABLE,
			due_in=0,
			**moves.AFRESH,
			**values,
		)
	)
