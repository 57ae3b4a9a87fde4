"""What follows when a document of ERPNext is renamed or merged: its links and its events go along. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.core.delivery.states import FAILED, ON_HOLD, OUT
from erp_connect.store.keys import order_key


def before_merge(doctype: str, old: str, new: str) -> None:
	"""Drop those links of `old` that `new` has as well: the database refuses two of a kind."""
	frappe.db.sql(
		"DELETE source FROM `tabSync Link` source JOIN `tabSync Link` target"
		" ON target.integration = source.integration AND target.remote_entity = source.remote_entity"
		" AND target.document_type = source.document_type AND target.document_name = %s"
		" WHERE source.document_type = %s AND source.document_name = %s",
		(new, doctype, old),
	)


def after_rename(doctype: str, old: str, new: str) -> None:
	"""After a rename or merge: links and events of `old` belong to `new`, and what waits keeps its place in its order."""
	frappe.db.sql(
		"UPDATE `tabSync Link` SET document_name = %s WHERE document_type = %s AND document_name = %s",
		(new, doctype, old),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET reference_name = %s WHERE reference_doctype = %s AND reference_name = %s",
		(new, doctype, old),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET payload_name = %s WHERE payload_doctype = %s AND payload_name = %s",
		(new, doctype, old),
	)
	for row in frappe.db.sql(
		"SELECT name, field_mapping FROM `tabSync Log`"
		" WHERE reference_doctype = %s AND reference_name = %s AND direction = %s AND subject IS NULL"
		" AND (due_at IS NOT NULL OR status IN %s)",
		(doctype, new, OUT, (ON_HOLD, FAILED)),
		as_dict=True,
	):
		key = order_key(row.field_mapping, doctype, new)
		frappe.db.sql("UPDATE `tabSync Log` SET order_key = %s WHERE name = %s", (key, row.name))
