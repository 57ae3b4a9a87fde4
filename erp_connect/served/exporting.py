"""Files of many records or of a report: asked for by a call, written by a worker, fetched by another call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

import frappe
from frappe import _

from erp_connect.config.inflow import InFlow
from erp_connect.core.delivery.states import PROCESSED
from erp_connect.records.failures import ApiError
from erp_connect.served import background, export_place, reading, reports
from erp_connect.served.caller import Caller
from erp_connect.served.exposed import flow_of_account
from erp_connect.served.table_files import CONTENT_TYPES, open_table
from erp_connect.store import background_jobs, inbox, sync_log

# Files of one account that are asked for and not made yet.
AT_ONCE = 5
PAGE = 500
# Frappe stops a job of its long queue after 25 minutes, and a report does not say that it goes on.
REPORT_LEASE = 1800
RETRY_SECONDS = 60
FIXED = ("name", "external_id", "modified")


class LeaseLost(Exception):
	"""Another worker has the job: what this one wrote is thrown away."""


@dataclass(frozen=True)
class Wanted:
	"""What a file shall hold: the records of an entity, or a report.

	filters, modified_after, modified_from, with_tables: as `reading.Query` has them, or the report's. format: of
	`CONTENT_TYPES`.
	"""

	entity: str | None
	report: str | None
	format: str
	filters: dict[str, Any]
	modified_after: str | None = None
	modified_from: str | None = None
	with_tables: bool = False


@dataclass(frozen=True)
class Table:
	"""columns: key and title. pages: the rows, some at a time."""

	columns: list[tuple[str, str]]
	pages: Iterator[list[dict[str, Any]]]


def queue(caller: Caller, wanted: Wanted) -> str:
	"""Keep the wish for a worker. Returns the name of the job (a Sync Log row). Does not commit.

	Raises `ApiError` 404 and 422 for what the account does not offer, 429 where too much waits already, and
	`frappe.PermissionError`.
	"""
	_require(caller.account, wanted)
	if background_jobs.running(caller.account, sync_log.EXPORT) >= AT_ONCE:
		raise ApiError(429, "too_many_exports", "{limit} files of this account are being made. Fetch those first.",
			limit=AT_ONCE, retry_after=RETRY_SECONDS)  # fmt: skip
	name = inbox.receive(
		{
			"integration": caller.account,
			"company": caller.company,
			"event": sync_log.EXPORT,
			"request_body": json.dumps(asdict(wanted)),
		}
	)
	background.wake_after_commit(name)
	return name


def go_on(job: str, token: str) -> bool:
	"""Write the whole file of a job; there is never more. Commits to keep its lease.

	A worker that takes over begins anew: half a file is of no use, and reading has no effect.
	"""
	row = background_jobs.hold(job, token)
	if not row:
		return False
	wanted = Wanted(**json.loads(row.request_body))
	_require(row.integration, wanted)
	background_jobs.lease(job, token, REPORT_LEASE if wanted.report else background_jobs.LEASE_SECONDS)
	frappe.db.commit()  # lets go of the row, so that its state can be read meanwhile
	path = export_place.path_of(job, wanted.format)
	try:
		with export_place.being_written(path, token) as stream:
			rows = _write(stream, _table(row.integration, wanted), wanted.format, job, token)
	except LeaseLost:
		return False
	background_jobs.finish(job, token, json.dumps({"rows": rows, "bytes": path.stat().st_size}))
	return False


def _write(stream: BinaryIO, table: Table, kind: str, job: str, token: str) -> int:
	"""Write all rows, and keep the lease meanwhile. Returns how many. Raises `LeaseLost`."""
	file, rows = open_table(kind, stream, table.columns), 0
	for page in table.pages:
		for one in page:
			file.write(one)
		rows += len(page)
		_keep_lease(job, token)
	file.close()
	return rows


def state(caller: Caller, job: str) -> dict[str, Any]:
	"""How a file fares, and from where it can be fetched until when. Raises `ApiError` 404 for one of somebody else."""
	row, wanted = _job(caller, job)
	until = (
		export_place.expires(export_place.path_of(job, wanted.format)) if row.status == PROCESSED else None
	)
	done = {} if row.status != PROCESSED else json.loads(row.response_body)
	error = background.why_ended(row.status, row.error)
	status = "failed" if error else "running"
	if row.status == PROCESSED:
		status = "done" if until else "expired"
	return {
		"job": job,
		"status": status,
		"rows": done.get("rows"),
		"bytes": done.get("bytes"),
		"url": frappe.utils.get_url(f"/api/method/erp_connect.api.v1.export_file?job={job}")
		if until
		else None,
		"expires": datetime.fromtimestamp(until, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
		if until
		else None,
		"error": error,
	}


def file_of(caller: Caller, job: str) -> tuple[Path, str, str]:
	"""The finished file of a job, its content type, and a name for it.

	Raises `ApiError`: 404 for one of somebody else, 409 for one that is not done or failed, 410 for one that expired.
	"""
	row, wanted = _job(caller, job)
	if row.status in background.ENDED:
		raise ApiError(409, "export_failed", "The file could not be made. Ask export_state for the reason.")
	if row.status != PROCESSED:
		raise ApiError(
			409, "not_ready", "The file is not ready. Ask export_state until it is done.", retry_after=2
		)
	path = export_place.path_of(job, wanted.format)
	if not export_place.expires(path):
		raise ApiError(410, "expired", "The file is not kept any longer. Call export again.")
	return path, CONTENT_TYPES[wanted.format], f"{wanted.report or wanted.entity}.{wanted.format}"


def _job(caller: Caller, job: str) -> tuple[Any, Wanted]:
	"""A job of this account and of the session's user: it was made with the rights of whoever asked for it."""
	row = frappe.db.get_value(
		"Sync Log",
		{
			"name": job,
			"integration": caller.account,
			"event": sync_log.EXPORT,
			"owner": frappe.session.user,
			"dedupe_key": ("is", "not set"),
		},
		["status", "request_body", "response_body", "error"],
		as_dict=True,
	)
	if not row:
		raise ApiError(404, "not_found", "There is no such job.")
	return row, Wanted(**json.loads(row.request_body))


