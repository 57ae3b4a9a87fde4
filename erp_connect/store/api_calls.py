"""Calls of the API that write: one row of Sync Log for each Idempotency-Key, under a unique index. Never commits.

The row is under way from the start; it is no work of the inbox, since its caller waits. Its life cycle is
`states.CALL`.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import CALL, FAILED, IN, PROCESSED, PROCESSING
from erp_connect.store import moves, statements
from erp_connect.store.keys import new_id

# The call by which a record is deleted.
DELETE = "delete"


def find(dedupe_key: str) -> Any | None:
	"""`name`, `status`, `fingerprint`, `response_status` and `response_body` of the call with a key."""
	return frappe.db.get_value(
		"Sync Log",
		{"dedupe_key": dedupe_key},
		["name", "status", "fingerprint", "response_status", "response_body"],
		as_dict=True,
	)


def begin(call: dict[str, Any]) -> str:
	"""Insert a call, from columns of Sync Log with its `dedupe_key`. Returns its name."""
	row = {**statements.standard_values(), "name": new_id(), **call, "direction": IN, "status": PROCESSING}
	statements.insert("Sync Log", list(row), [row])
	return row["name"]


def deleted_after(account: str, doctype: str, external_id: str, seq: float) -> bool:
	"""Whether a call that came after the place `seq` in the order of arrival had a record deleted, were it here or not."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` WHERE external_id = %s AND integration = %s AND reference_doctype = %s"
			" AND event = %s AND seq > %s AND status = %s LIMIT 1",
			(external_id, account, doctype, DELETE, seq, PROCESSED),
		)
	)


def take_over(name: str) -> None:
	"""Begin a call again that failed, or whose worker died; hold the lock on its key. Raises `moves.IllegalMove`."""
	moves.move_one(CALL, PROCESSING, name, due_in=None, error="", outcome="")


def settle(name: str, **values: Any) -> None:
	"""Keep the answer of a call that is under way. values: columns. Raises `moves.IllegalMove`."""
	moves.move_one(CALL, PROCESSED, name, due_in=None, **values)


def fail(name: str, **values: Any) -> bool:
	"""Keep a failed call visible, for its key to be used again. values: columns.

	False when the call was answered for good: what went wrong after that undoes nothing of it.
	"""
	return bool(moves.move(CALL, FAILED, "name = %s", [name], due_in=None, **values))
