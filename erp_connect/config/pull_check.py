"""Everything that can be found wrong with the pull and the two-way settings of a flow, for the person who saves it."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model import default_fields

from erp_connect.config import pulling
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import template_fields
from erp_connect.core.expressions.text_template import template_roots, texts_of
from erp_connect.core.mapping import merge
from erp_connect.core.paging import check as pull_check
from erp_connect.core.paging import windows
from erp_connect.core.paging.nested import AFTER
from erp_connect.core.paging.parents import FIELDS, filters_from, has_documents
from erp_connect.core.paging.request import parse_body
from erp_connect.core.parse.rows import format_from
from erp_connect.core.values.durations import parse_duration
from erp_connect.messages import say, translate

EXPRESSIONS = (
	"pull_records", "changed_expression", "fetch_result", "fetch_if", "inbound_name_expression", "inbound_seen_expression",
	"parent_records", "parent_changed", "parent_id", "new_if",
)  # fmt: skip
PARENT_QUERY = FIELDS["pull_parameters"]


def problems(doc) -> Iterator[str]:
	"""Messages about a Field Mapping; none when it can run."""
	if doc.direction == "Outgoing":
		return
	for fieldname in EXPRESSIONS:
		if text := (doc.get(fieldname) or "").strip():
			yield from _told(doc, fieldname, lambda text=text: compile_expression(text))
	yield from _told(doc, "pull_cron", lambda: pulling.cron_of(doc.pull_schedule, doc.pull_cron))
	yield from _told(
		doc, "reconcile_cron", lambda: pulling.cron_of(doc.reconcile_schedule, doc.reconcile_cron)
	)
	yield from _told(doc, "pull_since", lambda: pulling.since_of(doc.pull_since))
	if (doc.get("window_since") or "").strip():
		yield from _told(doc, "window_since", lambda: windows.check_start(pulling.oldest_of(doc), "UTC"))
	yield from _told(doc, "pull_overlap", lambda: parse_duration(doc.pull_overlap) if doc.pull_overlap else 0)
	yield from _told(
		doc, "csv_columns" if doc.pull_format else "pull_format", lambda: format_from(doc.as_dict())
	)
	yield from _told(doc, "fetch_path", lambda: template_fields(doc.fetch_path or ""))
	yield from _told(doc, "fetch_body", lambda: _names_in_body(doc))
	if (doc.pull_path or "").strip():
		for problem in pull_check.check_values(doc.as_dict()):
			yield f"{_place(doc, problem)}: {say(problem)}"
		yield from _documents(doc)
	elif doc.pull_schedule or doc.reconcile_schedule:
		yield _(
			"Enter a path on the tab Pull, or clear the schedules: without a path nothing can be fetched."
		)
	yield from _two_way(doc)


def _documents(doc) -> Iterator[str]:
	"""What is wrong with the documents here that are asked for."""
	if not has_documents(doc.as_dict()):
		return
	if doc.reconcile_schedule:
		yield _(
			"Clear the schedule of the comparison (tab Compare): where records are asked for by documents here, nothing tells "
			"what else there is outside."
		)
	place, meta = _(doc.meta.get_label("parent_doctype")), frappe.get_meta(doc.parent_doctype)
	if meta.istable or meta.issingle or meta.get("is_virtual"):
		yield f"{place}: " + _("{0} has no documents of its own. Choose another DocType.").format(
			_(meta.name)
		)
		return
	try:
		filters = filters_from(doc.parent_filters)
	except ConnectError:
		return  # told with the other fields
	known = {*default_fields, *(field.fieldname for field in meta.fields)}
	for doctype, fieldname, *_condition in filters:
		if doctype != meta.name or fieldname not in known:
			yield f"{place}: " + _("Remove the filter by {0}: it is no field of {1}.").format(
				fieldname, _(meta.name)
			)


def _names_in_body(doc) -> frozenset[str]:
	"""What the body for a single record uses of it. Raises `ConnectError` for one that is no JSON, or a bad template."""
	texts = texts_of(parse_body(doc.get("fetch_body") or ""))
	return frozenset().union(*(template_roots(text) for text in texts))


def _two_way(doc) -> Iterator[str]:
	if doc.direction != "Both":
		return
	if doc.read_before_update:
		if not (doc.fetch_path or "").strip():
			yield _("To look before an update, enter where a single record is fetched from (tab Pull).")
		elif (template_fields(doc.fetch_path) | _names_in_body(doc)) - {"external_id", AFTER}:
			yield _(
				"To look before an update, address and body of a single record may use {external_id} only."
			)
	newest = doc.conflict_policy == merge.NEWEST or (
		doc.conflict_policy == merge.PER_FIELD and any(row.wins in ("", None, "Newest") for row in doc.rows)
	)
	if newest and not (doc.inbound_version_expression or "").strip():
		yield _(
			"To tell which side is newest, enter Version in the record (tab Incoming): the time of its last change."
		)


def _told(doc, fieldname: str, check) -> Iterator[str]:
	try:
		check()
	except ConnectError as error:
		yield f"{_(doc.meta.get_label(fieldname))}: {translate(error)}"


def _place(doc, problem) -> str:
	if problem.row:
		place = _("Query of the parents, row {0}") if problem.field == PARENT_QUERY else _("Query, row {0}")
		return place.format(problem.row)
	field = doc.meta.get_field(problem.field)
	return _(field.label) if field and field.label else _("Pull")
