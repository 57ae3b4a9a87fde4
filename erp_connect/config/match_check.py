"""What can be found wrong with the match keys of a flow, in words for the person who saves it."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.config.inflow_rows import is_name_key

CREATED_UNDER_NAME = (
	"A document is not created under a name from outside. Choose something other than Create for When the record is new "
	"(tab Incoming), or take another match key."
)


def problems(doc, flow: InFlow) -> Iterator[str]:
	"""Messages about the match keys of a Field Mapping that receives."""
	for row in doc.rows:
		if row.is_match_key and (text := _of_row(row, flow)):
			yield _("Fields, row {0}").format(row.idx) + f": {text}"
	for keys in flow.match_sets:
		if all(key.fixed for key in keys):
			yield _(
				"Match key {0} is a constant, which all records have. Give it the set number of another match key."
			).format(keys[0].field)


def _of_row(row, flow: InFlow) -> str:
	"""What is wrong with the match key of a row; empty when nothing is."""
	if row.direction == "Outgoing":
		return _(
			"A match key is read from what comes in. Set the direction to Both or Incoming, or clear Match key."
		)
	if flow.purpose != DOCUMENT:
		return _(
			"Match keys count for documents. Clear Match key: the account says by what customers are recognised."
		)
	if is_name_key(row):
		return _(CREATED_UNDER_NAME) if flow.on_missing == "Create" else ""
	if _is_own_column(frappe.get_meta(flow.document_type), row.source.strip()):
		return ""
	return _("{0} is not a field of {1} itself. Clear Match key, or choose such a field.").format(
		row.source.strip(), flow.document_type
	)


def _is_own_column(meta, fieldname: str) -> bool:
	field = meta.get_field(fieldname)
	return bool(
		field
		and not field.get("is_virtual")
		and field.fieldtype not in (*frappe.model.table_fields, *frappe.model.no_value_fields)
	)
