"""Jobs that a call of the API left for a worker: rows of the inbox whose results grow while a worker has them.

Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import (
	CANCELLED,
	FAILED,
	IN,
	INCOMING,
	PROCESSED,
	PROCESSING,
	RECEIVED,
	SKIPPED,
)
from erp_connect.store import moves
from erp_connect.store.sync_log import BULK, EXPORT

LEASE_SECONDS = 300
KINDS = (BULK, EXPORT)


def due() -> list[str]:
	"""Jobs of enabled accounts that nobody works on: their worker died, or the queue was lost."""
	return frappe.db.sql_list(
		"SELECT log.name FROM `tabIntegration Settings` settings"
		" JOIN `tabSync Log` log ON log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP()"
		" WHERE settings.enabled = 1 AND log.direction = %s AND log.event IN %s",
		(IN, KINDS),
	)


def running(integration: str, event: str) -> int:
	"""How many jobs of a kind an account has that are not done yet."""
	return frappe.db.sql(
		"SELECT COUNT(*) FROM `tabSync Log` WHERE integration = %s AND direction = %s AND event = %s"
		" AND due_at IS NOT NULL",
		(integration, IN, event),
	)[0][0]


def lock_due(job: str) -> Any | None:
	"""`owner`, `attempts`, `event` and `integration` of a job, locked until the transaction ends.

	None when it is done, or somebody has it.
	"""
	rows = frappe.db.sql(
		"SELECT owner, attempts, event, integration FROM `tabSync Log` WHERE name = %s AND event IN %s"
		" AND due_at <= UNIX_TIMESTAMP() FOR UPDATE SKIP LOCKED",
		(job, KINDS),
		as_dict=True,
	)
	return rows[0] if rows else None


def hold(job: str, claim_token: str) -> Any | None:
	"""`request_body`, `response_body`, `integration`, `field_mapping` and `seq` of a leased job, locked.

	None when the lease is lost.
	"""
	return frappe.db.get_value(
		"Sync Log",
		{"name": job, "claim_token": claim_token, "status": PROCESSING},
		["request_body", "response_body", "integration", "field_mapping", "seq"],
		as_dict=True,
		for_update=True,
	)


def lease(job: str, claim_token: str, seconds: int = LEASE_SECONDS, **values: Any) -> None:
	"""Give a locked job to the worker that has `claim_token`, or let him keep it, for `seconds`. values: columns.

	Raises `moves.IllegalMove`.
	"""
	begun = (RECEIVED, PROCESSING)
	moves.move_one(
		INCOMING, PROCESSING, job, only_from=begun, due_in=seconds, claim_token=claim_token, **values
	)


def begin_again(job: str, integration: str) -> bool:
	"""Let a job of an account that failed, or was put aside, go on where it stopped. False for any other."""
	where = "name = %s AND integration = %s AND FIND_IN_SET(event, %s)"
	return bool(
		moves.move(
			INCOMING,
			RECEIVED,
			where,
			[job, integration, ",".join(KINDS)],
			only_from=(FAILED, CANCELLED, SKIPPED),
			due_in=0,
			**moves.AFRESH,
		)
	)


def finish(job: str, claim_token: str, results: str, outcome: str | None = None) -> bool:
	"""The job is done, with its results (JSON). outcome: what is to be known of it. False when the lease was lost."""
	return _end(job, claim_token, PROCESSED, response_body=results, outcome=outcome)


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
