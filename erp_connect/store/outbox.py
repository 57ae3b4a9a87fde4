"""Outgoing events of Sync Log while they are sent: taken under a lease, given back, settled.

A claim counts the attempt, sets the lease and is committed before anything is sent. A worker that dies leaves rows
whose lease runs out, and the next claim takes them. Whoever claims holds the account's row of Integration State.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe

from erp_connect.core.delivery.states import (
	FAILED,
	IN_FLIGHT,
	OUTGOING,
	QUEUED,
	RETRYING,
	SENDING,
	SKIPPED,
	SUPERSEDED,
)
from erp_connect.store import moves, sync_log
from erp_connect.store.keys import new_id

FIELDS = (
	"name, seq, status, field_mapping, event, attempts, frozen, reference_doctype, reference_name, order_key, due_at,"
	" subject, snapshot, method, path, operation, request_body, request_headers, request_files, content_type, payload_hash, idempotency_key, edited,"
	" trace_id, replay_of, decision, backfill, old_name, merged_into, step, steps, outcome, UNIX_TIMESTAMP() AS now"
)


def due_accounts(accounts: list[str], direction: str = "Outgoing") -> list[str]:
	"""Those of some accounts that have an event whose time has come."""
	# One range of the index each. As one statement, MariaDB would walk through all events of every account.
	return [account for account in accounts if _has_due(account, direction)]


def _has_due(account: str, direction: str) -> bool:
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` WHERE integration = %s AND due_at <= UNIX_TIMESTAMP() AND direction = %s"
			" LIMIT 1",
			(account, direction),
		)
	)


def due_documents(account: str, limit: int) -> list[str]:
	"""Order keys of the documents whose events are due, the longest waiting first."""
	found = frappe.db.sql(
		"SELECT order_key FROM `tabSync Log` WHERE integration = %s AND due_at <= UNIX_TIMESTAMP()"
		" AND direction = 'Outgoing' ORDER BY due_at, seq LIMIT %s FOR UPDATE SKIP LOCKED",
		(account, limit),
	)
	return list(dict.fromkeys(key for (key,) in found))


def waiting_events(order_keys: list[str]) -> dict[str, list[Any]]:
	"""Everything that waits for these documents, oldest first, locked until the transaction ends.

	Rows that a user is just inserting are neither seen nor waited for. A document of which somebody holds an older
	row at this moment (another worker that writes what came of it) is left out: without that row nobody can tell
	what may be sent of it, and a newer state could overtake an older one.
	"""
	rows = frappe.db.sql(
		f"SELECT {FIELDS} FROM `tabSync Log` WHERE order_key IN %s AND due_at IS NOT NULL AND direction = 'Outgoing'"
		" ORDER BY seq FOR UPDATE SKIP LOCKED",
		(tuple(order_keys),),
		as_dict=True,
	)
	waiting = defaultdict(list)
	for row in rows:
		waiting[row.order_key].append(row)
	hidden = _held_by_others(order_keys, {row.name for row in rows})
	return {
		key: waiting[key]
		for key in order_keys
		if waiting[key] and hidden.get(key, waiting[key][-1].seq) >= waiting[key][-1].seq
	}


def _held_by_others(order_keys: list[str], locked: set[str]) -> dict[str, int]:
	"""Place of the oldest event that waits for each document and could not be locked."""
	# Read without locks: as committed now. The states of rows that are being written show as they were before.
	found = frappe.db.sql(
		"SELECT order_key, name, seq FROM `tabSync Log` WHERE order_key IN %s AND due_at IS NOT NULL"
		" AND direction = 'Outgoing' ORDER BY seq DESC",
		(tuple(order_keys),),
	)
	return {key: seq for key, name, seq in found if name not in locked}


def take(token: str, lease: int, names: list[str]) -> None:
	"""Count the attempt of locked events and make them this worker's for `lease` seconds. Does not commit."""
	moves.move(
		OUTGOING,
		SENDING,
		"name IN %s",
		[tuple(names)],
		due_in=lease,
		more_attempts=1,
		touch=False,
		claim_token=token,
	)


def claimed_by(token: str, account: str) -> list[str]:
	"""Events of an account that a claim has taken, and that were neither settled nor given back."""
	return frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` WHERE status = %s AND integration = %s AND claim_token = %s",
		(SENDING, account, token),
	)


def give_back(token: str, names: list[str], unbuilt: list[str]) -> None:
	"""Give back events that were claimed but not sent: the try is not counted. Does not commit.

	unbuilt: those whose request was built for this try only; the next one starts from the document as it is then.
	"""
	if not names:
		return
	if unbuilt:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET method = NULL, request_body = NULL WHERE name IN %s AND claim_token = %s"
			" AND FIND_IN_SET(status, %s)",
			(tuple(unbuilt), token, ",".join(IN_FLIGHT)),
		)
	claimed = "name IN %s AND claim_token = %s"
	for status, where in ((RETRYING, f"{claimed} AND attempts > 1"), (QUEUED, claimed)):
		moves.move(
			OUTGOING, status, where, [tuple(names), token], due_in=0, only_from=IN_FLIGHT, more_attempts=-1,
			touch=False, claim_token=None,
		)  # fmt: skip


def build_anew(names: list[str]) -> None:
	"""Let the next try of settled events make another request than the last, under another key. Does not commit."""
	for name in names:
		sync_log.set_values(name, method=None, path=None, request_body=None, idempotency_key=new_id())


def give_up(row: Any, reason: str) -> None:
	"""End a locked event whose workers died each time they had it. Does not commit."""
	_end([row.name], FAILED, outcome="worker_died", error=reason, frozen=int(row.frozen))
	sync_log.hurry({row.order_key})


def supersede(successors: dict[str, str]) -> None:
	"""End locked events that another one carries along. successors: name → name of that one. Does not commit."""
	for by in set(successors.values()):
		names = [name for name, successor in successors.items() if successor == by]
		_end(names, SUPERSEDED, superseded_by=by)


def keep_old_name(row: Any) -> None:
	"""Write the name by which the other side knows the document of a locked event. Does not commit."""
	sync_log.set_values(row.name, old_name=row.old_name)


def skip(reasons: dict[str, str]) -> None:
	"""End locked events that need not be sent. reasons: name → reason. Does not commit."""
	for name, reason in reasons.items():
		_end([name], SKIPPED, outcome=reason)


def _end(names: list[str], status: str, **values: Any) -> None:
	moves.move(
		OUTGOING, status, "name IN %s", [tuple(names)], due_in=None, touch=False, next_attempt=None, **values
	)


def delay(due: dict[str, int]) -> None:
	"""Look at locked events again later. due: name → second of the database's clock. Does not commit."""
	for due_at in set(due.values()):
		names = tuple(name for name, at in due.items() if at == due_at)
		frappe.db.sql("UPDATE `tabSync Log` SET due_at = %s WHERE name IN %s", (due_at, names))


def is_linked(flow: str, doctype: str, name: str) -> bool:
	"""Whether the outside of a flow knows a document."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Link` link JOIN `tabField Mapping` flow ON flow.name = %s"
			" WHERE link.integration = flow.integration AND link.remote_entity = flow.remote_entity"
			" AND link.document_type = %s AND link.document_name = %s",
			(flow, doctype, name),
		)
	)
