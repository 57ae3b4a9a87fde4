"""Query and script reports for callers of the API, run by Frappe with the rights of the session's user."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.desk import query_report

from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.payload.serialise import normalise
from erp_connect.records import failures
from erp_connect.records.failures import ApiError

KINDS = ("Query Report", "Script Report", "Custom Report")


@dataclass(frozen=True)
class Column:
	"""name: key in the rows. kind: Frappe's field type. options: DocType of a Link, or where the currency stands."""

	name: str
	label: str
	kind: str
	options: str | None


@dataclass(frozen=True)
class Result:
	"""rows: values by the columns' names, as JSON has them. totals: what Frappe adds below the table; None without."""

	columns: list[Column]
	rows: list[dict[str, Any]]
	totals: dict[str, Any] | None


@dataclass(frozen=True)
class Page:
	"""Which rows of a report are wanted. after: `next` of the page before."""

	report: str
	filters: dict[str, Any]
	limit: int
	after: str | None = None


def offered(account: str) -> list[str]:
	"""Names of the reports that an account may run, in its order."""
	filters = {"parent": account, "parenttype": "Integration Settings"}
	return frappe.get_all("Integration Report", filters=filters, pluck="report", order_by="idx")


def described(account: str) -> list[dict[str, Any]]:
	"""Reports of an account that the session's user may run: `report`, `doctype` it is about, `background` alone."""
	return [
		{
			"report": row.name,
			"doctype": row.ref_doctype,
			"background": bool(row.prepared_report),
		}
		for row in (frappe.get_cached_doc("Report", name) for name in offered(account))
		if _may_run(row)
	]


def require_offered(account: str, report: str) -> None:
	"""Raise `ApiError` 404 unless the account offers the report, and 422 where it is none that can be run like this."""
	if report not in offered(account):
		raise ApiError(404, "unknown_report", "This account offers no report {report}. Call describe for those it does, "
			"or add it to Reports offered in the account.", field="report", report=report)  # fmt: skip
	kind = frappe.get_cached_value("Report", report, "report_type")
	if kind not in KINDS:
		raise ApiError(422, "report_type", "{report} is a {kind}. Query, script and custom reports can be run; ask for the "
			"records of the others by list.", field="report", report=report, kind=kind)  # fmt: skip


def page(account: str, wanted: Page) -> dict[str, Any]:
	"""Some rows of a report that the account offers, with `columns`, `totals`, `total` and `next`.

	Raises as `require_offered` and `run` do; `ApiError` 422 for one that takes too long for a request, or for an `after`
	that is none, and 409 where rows before this page are others than they were.
	"""
	require_offered(account, wanted.report)
	if frappe.get_cached_value("Report", wanted.report, "prepared_report"):
		raise ApiError(422, "takes_long", "The report {report} takes too long for a call. Ask for it by export.",
			field="report", report=wanted.report)  # fmt: skip
	found = run(wanted.report, wanted.filters)
	start = _start(wanted, found.rows)
	end = start + wanted.limit
	return {
		"report": wanted.report,
		"columns": [
			{"name": one.name, "label": one.label, "type": one.kind, "options": one.options}
			for one in found.columns
		],
		"rows": found.rows[start:end],
		"totals": found.totals,
		"total": len(found.rows),
		"next": _token(wanted, found.rows, end) if end < len(found.rows) else None,
	}


def run(report: str, filters: dict[str, Any]) -> Result:
	"""The whole report. filters: as its page has them; a custom report's own ones where there are none.

	Raises `ApiError` 422 where it does not run with these filters, and `frappe.PermissionError`.
	"""
	try:
		answer = query_report.run(
			report, filters=dict(filters), ignore_prepared_report=True, are_default_filters=not filters
		)
	except (frappe.PermissionError, frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception as error:
		frappe.clear_messages()
		raise _refused(report, error) from error
	if not answer.get("columns"):
		# As ERPNext's ledgers do without a company, where nothing has been looked up.
		raise _not_run(report, frappe._("it has no columns"))
	columns = [_column(column) for column in answer.get("columns") or []]
	found = answer.get("result") or []
	# Rows are objects; the line of totals alone is a list.
	totals = found.pop() if found and isinstance(found[-1], list | tuple) else None
	return Result(
		columns, [_row(columns, row) for row in found if row], _row(columns, totals) if totals else None
	)


def _refused(report: str, error: Exception) -> ApiError:
	"""A report says in its own words what it needs, or falls over what is missing."""
	if isinstance(error, ConnectError):
		return failures.of(error, "")
	return _not_run(report, failures.detail(error))


def _not_run(report: str, reason: str) -> ApiError:
	return ApiError(422, "report_failed", "The report {report} does not run with these filters ({reason}). Send those that "
		"its page in Desk shows, by their field names; many reports need company and dates.", field="filters",
		report=report, reason=Whole(reason))  # fmt: skip


def _column(column: dict[str, Any]) -> Column:
	return Column(
		column["fieldname"],
		column.get("label") or "",
		column.get("fieldtype") or "Data",
		column.get("options") or None,
	)


def _row(columns: list[Column], row: dict[str, Any] | list[Any]) -> dict[str, Any]:
	"""Values by name; the line of totals comes as a list."""
	if not isinstance(row, dict):
		row = dict(zip((column.name for column in columns), row, strict=False))
	return normalise({column.name: row.get(column.name) for column in columns})


def _may_run(report) -> bool:
	return (
		report.is_permitted()
		and frappe.has_permission(report.ref_doctype, "report")
		and not report.disabled
		and report.report_type in KINDS
	)


def _token(wanted: Page, rows: list[dict[str, Any]], end: int) -> str:
	"""Where the next page begins, and what came before it, so that it is seen when that has changed."""
	return base64.urlsafe_b64encode(json.dumps([end, _mark(wanted, rows[:end])]).encode()).decode()


def _start(wanted: Page, rows: list[dict[str, Any]]) -> int:
	if not wanted.after:
		return 0
	try:
		start, mark = json.loads(base64.urlsafe_b64decode(wanted.after.encode()))
		start = int(start)
	except (ValueError, TypeError):
		raise ApiError(422, "invalid", "Pass `next` of the page before.", field="after") from None
	if mark != _mark(wanted, rows[:start]):
		raise ApiError(409, "changed", "The report or its filters have changed since the page before. Begin with the first "
			"page, or ask for the whole report by export.", field="after")  # fmt: skip
	return start


def _mark(wanted: Page, rows: list[dict[str, Any]]) -> str:
	said = json.dumps([wanted.report, wanted.filters, rows], sort_keys=True, default=str)
	return hashlib.sha256(said.encode()).hexdigest()
