"""A document gets the name that a deleted one had: what was that one's is not the new one's. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.core.delivery.states import FAILED, ON_HOLD, OUT
from erp_connect.store import exemptions, merged_links, renames
from erp_connect.store.keys import order_key

# Of a name that is kept, so that the whole has room in its column.
LENGTH = 110


def make_room(doctype: str, name: str) -> None:
	"""Let links and events of a deleted document lead to a name that nobody has, before another document has its own.

	They go on as they would have: records that were its own are known as those of a deleted document, and what is still
	to be told of it is told of them.
	"""
	if not is_known(doctype, name):
		return
	exemptions.end_of(doctype, name)
	former = f"{name[:LENGTH]} (deleted {frappe.generate_hash(length=6)})"
	frappe.db.sql(
		"UPDATE `tabSync Link` SET document_name = %s WHERE document_type = %s AND document_name = %s",
		(former, doctype, name),
	)
	merged_links.now_into(doctype, name, former)
	for event, flow in frappe.db.sql(
		"SELECT name, field_mapping FROM `tabSync Log` WHERE reference_doctype = %s AND reference_name = %s"
		" AND direction = %s AND subject IS NULL AND (due_at IS NOT NULL OR status IN %s)",
		(doctype, name, OUT, (ON_HOLD, FAILED)),
	):
		key = order_key(flow, doctype, former)
		frappe.db.sql("UPDATE `tabSync Log` SET order_key = %s WHERE name = %s", (key, event))
	frappe.db.sql(
		"UPDATE `tabSync Log` SET reference_name = %s WHERE reference_doctype = %s AND reference_name = %s"
		# The end of a merged document is told of that one, whoever has its name now.
		" AND NOT (merged_into IS NOT NULL AND event IN %s)",
		(former, doctype, name, merged_links.ENDINGS),
	)
	renames.rekey_done(doctype, name, former)


def is_known(doctype: str, name: str) -> bool:
	"""Whether something is linked with a document, waits for it, or was decided of it.

	One look without locks, since most new documents follow nobody.
	"""
	found = frappe.db.sql(
		"SELECT EXISTS (SELECT 1 FROM `tabSync Link` WHERE document_type = %(doctype)s AND document_name = %(name)s)"
		" OR EXISTS (SELECT 1 FROM `tabSync Log` WHERE reference_doctype = %(doctype)s AND reference_name = %(name)s"
		" AND due_at IS NOT NULL)"
		" OR EXISTS (SELECT 1 FROM `tabSync Exemption` WHERE document_type = %(doctype)s AND document_name = %(name)s)",
		{"doctype": doctype, "name": name},
	)
	return bool(found[0][0])
