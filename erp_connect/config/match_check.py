"""What can be found wrong with the match keys of a flow, in words for the person who saves it."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.config.inflow import DOCUMENT, InFlow


def problems(doc, flow: InFlow) -> Iterator[str]:
	"""Messages about the match keys of a Field Mapping that receives."""
	meta = frappe.get_meta(doc.document_type)
	for row in doc.rows:
		if not row.is_match_key:
			continue
		place = _("Fields, row {0}").format(row.idx)
		if row.direction == "Outgoing":
			yield f"{place}: " + _(
				"A match key is read from what comes in. Set the direction to Both or Incoming, or clear Match key."
			)
		elif flow.purpose != DOCUMENT:
			yield f"{place}: " + _(
				"Match keys count for documents. Clear Match key: the account says by what customers are recognised."
			)
		elif not _is_own_column(meta, row.source.strip()):
			yield f"{place}: " + _(
				"{0} is not a field of {1} itself. Clear Match key, or choose such a field."
			).format(row.source.strip(), doc.document_type)
	for keys in flow.match_sets:
		if all(key.fixed for key in keys):
			yield _(
				"Match key {0} is a constant, which all records have. Give it the set number of another match key."
			).format(keys[0].field)


def _is_own_column(meta, fieldname: str) -> bool:
	field = meta.get_field(fieldname)
	return bool(
		field
		and not field.get("is_virtual")
		and field.fieldtype not in (*frappe.model.table_fields, *frappe.model.no_value_fields)
	)
