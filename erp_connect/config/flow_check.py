"""Everything that can be found wrong with a flow before it runs, in words for the person who saves it."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.config import (
	event_check,
	file_check,
	flow_fields,
	gone_check,
	inflow,
	inflow_rows,
	inputs,
	known_elsewhere,
	lookup_check,
	match_check,
	pull_check,
	request_check,
	request_steps,
)
from erp_connect.config import flow as flows
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.config.triggers import parse_match
from erp_connect.core.delivery.answer_rules import rule_from
from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import check_template
from erp_connect.core.mapping.schema import Problem, check_rows
from erp_connect.core.paging.request import parse_body
from erp_connect.core.payload.received_files import is_file_path
from erp_connect.core.presets import pages
from erp_connect.core.values.paths import parse_path
from erp_connect.messages import say, translate

ANSWER_EXPRESSIONS = (
	"external_id_expression", "external_url_expression", "success_expression", "batch_results", "batch_record_key",
	"batch_result_key", "batch_item_success", "batch_item_error",
)  # fmt: skip
NEVER_FLOWS = (
	"Sync Log", "Sync Attempt", "Sync Link", "Sync Exemption", "Integration State", "Sync Backfill", "Sync Cursor",
	"Sync Load", "Sync Reconciliation", "Sync Difference", "Sync Sample",
)  # fmt: skip


def problems(doc) -> list[str]:
	"""Messages about a Field Mapping, as safe HTML; empty when it can run."""
	try:
		return [frappe.utils.escape_html(text) for text in _problems(doc)]
	except ConnectError as error:
		return [frappe.utils.escape_html(translate(error))]


def _problems(doc) -> Iterator[str]:
	if text := _bad_document_type(doc.document_type):
		yield text
		return
	links = tuple(flows._link(row) for row in doc.linked_documents)
	schema = flow_fields.schema(doc.document_type, links, inputs.of_account(doc.integration))
	in_paths = {
		**schema,
		"fields": {**schema["fields"], inputs.IN_TEMPLATES: schema["fields"][inputs.IN_EXPRESSIONS]},
	}
	yield from _outgoing_essentials(doc)
	if doc.condition:
		yield from _told(_("Only if"), check_expression(doc.condition, schema))
	for row in doc.requests:
		yield from _told(_("Requests, row {0}").format(row.idx), check_template(row.path or "", in_paths))
	yield from _outgoing_row_problems(doc, schema)
	yield from lookup_check.problems(doc)
	yield from _incoming_problems(doc, schema)
	yield from pull_check.problems(doc)
	yield from request_check.problems(doc, in_paths)
	yield from request_steps.problems(doc, in_paths)
	yield from _trigger_problems(doc)
	yield from _answer_problems(doc)
	if doc.record_page and (problem := pages.problem_of(doc.record_page)):
		yield f"{_('Page of a record')}: {_text(problem)}"


def _outgoing_row_problems(doc, schema: dict) -> Iterator[str]:
	if doc.direction == "Incoming":
		return
	numbers = [row.idx for row in doc.rows if (row.direction or "Both") in flows.OUTGOING]
	for problem in check_rows(flows.outgoing_rows(doc), schema):
		place = _("Fields, row {0}").format(numbers[problem.row - 1]) if problem.row else _("Fields")
		yield f"{place}: {_text(problem)}"


def _bad_document_type(doctype: str | None) -> str:
	if not doctype or not frappe.db.exists("DocType", doctype):
		return _("Choose a document type.")
	meta = frappe.get_meta(doctype)
	if doctype in NEVER_FLOWS or meta.istable or meta.is_virtual:
		return _("{0} cannot be sent. Choose an ordinary document type.").format(doctype)
	return ""


def _outgoing_essentials(doc) -> Iterator[str]:
	if doc.direction == "Incoming":
		return
	if not doc.requests:
		yield _("Add at least one row to Requests, so that something is sent.")
	own = [
		row for row in doc.requests if row.operation != request_steps.STEP and not (row.body or "").strip()
	]
	if not doc.rows and any(row.send_body for row in own):
		yield _("Add at least one row to Fields, or clear Send payload in Requests.")
	meta = frappe.get_meta(doc.document_type)
	seen = set()
	for row in doc.requests:
		if row.operation == request_steps.STEP:
			continue
		if row.event in seen:
			yield _("Requests, row {0}: {1} is there twice. Keep one.").format(row.idx, _(row.event))
		seen.add(row.event)
		if row.event in ("Submit", "Cancel", "Update After Submit") and not meta.is_submittable:
			yield _("Requests, row {0}: {1} is never submitted. Use Insert or Update.").format(
				row.idx, doc.document_type
			)


def _incoming_problems(doc, schema: dict) -> Iterator[str]:
	if doc.direction == "Outgoing":
		return
	require_writable(doc.document_type)
	flow = inflow.from_document(doc)
	if not flow.fields:
		yield _("Add at least one row to Fields that is not Outgoing only.")
	yield from match_check.problems(doc, flow)
	yield from gone_check.problems(doc, flow)
	if flow.purpose != inflow.DOCUMENT:
		yield from event_check.problems(doc, flow)
		return
	yield from known_elsewhere.problems(doc, flow.known_as)
	for row in doc.rows:
		yield from _incoming_row_problems(doc, row, schema)


def _incoming_row_problems(doc, row, schema: dict) -> Iterator[str]:
	place = _("Fields, row {0}").format(row.idx)
	if row.row_key and len(inflow_rows.columns_of(row.source)) != 2:
		yield f"{place}: " + _("Key of the row is for a column of a table, such as {0}.").format(
			"items[].item_code"
		)
	if (row.direction or "Both") not in inflow.INCOMING:
		return
	if row.after_submit and doc.direction != "Incoming":
		yield f"{place}: " + _(
			"Although submitted is for flows that are Incoming only. Clear it, or make a flow of its own for this field."
		)
	if is_file_path(parse_path(row.source)):
		yield from (f"{place}: {text}" for text in file_check.problems(doc, row))
	elif unknown := _unknown_field(row.source, schema):
		yield f"{place}: " + _("{0} has no field {1}, so it cannot be written.").format(
			doc.document_type, unknown
		)
	elif _is_whole_table(row.source, doc.document_type):
		yield f"{place}: " + _(
			"{0} is a table. Name each of its columns that is written, as {0}[].name."
		).format(row.source.strip())


def _is_whole_table(path: str, doctype: str) -> bool:
	"""Whether a plain path ends on a table itself, whose columns would then all be open to the outside."""
	segments = [part for part in parse_path(path) if isinstance(part, str)]
	field = frappe.get_meta(doctype).get_field(segments[0])
	return len(segments) == 1 and bool(field) and field.fieldtype in frappe.model.table_fields


def _unknown_field(path: str, schema: dict) -> str:
	"""The part of a plain path that names no writable field; empty when all do."""
	fields = schema["fields"]
	for segment in (part for part in parse_path(path) if isinstance(part, str)):
		if segment not in fields or segment.startswith("_"):
			return segment
		fields = fields[segment].get("fields") or {}
	return ""


def _trigger_problems(doc) -> Iterator[str]:
	own = frappe.get_meta(doc.document_type)
	for row in doc.triggers:
		place = _("Also started by, row {0}").format(row.idx)
		meta = frappe.get_meta(row.trigger_doctype)
		if row.table_field:
			table = meta.get_field(row.table_field)
			if not table or table.fieldtype not in frappe.model.table_fields:
				yield f"{place}: " + _("{0} is not a table of {1}.").format(
					row.table_field, row.trigger_doctype
				)
				continue
			meta = frappe.get_meta(table.options)
		for left, right in parse_match(row.match_fields or "").items():
			for fieldname, where in ((left, own), (right, meta)):
				if fieldname != "name" and not where.has_field(fieldname):
					yield f"{place}: " + _("{0} has no field {1}.").format(where.name, fieldname)


def _answer_problems(doc) -> Iterator[str]:
	for fieldname in ANSWER_EXPRESSIONS:
		if text := (doc.get(fieldname) or "").strip():
			yield from _syntax_problem(_(doc.meta.get_label(fieldname)), text)
	parse_statuses(doc.success_statuses or "2xx")
	yield from answer_rule_problems(doc)
	if doc.payload_path:
		parse_path(doc.payload_path)
	if doc.batch_path:
		parse_path(doc.batch_path)
	yield from _batch_problems(doc)
	yield from _graphql_problems(doc)


def _graphql_problems(doc) -> Iterator[str]:
	"""Of requests with a query of their own: the flow's tells how answers are judged, and what a batch asks."""
	for row in doc.requests:
		if row.operation == request_steps.STEP or not (row.graphql_query or "").strip():
			continue
		place = _("Requests, row {0}").format(row.idx)
		if not (doc.graphql_query or "").strip():
			yield f"{place}: " + _(
				"Enter a GraphQL query in the flow as well, for the requests that have none of their own."
			)
		if (doc.batch_size or 1) > 1:
			yield f"{place}: " + _(
				"A request with a GraphQL query of its own sends one record. Set Records per request to 1."
			)


