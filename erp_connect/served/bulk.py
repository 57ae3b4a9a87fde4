"""Many records in one call: each stands for itself, large calls are written by a worker."""

from __future__ import annotations

import json
import uuid
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery.states import FAILED, PROCESSED
from erp_connect.core.errors import capped
from erp_connect.inbound import hold_conflicts
from erp_connect.jobs import session
from erp_connect.records import failures, missed, write
from erp_connect.records.failures import ApiError
from erp_connect.served import reading
from erp_connect.served.caller import Caller
from erp_connect.store import bulk_jobs, inbox, sync_log

AT_ONCE = 250
COMMIT_EACH = 100
JOB = "erp_connect.served.bulk.run"
# Times in a row that a job may take its worker down, or meet a deadlock, before it is given up or left to the next.
DEATHS = 3
CONFLICTS = 5
DIED = (
	"The worker died each of the {0} times it had this job. Look for records of unusual size, or too little memory, "
	"in the worker's log; then send the records that have no result again."
)
DISABLED = "User {0} was disabled. Enable the user, then send the records again."


def write_all(flow: InFlow, records: list[dict]) -> list[dict[str, Any]]:
	"""Write records one after the other; a failure undoes only its own. Does not commit."""
	known = write.look_ahead(flow, records)
	arrived = sync_log.last_seq()
	return _results(flow, [_one(flow, index, record, arrived, known) for index, record in enumerate(records)])


def queue(caller: Caller, flow: InFlow, records: list[dict]) -> str:
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
	frappe.db.after_commit.add(lambda: wake(name))
	return name


def wake(job: str) -> None:
	"""Queue a job; harmless when it runs already, since it takes a lease. Never raises."""
	try:
		frappe.enqueue(JOB, queue="long", job=job)
	except Exception:  # as with wake-ups: the sweep tries again in a minute
		frappe.logger("erp_connect").warning("bulk job %s could not be queued", job, exc_info=True)


def wake_all() -> None:
	"""Let jobs go on that nobody works on: their worker died, or the queue was lost."""
	for job in bulk_jobs.due():
		wake(job)


def run(job: str) -> None:
	"""Job: write the records as the user who sent them. Goes on where a killed worker stopped."""
	with session.session():
		if token := _claim(job):
			_go_on(job, token)


def _claim(job: str) -> str | None:
	"""Take the job under a lease; None when it is done, or somebody else has it."""
	row = bulk_jobs.lock_due(job)
	if not row:
		return None
	token = uuid.uuid4().hex
	bulk_jobs.lease(job, token, attempts=row.attempts + 1)
	if row.attempts >= DEATHS:
		bulk_jobs.fail(job, token, "worker_died", frappe._(DIED).format(DEATHS))
	elif not frappe.db.get_value("User", row.owner, "enabled"):
		bulk_jobs.fail(job, token, "permission", frappe._(DISABLED).format(row.owner))
	frappe.db.commit()  # the lease must be visible to other workers before the work begins
	frappe.set_user(row.owner)
	return token


def _go_on(job: str, token: str) -> None:
	conflicts = 0
	while conflicts < CONFLICTS:
		try:
			more = _chunk(job, token)
		except frappe.QueryDeadlockError:
			frappe.db.rollback()
			conflicts += 1
			continue
		except Exception as error:
			frappe.db.rollback()
			bulk_jobs.fail(job, token, "error", capped(failures.detail(error, failures.repeated_by_caller())))
			more = False
		frappe.db.commit()  # records and results together: what is resumed is neither lost nor done twice
		if not more:
			return


def _chunk(job: str, token: str) -> bool:
	"""Write the next records; whether there are more. Nothing is done without the lease."""
	row = bulk_jobs.hold(job, token)
	if not row:
		return False
	compat.forget_looked_up_values()
	flow, records = inflow.load(row.field_mapping), json.loads(row.request_body)
	results = json.loads(row.response_body or "[]")
	begin = len(results)
	# Files are had from outside, and nobody shall wait for the records before them meanwhile.
	chunk = records[begin : begin + (1 if flow.fetches_files else COMMIT_EACH)]
	results += _results(
		flow, [_one(flow, index, record, row.seq) for index, record in enumerate(chunk, begin)], begin
	)
	if len(results) < len(records):
		bulk_jobs.lease(job, token, response_body=json.dumps(results), attempts=0)
		return True
	bulk_jobs.finish(job, token, json.dumps(results))
	return False


def state(caller: Caller, job: str) -> dict[str, Any]:
	"""Status and results of a job of this account. Raises `ApiError` 404."""
	row = frappe.db.get_value(
		"Sync Log",
		{"name": job, "integration": caller.account, "event": sync_log.BULK},
		["status", "response_body"],
		as_dict=True,
	)
	if not row:
		raise ApiError(404, "not_found", "There is no such job.")
	status = {PROCESSED: "done", FAILED: "failed"}.get(row.status, "running")
	return {"job": job, "status": status, "results": json.loads(row.response_body or "[]")}


def _one(
	flow: InFlow, index: int, record: dict, arrived: int, known: set[str] | None = None
) -> write.Written | ApiError:
	frappe.db.savepoint("erp_connect_item")
	try:
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
