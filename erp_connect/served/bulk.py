"""Many records in one call: each stands for itself, large calls are written by a worker."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery.states import PROCESSED
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import batch_write, hold_conflicts
from erp_connect.records import exempt, failures, identity, lookups, missed, texts, write
from erp_connect.records.failures import ApiError
from erp_connect.served import background, reading
from erp_connect.served.caller import Caller
from erp_connect.store import background_jobs, inbox, sync_log

AT_ONCE = 250
COMMIT_EACH = 100


def write_all(flow: InFlow, records: list[Any]) -> list[dict[str, Any]]:
	"""Write records one after the other; a failure undoes only its own. Does not commit."""
	known = write.look_ahead(flow, records)
	arrived = sync_log.last_seq()
	with lookups.ahead(flow, records), exempt.ahead(flow):
		done = [_one(flow, index, record, arrived, known) for index, record in enumerate(records)]
	return _results(flow, done)


def queue(caller: Caller, flow: InFlow, records: list[Any]) -> str:
	"""Keep the records for a worker. Returns the name of the job (a Sync Log row). Does not commit."""
	name = inbox.receive(
		{
			"integration": caller.account,
			"company": caller.company,
			"field_mapping": flow.name,
			"event": sync_log.BULK,
			"request_body": json.dumps(records),
		}
	)
	background.wake_after_commit(name)
	return name


def go_on(job: str, token: str) -> bool:
	"""Write the next records of a job; whether there are more. Nothing is done without the lease. Does not commit."""
	row = background_jobs.hold(job, token)
	if not row:
		return False
	compat.forget_between_records()
	flow, records = _flow(row.field_mapping), json.loads(row.request_body)
	results = json.loads(row.response_body or "[]")
	begin = len(results)
	# Files are had from outside, and nobody shall wait for the records before them meanwhile.
	chunk = records[begin : begin + (1 if flow.fetches_files else COMMIT_EACH)]
	with lookups.ahead(flow, chunk), exempt.ahead(flow):
		done = [_one(flow, index, record, row.seq) for index, record in enumerate(chunk, begin)]
	results += _results(flow, done, begin)
	if len(results) < len(records):
		background_jobs.lease(job, token, response_body=json.dumps(results), attempts=0)
		return True
	all_taken = all(result["ok"] for result in results)
	background_jobs.finish(
		job, token, json.dumps(results), None if all_taken else batch_write.OUTCOME_IN_PART
	)
	return False


def _flow(name: str) -> InFlow:
	"""The flow by which records came. Raises `ConnectError` where it is not offered any more."""
	if not frappe.db.get_value("Field Mapping", {"name": name, "enabled": 1, "expose_api": 1}):
		raise ConnectError(
			"Flow {flow} was switched off, deleted or taken out of the API meanwhile, so nothing more was written. Offer it again, "
			"then {again}.",
			code="unknown_entity",
			flow=name,
		)
	return inflow.load(name)


def state(caller: Caller, job: str) -> dict[str, Any]:
	"""Status and results of a job of this account. Raises `ApiError` 404."""
	row = frappe.db.get_value(
		"Sync Log",
		{"name": job, "integration": caller.account, "event": sync_log.BULK},
		["status", "response_body", "error"],
		as_dict=True,
	)
	if not row:
		raise ApiError(404, "not_found", "There is no such job.")
	error = background.why_ended(row.status, row.error)
	status = "done" if row.status == PROCESSED else "failed" if error else "running"
	return {"job": job, "status": status, "results": json.loads(row.response_body or "[]"), "error": error}


def _one(
	flow: InFlow, index: int, record: Any, arrived: int, known: set[str] | None = None
) -> write.Written | ApiError:
	frappe.db.savepoint("erp_connect_item")
	try:
		identity.require_object(record)
		texts.require(record)
		return hold_conflicts.upsert(flow, record, known, arrived=arrived)
	except frappe.QueryDeadlockError:
		raise  # the database has undone the whole transaction, not just this record
	except Exception as error:
		frappe.db.rollback(save_point="erp_connect_item")
		frappe.clear_messages()
		return failures.of(error, f"item {index}")


def _results(flow: InFlow, done: list[write.Written | ApiError], begin: int = 0) -> list[dict[str, Any]]:
	"""What the caller is told of each record. begin: number of the first one."""
	whole = [one.name for one in done if isinstance(one, write.Written) and one.whole and one.name]
	versions = reading.versions_of(flow.document_type, whole)
	return [_result(index, one, versions) for index, one in enumerate(done, begin)]


def _result(index: int, one: write.Written | ApiError, versions: dict[str, str]) -> dict[str, Any]:
	if isinstance(one, ApiError):
		error = {"code": one.code, "message": str(one), "field": one.field or None}
		return {"index": index, "ok": False, "error": error}
	return {
		"index": index,
		"ok": True,
		"action": one.action,
		"name": one.name,
		"external_id": one.external_id,
		"modified": versions.get(one.name) if one.whole else None,
		"not_taken": missed.by_field(one.missed),
	}