def _require(account: str, wanted: Wanted) -> None:
	"""Raise unless the session's user may have this from the account: as for reading it, and Frappe's right to export."""
	if wanted.report:
		reports.require_offered(account, wanted.report)
		doctype = frappe.get_cached_value("Report", wanted.report, "ref_doctype")
	else:
		flow = flow_of_account(account, wanted.entity or "", "read")
		doctype = flow.document_type
		next(_records(flow, wanted, limit=1))  # refuses filters and times that cannot be used
	if not frappe.has_permission(doctype, "export"):
		raise ApiError(403, "permission", "The user of this call may not export {doctype}. Give a role of the user the "
			"right Export in the Role Permissions Manager.", doctype=_(doctype))  # fmt: skip


def _table(account: str, wanted: Wanted) -> Table:
	if wanted.report:
		found = reports.run(wanted.report, wanted.filters)
		columns = [(column.name, column.label or column.name) for column in found.columns]
		return Table(columns, iter([found.rows + ([found.totals] if found.totals else [])]))
	flow = flow_of_account(account, wanted.entity or "", "read")
	fields = flow.fields if wanted.with_tables else reading.columns_of(flow)
	return Table([(name, name) for name in dict.fromkeys((*FIXED, *fields))], _records(flow, wanted))


def _records(flow: InFlow, wanted: Wanted, limit: int = PAGE) -> Iterator[list[dict[str, Any]]]:
	after = None
	while True:
		query = reading.Query(
			limit=limit, filters=wanted.filters, modified_after=wanted.modified_after,
			modified_from=wanted.modified_from, with_tables=wanted.with_tables, after=after,
		)  # fmt: skip
		page = reading.page(flow, query)
		yield page["records"]
		if not (after := page["next"]):
			return


def _keep_lease(job: str, token: str) -> None:
	"""Raise `LeaseLost` when another worker has the job by now."""
	if not background_jobs.hold(job, token):
		raise LeaseLost
	background_jobs.lease(job, token)
	frappe.db.commit()  # the lease counts for others now
