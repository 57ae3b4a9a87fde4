"""Removes old events with their attempts and notes, in batches, and never one that is unresolved.

However long ago they were, those stay that are asked later: what was skipped for an exemption that stands, which Take
Back queues again, and what came after an event of the same document that is unresolved, by which a Retry or a Replay
of that one is known to be older.
"""

import frappe

from erp_connect.core.delivery.states import IN, SKIPPED, UNRESOLVED
from erp_connect.store.exemptions import OUTCOME

BATCH = 1000


def clear(days: int) -> int:
	"""Delete resolved Sync Log rows older than `days`, with their attempts and notes. Commits each batch. Returns how many."""
	removed = 0
	while names := _next(days):
		frappe.db.delete("Sync Attempt", {"sync_log": ("in", names)})
		frappe.db.delete("Comment", {"reference_doctype": "Sync Log", "reference_name": ("in", names)})
		frappe.db.delete("Sync Log", {"name": ("in", names)})
		frappe.db.commit()  # small transactions: deleting a million rows in one would lock out the engine
		removed += len(names)
	return removed


def _next(days: int) -> list[str]:
	unresolved = tuple(UNRESOLVED)
	return frappe.db.sql_list(
		"SELECT name FROM `tabSync Log` event WHERE creation < NOW() - INTERVAL %s DAY AND status NOT IN %s"
		" AND due_at IS NULL AND NOT (status = %s AND IFNULL(outcome, '') = %s AND EXISTS"
		" (SELECT 1 FROM `tabSync Exemption` exemption WHERE exemption.integration = event.integration"
		" AND exemption.document_type = event.reference_doctype AND exemption.document_name = event.reference_name))"
		" AND NOT EXISTS (SELECT 1 FROM `tabSync Log` older WHERE older.order_key = event.order_key"
		" AND older.seq < event.seq AND older.status IN %s)"
		" AND NOT (direction = %s AND EXISTS (SELECT 1 FROM `tabSync Log` older"
		" WHERE older.reference_doctype = event.reference_doctype AND older.reference_name = event.reference_name"
		" AND older.field_mapping = event.field_mapping AND older.seq < event.seq AND older.status IN %s))"
		" ORDER BY creation LIMIT %s",
		(days, unresolved, SKIPPED, OUTCOME, unresolved, IN, unresolved, BATCH),
	)