def _batch_problems(doc) -> Iterator[str]:
	if (doc.batch_size or 1) > 1 and doc.get("batch_from"):
		yield _(
			"Records per request makes lists of records, Together in a batch from makes batches of requests. Set the one to 1, "
			"or the other to 0."
		)
	if (doc.batch_size or 1) <= 1:
		return
	in_record, in_result = (
		(doc.get(fieldname) or "").strip() for fieldname in ("batch_record_key", "batch_result_key")
	)
	if bool(in_record) != bool(in_result):
		yield _(
			"Enter both, Key in the record and The same key in a result, or neither: the one is compared with the other."
		)
	elif (doc.batch_results or "").strip() and not (in_record or doc.batch_in_order):
		yield _(
			"Enter Key in the record and The same key in a result, so that each result is given to the right record. "
			"Only where the other system promises to answer in the order sent, tick Results come in the order sent."
		)
	yield from _beside_problems(doc)
	if (doc.graphql_query or "").strip() and not (doc.batch_path or "").strip():
		yield _("Enter in List goes to the variable of the GraphQL query that takes the list of records.")
	if doc.payload_format not in ("", "JSON", None):
		yield _("Batches are sent as JSON. Clear the payload format, or set one record per request.")
	elif not doc.payload_format and (form := _format_of_account(doc.integration)) != "JSON":
		yield _(
			"Batches are sent as JSON, and the payload format of account {0} is {1}. Choose the payload format JSON in this "
			"flow, or set one record per request."
		).format(doc.integration, form)


