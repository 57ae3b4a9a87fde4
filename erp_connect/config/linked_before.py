"""Says what a change of a flow means for records that are linked already: some are not known any more, or not whole."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_connect.config.inflow_rows import field_of
from erp_connect.core.errors import ConnectError
from erp_connect.store import sync_link

# What goes out by such rows stands in the way of nothing that came before.
_ONE_WAY_OUT = "Outgoing"


def warn(doc, before) -> None:
	"""A flow was saved. Nothing is told of one that is new, or about none of whose documents a record is known."""
	if not before or (doc.integration, doc.document_type) != (before.integration, before.document_type):
		return
	if doc.remote_entity != before.remote_entity:
		_tell_of_entity(doc, before)
	elif added := _added(doc, before):
		_tell_of_rows(doc, added)


def _tell_of_entity(doc, before) -> None:
	others = {"integration": doc.integration, "remote_entity": before.remote_entity, "name": ("!=", doc.name)}
	count = sync_link.count_of_records(doc.integration, before.remote_entity, doc.document_type)
	if not count or frappe.db.exists("Field Mapping", others):
		return
	_show(
		_(
			"Documents that are linked with a record as {1}: {0}. This flow does not know them as {2} and would make a second "
			"record of each. Where these are the same records, enter {1} again in Outside object."
		).format(
			count, frappe.bold(escape_html(before.remote_entity)), frappe.bold(escape_html(doc.remote_entity))
		)
	)


def _tell_of_rows(doc, added: list[str]) -> None:
	if doc.direction == _ONE_WAY_OUT or not (doc.pull_path or doc.direction == "Both"):
		return
	if not (count := sync_link.count_of_records(doc.integration, doc.remote_entity, doc.document_type)):
		return
	_show(_of_rows(doc).format(frappe.bold(escape_html(", ".join(added))), count))


def _of_rows(doc) -> str:
	if doc.direction != "Both":
		return _(
			"{0} is not filled in the documents whose records came before ({1}). Press Actions → Compare Both Sides, and repair what "
			"differs."
		)
	if doc.pull_path:
		return _(
			"{0} was not exchanged yet for the documents that are linked ({1}). The next change of one of them sends what stands "
			"here over what stands outside. Press Actions → Compare Both Sides first, and repair what differs."
		)
	return _(
		"{0} was not exchanged yet for the documents that are linked ({1}). The next change of one of them sends what stands "
		"here over what stands outside. Where the other side knows better, let the row be Incoming until it has sent its "
		"records."
	)


def _added(doc, before) -> list[str]:
	"""Fields that come in by rows of the flow and did not before."""
	known = set(_coming_in(before))
	return [field for field in _coming_in(doc) if field not in known]


def _coming_in(doc) -> list[str]:
	found = {}
	for row in doc.rows if doc.direction != _ONE_WAY_OUT else ():
		if doc.direction == "Both" and row.direction == _ONE_WAY_OUT:
			continue
		try:
			found[field_of(row)] = True
		except ConnectError:
			continue  # an expression that only goes out, or what the checks of the row tell of
	return list(found)


def _show(text: str) -> None:
	frappe.msgprint(text, title=_("Records that are linked"), indicator="orange")
