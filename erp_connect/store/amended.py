"""What follows when a document of ERPNext is cancelled and amended: the records outside that were it. Never commits."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.core.delivery.states import FAILED, ON_HOLD, OUT
from erp_connect.store import sync_link
from erp_connect.store.keys import order_key
from erp_connect.store.sync_link import Link

# As the details of an order begin that the commerce package keeps: it moves its links itself.
_OF_AN_ORDER = "JSON_EXTRACT(COALESCE(details, '{}'), '$.order') IS NOT NULL"


def move_links(doctype: str, old: str, new: str, integration: str, remote_entity: str) -> list[Link]:
	"""The records of one kind that were the document `old` are `new`, which must not be another one already.

	Returns the links that moved. Those of orders stay, see `commerce/sales/amended_orders.py`.
	"""
	if sync_link.find_many(integration, remote_entity, doctype, [new]):
		return []
	names = frappe.db.sql_list(
		"SELECT name FROM `tabSync Link` WHERE integration = %s AND remote_entity = %s AND document_type = %s"
		f" AND document_name = %s AND NOT {_OF_AN_ORDER} FOR UPDATE",
		(integration, remote_entity, doctype, old),
	)
	if names:
		frappe.db.sql("UPDATE `tabSync Link` SET document_name = %s WHERE name IN %s", (new, tuple(names)))
	return [link for name in names if (link := sync_link.by_name(name))]


def move_events(doctype: str, old: str, new: str, flows: Iterable[str]) -> None:
	"""What is still to be told of `old` is to be told of `new`, in one order with what is told of that.

	Also of what is being sent at this moment: its answer is about the record of `new`.
	"""
	for flow in flows:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET reference_name = %s, order_key = %s WHERE order_key = %s AND direction = %s"
			" AND subject IS NULL AND (due_at IS NOT NULL OR status IN %s)",
			(new, order_key(flow, doctype, new), order_key(flow, doctype, old), OUT, (ON_HOLD, FAILED)),
		)


def remember(link: str, synced: str) -> None:
	"""What the document and the record of a link have, which is no difference. synced: see `store.synced`."""
	frappe.db.set_value("Sync Link", link, "synced_values", synced, update_modified=False)


def cancelled_with_links() -> list[tuple[str, str]]:
	"""(type, name) of linked documents of submittable types that are cancelled."""
	found = []
	for doctype in frappe.db.sql_list("SELECT DISTINCT document_type FROM `tabSync Link`"):
		meta = frappe.get_meta(doctype) if frappe.db.exists("DocType", doctype) else None
		if meta is None or not meta.is_submittable or meta.is_virtual or meta.issingle:
			continue
		found += frappe.db.sql(
			f"SELECT DISTINCT link.document_type, doc.name FROM `tab{doctype}` doc JOIN `tabSync Link` link"
			" ON link.document_type = %s AND link.document_name = doc.name WHERE doc.docstatus = 2",
			doctype,
		)
	return [(doctype, str(name)) for doctype, name in found]