def _beside_problems(doc) -> Iterator[str]:
	if beside := (doc.get("batch_beside") or "").strip():
		if not isinstance(parse_body(beside), dict):
			yield _("Beside the list: write a JSON object, such as {0}.").format('{"all_or_none": false}')
		elif not (doc.batch_path or "").strip():
			yield _("Enter in List goes to where the list stands, or clear Beside the list.")


def _format_of_account(account: str | None) -> str:
	return frappe.db.get_value("Integration Settings", account, "payload_format") or "JSON"


def batches_as_json(account) -> Iterator[str]:
	"""Messages about flows whose batches could not be sent in the payload format of an Integration Settings."""
	if (account.payload_format or "JSON") == "JSON" or account.is_new():
		return
	for flow in frappe.get_all(
		"Field Mapping",
		{
			"integration": account.name,
			"batch_size": (">", 1),
			"payload_format": ("in", ("", None)),
			"direction": ("!=", "Incoming"),
		},
		pluck="name",
	):
		yield _(
			"Batches are sent as JSON, and flow {0} sends batches in the payload format of the account. Choose the payload "
			"format JSON in that flow first, or set it to one record per request."
		).format(flow)


def answer_rule_problems(doc) -> Iterator[str]:
	"""Messages about the table of what answers mean, of a flow or an account."""
	for row in doc.answer_rules:
		try:
			rule_from(row.as_dict())
		except ConnectError as error:
			yield _("What answers mean, row {0}").format(row.idx) + f": {translate(error)}"


def _syntax_problem(place: str, expression: str) -> Iterator[str]:
	# The answer's fields are not known, so only the expression itself can be judged.
	try:
		compile_expression(expression)
	except ConnectError as error:
		yield f"{place}: {translate(error)}"


def _told(place: str, found: list[Problem]) -> Iterator[str]:
	for problem in found:
		yield f"{place}: {_text(problem)}"


def _text(problem: Problem) -> str:
	return say(problem)
