"""Links of documents that were merged into others: kept until the end of each was told outside.

Such a link belongs to the document that is left, under a number (`merged`), and names the documents that its record was
of, line by line (`merged_from`), the last one last. Never commits.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.delivery.states import (
	FAILED,
	ON_HOLD,
	OUT,
	OUTGOING,
	QUEUED,
	RETRYING,
	SENDING,
	SKIPPED,
)
from erp_connect.store import moves, sync_link
from erp_connect.store.keys import order_key
from erp_connect.store.sync_link import Link

# `event` of rows that tell the end of a document.
ENDINGS = ("merge", "delete")


def tells_end(event: Any) -> bool:
	"""Whether an event is about a document that is gone, and is told from its copy."""
	return event.event in ENDINGS


def with_name(names: str | None, name: str) -> str:
	"""`merged_from` of a link whose document `name` is merged now."""
	return "\n".join([*(names or "").splitlines(), name])


def find(integration: str, remote_entity: str, doctype: str, survivor: str, name: str) -> Link | None:
	"""The link of the record that was the document `name`, which was merged into `survivor`."""
	known = frappe.get_all(
		"Sync Link",
		filters={
			"integration": integration,
			"remote_entity": remote_entity,
			"document_type": doctype,
			"document_name": survivor,
			"merged_from": ("is", "set"),
		},
		fields=["name", "merged_from"],
		order_by="merged asc",
	)
	fitting = [row.name for row in known if name in row.merged_from.splitlines()]
	return sync_link.by_name(fitting[0]) if fitting else None


def is_last(link: Link, name: str) -> bool:
	"""Whether the end of the document `name` is that of the record, which is nobody's own."""
	return link.merged > 0 and (link.merged_from or "").splitlines()[-1:] == [name]


def told(link: str) -> None:
	"""The end of the record was told outside: its id still leads to the document that is left, as long as that is linked."""
	frappe.db.set_value("Sync Link", link, "merged_from", None, update_modified=False)
	frappe.db.sql(
		"DELETE gone FROM `tabSync Link` gone LEFT JOIN `tabSync Link` own"
		" ON own.integration = gone.integration AND own.remote_entity = gone.remote_entity"
		" AND own.document_type = gone.document_type AND own.document_name = gone.document_name AND own.merged = 0"
		" WHERE gone.name = %s AND gone.merged > 0 AND own.name IS NULL",
		link,
	)


def now_into(doctype: str, old: str, new: str) -> None:
	"""What was to be told of documents that were merged into `old` is about `new` now."""
	names = {
		name
		for merged in frappe.get_all(
			"Sync Link",
			filters={"document_type": doctype, "document_name": new, "merged_from": ("is", "set")},
			pluck="merged_from",
		)
		for name in merged.splitlines()
	}
	frappe.db.sql(
		"UPDATE `tabSync Log` SET merged_into = %s WHERE reference_doctype = %s AND reference_name IN %s"
		" AND merged_into = %s",
		(new, doctype, (new, *names), old),
	)


def under_way(event: Any) -> bool:
	"""Whether a request that may still make the record of a merged document is being sent, or may have arrived.

	event: the row that tells the end. What was claimed along with it and is not built yet will be about the document that
	is left.
	"""
	key = order_key(event.field_mapping, event.reference_doctype, event.merged_into)
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` other JOIN `tabSync Log` own ON own.name = %s"
			" WHERE other.order_key = %s AND other.seq < own.seq AND other.due_at IS NOT NULL AND other.direction = %s"
			" AND (other.frozen = 1 OR other.status = %s AND (other.method IS NOT NULL"
			" OR NOT (other.claim_token <=> own.claim_token))) LIMIT 1",
			(event.name, key, OUT, SENDING),
		)
	)


def gone_outside(link: Link, integration: str) -> None:
	"""The record of a merged document was deleted outside: there is nothing left to tell of it."""
	names = (link.merged_from or "").splitlines()
	if names:
		moves.move(
			OUTGOING,
			SKIPPED,
			"reference_doctype = %s AND reference_name = %s AND integration = %s AND merged_into IS NOT NULL AND event IN %s",
			[link.document_type, names[-1], integration, ENDINGS],
			due_in=None,
			only_from=(QUEUED, RETRYING, ON_HOLD, FAILED),
			next_attempt=None,
			outcome="deleted_outside",
		)
