"""One effect for one key: calls that repeat a key get the first call's answer.

The key is claimed by a row of Sync Log under a unique index, committed before the work begins. The answer is
stored in the same transaction as the documents, so there is never one without the other. A call that failed, or
whose worker died, leaves a claim that the next call with the same key takes over.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import frappe

from erp_connect.core.delivery.states import PROCESSED, SUPERSEDED
from erp_connect.core.errors import capped
from erp_connect.records.failures import ApiError
from erp_connect.store import api_calls, locks
from erp_connect.store.keys import dedupe_key

WAIT_SECONDS = 25
RETRY_AFTER = 5


@dataclass(frozen=True)
class Claim:
	"""event: name of the Sync Log row. answer: stored answer of an earlier call, as (status, body) or None."""

	event: str
	answer: tuple[int, str] | None = None


def fingerprint(body: bytes) -> str:
	return hashlib.sha256(body).hexdigest()


def claim(
	*, account: str, company: str | None, operation: str, key: str, body: bytes, trace_id: str
) -> Claim:
	"""Claim `key`, waiting for a call that is under way with it. Commits.

	Raises `ApiError`: 422 when the key was used with another body, 409 when the other call takes too long, or was
	superseded.
	Hold the lock `lock_name` around claim, work and answer.
	"""
	dedupe, body_hash = dedupe_key(account, operation, key), fingerprint(body)
	row = api_calls.find(dedupe)
	if row is None:
		event = api_calls.begin(
			{
				"integration": account,
				"company": company,
				"event": operation,
				"trace_id": trace_id,
				"idempotency_key": key[:255],
				"dedupe_key": dedupe,
				"fingerprint": body_hash,
			}
		)
		frappe.db.commit()  # the claim must hold while the work may still fail
		return Claim(event)
	if row.fingerprint != body_hash:
		raise ApiError(
			422,
			"key_reused",
			"This Idempotency-Key was used with another body. Use a new key for a new request.",
		)
	if row.status == PROCESSED:
		return Claim(row.name, (row.response_status, row.response_body))
	if row.status == SUPERSEDED:
		raise ApiError(
			409,
			"newer_version",
			"This call failed, and a newer state of the same order came in since. Nothing was done; use a new key for a change.",
		)
	# Failed, or its worker died: this call holds the lock, so nobody else is at it.
	api_calls.take_over(row.name)
	frappe.db.commit()  # the claim must hold while the work may still fail
	return Claim(row.name)


def hold(account: str, operation: str, key: str):
	"""Context manager: one call at a time with this key. Raises `ApiError` 409 after some seconds."""
	return _Held(f"idempotency:{dedupe_key(account, operation, key)}")


class _Held:
	def __init__(self, name: str) -> None:
		self._lock = locks.one_at_a_time(name, WAIT_SECONDS)

	def __enter__(self) -> None:
		try:
			self._lock.__enter__()
		except locks.Busy:
			raise ApiError(
				409, "in_progress", "The first request with this key is still under way. Try again later.",
				retry_after=RETRY_AFTER,
			) from None  # fmt: skip

	def __exit__(self, *error) -> None:
		self._lock.__exit__(*error)


def settle(
	event: str, status: int, body: str, *, doctype: str | None, name: str | None, external_id: str | None
) -> None:
	"""Store the answer beside what was written. Does not commit: both become true together."""
	api_calls.settle(
		event,
		response_status=status,
		response_body=body,
		reference_doctype=doctype,
		reference_name=name,
		external_id=external_id,
	)


def fail(
	event: str, status: int, code: str, message: str, request_body: str, external_id: str | None
) -> None:
	"""Keep a failed call visible, and free its key for another try. Commits, after the work was rolled back.

	A call that was answered for good before something else went wrong keeps its answer.
	"""
	api_calls.fail(
		event,
		response_status=status,
		outcome=code[:60],
		error=capped(message),
		request_body=request_body,
		external_id=external_id,
	)
	frappe.db.commit()  # the caller's transaction is rolled back; this record must stay


def as_json(data) -> str:
	return json.dumps(data, ensure_ascii=False, default=str, separators=(",", ":"))
