"""Records of any document type that a flow offers: upsert, bulk_upsert, get, list, cancel, delete, describe."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import frappe
from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema

from erp_connect.api.v1.models import Model
from erp_connect.core.parse.refused_fields import Said
from erp_connect.inbound import hold_conflicts, routing
from erp_connect.inbound.routing import Task
from erp_connect.records import deletion, missed, write
from erp_connect.served import bulk, cancelling, reading, reports
from erp_connect.served import describe as describing
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation
from erp_connect.served.exposed import event_flow, exposed_flow
from erp_connect.store import sync_log

PAGE = 100
PAGE_LIMIT = 500
BULK_LIMIT = 5000
FILTER = "{field} must be text, a number, true or false."
WRITING = ("create", "write")
# Letter by letter: an id with a blank at its end is another one, as in records that are written.
ExternalId = Annotated[str, StringConstraints(strip_whitespace=False)]
# An object; one that is none is refused by itself, like every record that cannot be used.
Record = Annotated[Any, WithJsonSchema({"type": "object", "additionalProperties": True})]


class Written(Model):
	action: str = Field(
		description="created, updated, unchanged, stale, ignored, cancelled, deleted, held for a person, or skipped as a person decided"
	)
	doctype: str
	name: str | None = Field(description="Name of the document in ERPNext")
	external_id: str | None
	modified: str | None = Field(
		description="When the document was last changed, to the microsecond; null where there is none, or where it "
		"has not just what was sent"
	)
	not_taken: dict[str, str] = Field(
		default_factory=dict,
		description="Fields that do not say what was sent, since ERPNext put them back, each with the reason",
	)


class UpsertIn(Model):
	entity: str = Field(description="Outside object of the flow, e.g. customer", max_length=140)
	record: dict[str, Any] = Field(description="The record in the outside's own shape; the flow maps it")


class BulkUpsertIn(Model):
	each_by_itself: ClassVar[str] = "records"

	entity: str = Field(max_length=140)
	records: list[Record] = Field(min_length=1, max_length=BULK_LIMIT)
	background: bool | None = Field(
		None,
		description="True: answer at once with a job. Default: when there are many. Always so where the flow fetches files",
	)


class ItemResult(Model):
	index: int
	ok: bool
	action: str | None = None
	name: str | None = None
	external_id: str | None = None
	modified: str | None = Field(None, description="As in the answer of `upsert`")
	not_taken: dict[str, str] = Field(default_factory=dict, description="As in the answer of `upsert`")
	error: dict[str, Any] | None = None


class BulkUpsertOut(Model):
	job: str | None = Field(
		None, description="Set when the records are written in the background; poll `job`"
	)
	status: str = Field(description="done, running or failed")
	results: list[ItemResult] | None = None
	error: str | None = Field(None, description="Why a job failed, and what to do; what it wrote stays")


class JobIn(Model):
	job: str = Field(max_length=140)


class GetIn(Model):
	entity: str = Field(max_length=140)
	name: str | None = Field(None, max_length=140, description="Name in ERPNext")
	external_id: ExternalId | None = Field(None, max_length=140)


class RecordOut(Model):
	model_config = ConfigDict(extra="allow")

	name: str
	external_id: str | None


class ListIn(Model):
	entity: str = Field(max_length=140)
	filters: dict[str, Annotated[str | int | float | bool, Said(FILTER)]] = Field(
		default_factory=dict, description="Mapped field = value"
	)
	modified_after: str | None = Field(
		None, max_length=40, description="ISO time; only records changed later"
	)
	modified_from: str | None = Field(
		None, max_length=40, description="ISO time; only records changed then or later"
	)
	order: Literal["name", "modified"] = Field(
		"name", description="modified: by time of change, to go on from the last record another day"
	)
	with_tables: bool = Field(False, description="Each record as `get` gives it, with the rows of its tables")
	limit: int = Field(PAGE, ge=1, le=PAGE_LIMIT)
	after: str | None = Field(
		None, max_length=400, description="`next` of the page before, in the same order"
	)


class ListOut(Model):
	records: list[RecordOut]
	next: str | None = Field(description="Pass as `after` for the next page; null on the last one")


class DescribeIn(Model):
	entity: str | None = Field(None, max_length=140, description="Empty: all that is offered")


class FieldOut(Model):
	path: str = Field(description="Where it stands in the record")
	field: str = Field(description="Field in ERPNext")
	type: str
	required: bool
	match_key: bool
	match_set: int | None = Field(
		description="Match keys with the same number are compared together; other numbers are alternatives"
	)
	options: str | None = None


class EntityOut(Model):
	entity: str
	doctype: str
	fields: list[FieldOut]
	can_delete: bool


class ReportOffered(Model):
	report: str
	doctype: str
	background: bool = Field(description="It takes long: ask for it by `export`")


class DescribeOut(Model):
	entities: list[EntityOut]
	reports: list[ReportOffered] = Field(
		default_factory=list, description="Reports that the user may run; none where one entity is asked for"
	)


@frappe.whitelist(methods=["POST", "PUT"])
@operation(UpsertIn, Written, writes=True, also="PUT")
def upsert(caller: Caller, request: UpsertIn) -> Reply:
	"""Create or update one record.

	It is found by its external id, else by the match keys of the flow; several matches are held for review.
	"""
	if events := event_flow(caller, request.entity):
		return _reply(routing.carry_out(Task(events, request.record, arrived=sync_log.last_seq()))[-1])
	flow = exposed_flow(caller, request.entity, *WRITING)
	return _reply(hold_conflicts.upsert(flow, request.record, arrived=sync_log.last_seq()))


@frappe.whitelist(methods=["POST", "PUT"])
@operation(BulkUpsertIn, BulkUpsertOut, writes=True, also="PUT")
def bulk_upsert(caller: Caller, request: BulkUpsertIn) -> Reply:
	"""Create or update many records; each succeeds or fails by itself."""
	flow = exposed_flow(caller, request.entity, *WRITING)
	if (
		flow.fetches_files
		or request.background
		or (request.background is None and len(request.records) > bulk.AT_ONCE)
	):
		job_name = bulk.queue(caller, flow, request.records)
		return Reply({"job": job_name, "status": "running", "results": None}, status=202)
	return Reply({"job": None, "status": "done", "results": bulk.write_all(flow, request.records)})


@frappe.whitelist(methods=["GET", "POST"])
@operation(JobIn, BulkUpsertOut, writes=False)
def job(caller: Caller, request: JobIn) -> Reply:
	"""State and results of a bulk_upsert in the background."""
	return Reply(bulk.state(caller, request.job))


@frappe.whitelist(methods=["GET", "POST"])
@operation(GetIn, RecordOut, writes=False)
def get(caller: Caller, request: GetIn) -> Reply:
	"""One record with its mapped fields."""
	flow = exposed_flow(caller, request.entity, "read")
	return Reply(reading.one(flow, name=request.name, external_id=request.external_id))


@frappe.whitelist(methods=["GET", "POST"])
@operation(ListIn, ListOut, writes=False)
def list_(caller: Caller, request: ListIn) -> Reply:
	"""Records page by page, in a stable order, only those the user may see."""
	flow = exposed_flow(caller, request.entity, "read")
	return Reply(reading.page(flow, reading.Query(**request.model_dump(exclude={"entity"}))))


@frappe.whitelist(methods=["POST"])
@operation(GetIn, Written, writes=True)
def cancel(caller: Caller, request: GetIn) -> Reply:
	"""Cancel a submitted document, where its flow submits documents.

	One that is cancelled already stays as it is; a draft is refused (409), and a type that is never submitted (422).
	"""
	flow = exposed_flow(caller, request.entity, "cancel", "read")
	return _reply(cancelling.cancel(flow, name=request.name, external_id=request.external_id))


@frappe.whitelist(methods=["POST", "DELETE"])
@operation(GetIn, Written, writes=True, also="DELETE")
def delete(caller: Caller, request: GetIn) -> Reply:
	"""Delete a record, where its flow allows that.

	By its name also where no external id of it is known.
	"""
	flow = exposed_flow(caller, request.entity, "delete")
	external_id = request.external_id or reading.external_id_of(flow, request.name)
	if request.name and request.external_id:
		reading.find(flow, name=request.name, external_id=request.external_id)
	if external_id:
		return _reply(deletion.delete(flow, external_id))
	doc = reading.find(flow, name=request.name, external_id=None)
	return _reply(deletion.delete_unlinked(flow, str(doc.name)))


@frappe.whitelist(methods=["GET", "POST"])
@operation(DescribeIn, DescribeOut, writes=False)
def describe(caller: Caller, request: DescribeIn) -> Reply:
	"""What may be sent: entities, fields, types, which are required. No special role is needed."""
	offered = [] if request.entity else reports.described(caller.account)
	return Reply({"entities": describing.entities(caller, request.entity), "reports": offered})


def _reply(written: write.Written) -> Reply:
	status = {write.CREATED: 201, write.HELD: 202}.get(written.action, 200)
	return Reply(_told(written), written.doctype, written.name, written.external_id, status)


def _told(written: write.Written) -> dict[str, Any]:
	return {
		"action": written.action,
		"doctype": written.doctype,
		"name": written.name,
		"external_id": written.external_id,
		"modified": reading.version_of(written.doctype, written.name) if written.whole else None,
		"not_taken": missed.by_field(written.missed),
	}
