"""Many records in one call: each stands for itself, large calls are written by a worker."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.inbound import errors, write
from erp_connect.inbound.caller import Caller
from erp_connect.inbound.errors import ApiError
from erp_connect.store import sync_log

AT_ONCE = 250
COMMIT_EACH = 100
JOB = "erp_connect.inbound.bulk.run"


def write_all(flow: InFlow, records: list[dict]) -> list[dict[str, Any]]:
	"""Write records one after the other; a failure undoes only its own. Does not commit."""
	return [_one(flow, index, record) for index, record in enumerate(records)]


def queue(caller: Caller, flow: InFlow, records: list[dict]) -> str:
	"""Keep the records for a worker. Returns the name of the job (a Sync Log row). Does not commit."""
	name = sync_log.receive(
		{
			"integration": caller.account,
			"company": caller.company,
			"field_mapping": flow.name,
			"event": "bulk_upsert",
			"status": "Received",
			"request_body": json.dumps(records),
		}
	)
	frappe.db.after_commit.add(lambda: wake(name, caller.user))
	return name


def wake(job: str, user: str) -> None:
	frappe.enqueue(JOB, queue="long", job_id=f"erp_connect_bulk_{job}", deduplicate=True, job=job, user=user)


def run(job: str, user: str) -> None:
	"""Job: write the records and keep the results. Goes on where a killed worker stopped."""
	frappe.set_user(user)
	row = frappe.db.get_value(
		"Sync Log", job, ["status", "request_body", "response_body", "field_mapping"], as_dict=True
	)
	if not row or row.status not in ("Received", "Processing"):
		return
	flow, records = inflow.load(row.field_mapping), json.loads(row.request_body)
	results = json.loads(row.response_body or "[]")
	while len(results) < len(records):
		chunk = records[len(results) : len(results) + COMMIT_EACH]
		results += [_one(flow, len(results) + place, record) for place, record in enumerate(chunk)]
		done = len(results) == len(records)
		sync_log.set_values(
			job, status="Processed" if done else "Processing", response_body=json.dumps(results)
		)
		frappe.db.commit()  # records and results together: what is resumed is neither lost nor done twice


def state(caller: Caller, job: str) -> dict[str, Any]:
	"""Status and results of a job of this account. Raises `ApiError` 404."""
	row = frappe.db.get_value(
		"Sync Log",
		{"name": job, "integration": caller.account, "event": "bulk_upsert"},
		["status", "response_body"],
		as_dict=True,
	)
	if not row:
		raise ApiError(404, "not_found", "There is no such job.")
	status = {"Processed": "done", "Failed": "failed"}.get(row.status, "running")
	return {"job": job, "status": status, "results": json.loads(row.response_body or "[]")}


def _one(flow: InFlow, index: int, record: dict) -> dict[str, Any]:
	frappe.db.savepoint("erp_connect_item")
	try:
		written = write.upsert(flow, record)
	except Exception as error:
		frappe.db.rollback(save_point="erp_connect_item")
		frappe.clear_messages()
		answer = errors.of(error, f"item {index}")
		return {
			"index": index,
			"ok": False,
			"error": {"code": answer.code, "message": str(answer), "field": answer.field or None},
		}
	return {
		"index": index,
		"ok": True,
		"action": written.action,
		"name": written.name,
		"external_id": written.external_id,
	}
