"""Many records in one call: each stands for itself, large calls are written by a worker."""

from __future__ import annotations

import json
import uuid
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.inbound import hold_conflicts
from erp_connect.jobs import session
from erp_connect.records import failures, write
from erp_connect.records.failures import ApiError
from erp_connect.served import reading
from erp_connect.served.caller import Caller
from erp_connect.store import sync_log

AT_ONCE = 250
COMMIT_EACH = 100
JOB = "erp_connect.served.bulk.run"
LEASE_SECONDS = 300
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
	return _results(flow, [_one(flow, index, record, known) for index, record in enumerate(records)])


def queue(caller: Caller, flow: InFlow, records: list[dict]) -> str:
	"""Keep the records for a worker. Returns the name of the job (a Sync Log row). Does not commit."""
	name = sync_log.receive(
		{
			"integration": caller.account,
			"company": caller.company,
			"field_mapping": flow.name,
			"event": sync_log.BULK,
			"status": "Received",
			"request_body": json.dumps(records),
			"due": True,
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
	for name in frappe.db.sql_list(
		"SELECT log.name FROM `tabIntegration Settings` settings"
		" JOIN `tabSync Log` log ON log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP()"
		" WHERE settings.enabled = 1 AND log.direction = 'Incoming' AND log.event = %s",
		sync_log.BULK,
	):
		wake(name)


def run(job: str) -> None:
	"""Job: write the records as the user who sent them. Goes on where a killed worker stopped."""
	with session.session():
		if token := _claim(job):
			_go_on(job, token)


def _claim(job: str) -> str | None:
	"""Take the job under a lease; None when it is done, or somebody else has it."""
	row = frappe.db.sql(
		"SELECT owner, attempts FROM `tabSync Log` WHERE name = %s AND event = %s AND due_at <= UNIX_TIMESTAMP()"
		" FOR UPDATE SKIP LOCKED",
		(job, sync_log.BULK),
		as_dict=True,
	)
	if not row:
		return None
	token = uuid.uuid4().hex
	_lease(job, claim_token=token, status="Processing", attempts=row[0].attempts + 1)
	if row[0].attempts >= DEATHS:
		_end(job, status="Failed", outcome="worker_died", error=frappe._(DIED).format(DEATHS))
	if not frappe.db.get_value("User", row[0].owner, "enabled"):
		_end(job, status="Failed", outcome="permission", error=frappe._(DISABLED).format(row[0].owner))
	frappe.db.commit()  # the lease must be visible to other workers before the work begins
	frappe.set_user(row[0].owner)
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
			_end(job, status="Failed", outcome="error", error=failures.detail(error)[:1000])
			more = False
		frappe.db.commit()  # records and results together: what is resumed is neither lost nor done twice
		if not more:
			return


def _chunk(job: str, token: str) -> bool:
	"""Write the next records; whether there are more. Nothing is done without the lease."""
	row = frappe.db.get_value(
		"Sync Log",
		{"name": job, "claim_token": token, "status": "Processing"},
		["request_body", "response_body", "field_mapping"],
		as_dict=True,
		for_update=True,
	)
	if not row:
		return False
	compat.forget_looked_up_values()
	flow, records = inflow.load(row.field_mapping), json.loads(row.request_body)
	results = json.loads(row.response_body or "[]")
	begin = len(results)
	chunk = records[begin : begin + COMMIT_EACH]
	results += _results(flow, [_one(flow, index, record) for index, record in enumerate(chunk, begin)], begin)
	if len(results) < len(records):
		_lease(job, response_body=json.dumps(results), attempts=0)
		return True
	_end(job, status="Processed", response_body=json.dumps(results))
	return False


def _lease(job: str, **values: Any) -> None:
	sync_log.set_values(job, **values)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() + %s WHERE name = %s", (LEASE_SECONDS, job)
	)


def _end(job: str, **values: Any) -> None:
	sync_log.set_values(job, due_at=None, last_attempt=frappe.utils.now_datetime(), **values)


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
	status = {"Processed": "done", "Failed": "failed"}.get(row.status, "running")
	return {"job": job, "status": status, "results": json.loads(row.response_body or "[]")}


def _one(flow: InFlow, index: int, record: dict, known: set[str] | None = None) -> write.Written | ApiError:
	frappe.db.savepoint("erp_connect_item")
	try:
		return hold_conflicts.upsert(flow, record, known)
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
	}
