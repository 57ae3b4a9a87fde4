"""Jobs of many records that came in by one call: rows of the inbox whose results grow while a worker has them.

Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import FAILED, IN, INCOMING, PROCESSED, PROCESSING, RECEIVED
from erp_connect.store import moves
from erp_connect.store.sync_log import BULK

LEASE_SECONDS = 300


def due() -> list[str]:
	"""Jobs of enabled accounts that nobody works on: their worker died, or the queue was lost."""
	return frappe.db.sql_list(
		"SELECT log.name FROM `tabIntegration Settings` settings"
		" JOIN `tabSync Log` log ON log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP()"
		" WHERE settings.enabled = 1 AND log.direction = %s AND log.event = %s",
		(IN, BULK),
	)


def lock_due(job: str) -> Any | None:
	"""`owner` and `attempts` of a job, locked until the transaction ends; None when it is done or somebody has it."""
	rows = frappe.db.sql(
		"SELECT owner, attempts FROM `tabSync Log` WHERE name = %s AND event = %s AND due_at <= UNIX_TIMESTAMP()"
		" FOR UPDATE SKIP LOCKED",
		(job, BULK),
		as_dict=True,
	)
	return rows[0] if rows else None


def hold(job: str, claim_token: str) -> Any | None:
	"""`request_body`, `response_body`, `field_mapping` and `seq` of a leased job, locked; None when the lease is lost."""
	return frappe.db.get_value(
		"Sync Log",
		{"name": job, "claim_token": claim_token, "status": PROCESSING},
		["request_body", "response_body", "field_mapping", "seq"],
		as_dict=True,
		for_update=True,
	)


def lease(job: str, claim_token: str, **values: Any) -> None:
	"""Give a locked job to the worker that has `claim_token`, or let him keep it. values: columns.

	Raises `moves.IllegalMove`.
	"""
	begun = (RECEIVED, PROCESSING)
	moves.move_one(
		INCOMING, PROCESSING, job, only_from=begun, due_in=LEASE_SECONDS, claim_token=claim_token, **values
	)


def finish(job: str, claim_token: str, results: str) -> bool:
	"""All records have their result (JSON). False when the lease was lost."""
	return _end(job, claim_token, PROCESSED, response_body=results)


def fail(job: str, claim_token: str, outcome: str, error: str) -> bool:
	"""The job is given up. False when the lease was lost: whoever has it now knows better."""
	return _end(job, claim_token, FAILED, outcome=outcome, error=error)


def _end(job: str, claim_token: str, status: str, **values: Any) -> bool:
	return bool(
		moves.move(
			INCOMING,
			status,
			"name = %s AND claim_token = %s",
			[job, claim_token],
			only_from=(PROCESSING,),
			due_in=None,
			last_attempt=frappe.utils.now_datetime(),
			**values,
		)
	)
