"""Reports and large exports for BI tools and apps: report, export, export_state, export_file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import frappe
from pydantic import Field, model_validator

from erp_connect.api.v1.models import Model
from erp_connect.core.parse.refused_fields import Said, fault
from erp_connect.served import exporting, reports
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation
from erp_connect.served.exporting import Wanted
from erp_connect.served.table_files import CONTENT_TYPES
from erp_connect.served.wire import FileAnswer

PAGE = 500
PAGE_LIMIT = 5000
FILTER_OR_LIST = "{field} must be text, a number, true or false, or a list of texts and numbers."
Filter = Annotated[str | int | float | bool | list[str | int | float] | None, Said(FILTER_OR_LIST)]


class ReportIn(Model):
	report: str = Field(description="Name of a report that the account offers", max_length=140)
	filters: dict[str, Filter] = Field(
		default_factory=dict, description="As the report's page in Desk has them, by their field names"
	)
	limit: int = Field(PAGE, ge=1, le=PAGE_LIMIT)
	after: str | None = Field(
		None, max_length=400, description="`next` of the page before, with the same filters"
	)


class ReportColumn(Model):
	name: str = Field(description="Key in the rows")
	label: str
	type: str = Field(description="Frappe's field type")
	options: str | None = Field(description="DocType of a Link; where the currency of a Currency stands")


class ReportOut(Model):
	report: str
	columns: list[ReportColumn]
	rows: list[dict[str, Any]]
	totals: dict[str, Any] | None = Field(
		description="The line of totals below the whole report, if it has one"
	)
	total: int = Field(description="Rows of the whole report")
	next: str | None = Field(description="Pass as `after` for the next page; null on the last one")


class ExportIn(Model):
	entity: str | None = Field(None, max_length=140, description="Records of this entity; or a `report`")
	report: str | None = Field(None, max_length=140)
	format: Literal["csv", "jsonl", "xlsx"] = "csv"
	filters: dict[str, Filter] = Field(
		default_factory=dict, description="Mapped field = value, as for `list`; or the filters of the report"
	)
	modified_after: str | None = Field(
		None, max_length=40, description="ISO time; only records changed later"
	)
	modified_from: str | None = Field(
		None, max_length=40, description="ISO time; only records changed then or later"
	)
	with_tables: bool = Field(False, description="With the rows of each record's tables")

	@model_validator(mode="after")
	def _one_source(self) -> ExportIn:
		if bool(self.entity) == bool(self.report):
			raise fault("form", "Name either an entity or a report.")
		if self.report and (self.modified_after or self.modified_from or self.with_tables):
			raise fault("form", "A report is narrowed by its filters alone.")
		return self


class ExportJobIn(Model):
	job: str = Field(max_length=140)


class ExportOut(Model):
	job: str
	status: str = Field(description="running, done, failed or expired")
	rows: int | None = None
	bytes: int | None = None
	url: str | None = Field(None, description="Where the file is fetched, with the same credentials")
	expires: str | None = Field(None, description="Until when, UTC")
	error: str | None = None


@frappe.whitelist(methods=["GET", "POST"])
@operation(ReportIn, ReportOut, writes=False)
def report(caller: Caller, request: ReportIn) -> Reply:
	"""A query or script report with filters, page by page, with the rights of the user.

	It is made anew for each page; one whose earlier rows have changed meanwhile is told (409), so that none is lost or
	doubled. Reports that take long are exported.
	"""
	wanted = reports.Page(request.report, request.filters, request.limit, request.after)
	return Reply(reports.page(caller.account, wanted))


@frappe.whitelist(methods=["POST"])
@operation(ExportIn, ExportOut, writes=True)
def export(caller: Caller, request: ExportIn) -> Reply:
	"""Begin a file of all records of an entity, or of a report: CSV, JSON lines or XLSX.

	Poll `export_state`, then fetch its `url` with the same credentials. In CSV and XLSX, texts that a spreadsheet would
	take for formulas are written as texts (in CSV behind an apostrophe); JSON lines carry every value as it is.
	"""
	job = exporting.queue(caller, Wanted(**request.model_dump()))
	return Reply(exporting.state(caller, job), status=202)


@frappe.whitelist(methods=["GET", "POST"])
@operation(ExportJobIn, ExportOut, writes=False)
def export_state(caller: Caller, request: ExportJobIn) -> Reply:
	"""How an export fares, and where its file is."""
	return Reply(exporting.state(caller, request.job))


@frappe.whitelist(methods=["GET", "POST"])
@operation(ExportJobIn, ExportOut, writes=False, content_types=CONTENT_TYPES.values())
def export_file(caller: Caller, request: ExportJobIn) -> Reply:
	"""The file of an export that is done. It is kept for a day."""
	return Reply(None, file=FileAnswer(*exporting.file_of(caller, request.job)))
