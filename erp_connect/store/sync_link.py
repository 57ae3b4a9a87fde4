"""Sync Link: which ERPNext document is which record at an account. `bindings`, `synced` and `renames` write it as well.

Unique both ways by database index. A document into which others were merged has their links besides its own, numbered
by `merged`: records that come by them are written into it, and nothing is sent to them. `sent_state` remembers, for each flow, the fingerprint of what was last
sent, so that nothing is sent when no mapped field changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe.utils import now

from erp_connect.core.delivery.states import FAILED, ON_HOLD, OUT, QUEUED, RETRYING, SENDING

# Statuses of events that the outside was not told of, or not for certain.
UNTOLD = (QUEUED, SENDING, RETRYING, ON_HOLD, FAILED)
LINK_COLUMNS = (
	"name", "external_id", "sent_state", "document_type", "document_name", "remote_version", "details",
	"synced_values", "merged", "etag", "merged_from", "gone_at",
)  # fmt: skip


@dataclass
class Link:
	name: str
	external_id: str | None
	sent_state: dict[str, str]
	document_name: str = ""
	remote_version: str | None = None
	details: str | None = None
	document_type: str = ""
	synced_values: str | None = None
	merged: int = 0
	etag: str | None = None
	merged_from: str | None = None
	gone_at: datetime | None = None

	def fingerprint(self, flow: str) -> str | None:
		return self.sent_state.get(flow_key(flow))


def flow_key(flow: str) -> str:
	return "f" + hashlib.sha1(flow.encode(), usedforsecurity=False).hexdigest()[:12]


def linked_doctypes() -> list[str]:
	"""The document types that links of any account lead to."""
	return frappe.db.sql_list("SELECT DISTINCT document_type FROM `tabSync Link`")


def count_of(account: str) -> int:
	"""How many links an account has."""
	return frappe.db.count("Sync Link", {"integration": account})


def count_of_records(integration: str, remote_entity: str, document_type: str) -> int:
	"""How many documents of a type are linked with records of one kind."""
	known = {"integration": integration, "remote_entity": remote_entity, "document_type": document_type}
	return frappe.db.count("Sync Link", {**known, "external_id": ("is", "set")})


def find_many(integration: str, remote_entity: str, document_type: str, names: list[str]) -> dict[str, Link]:
	"""Links of many documents by document name, in one query; of each the one by which it is sent."""
	if not names:
		return {}
	# As text: a number would be compared with the number at the start of each name.
	names = [str(name) for name in names]
	rows = frappe.db.sql(
		"SELECT name, document_name, external_id, sent_state, remote_version, synced_values, etag, gone_at"
		" FROM `tabSync Link` WHERE integration = %s AND remote_entity = %s AND document_type = %s AND document_name IN %s AND merged = 0",
		(integration, remote_entity, document_type, tuple(names)),
		as_dict=True,
	)
	return {
		row.document_name: Link(
			row.name,
			row.external_id,
			state_of(row.sent_state),
			row.document_name,
			row.remote_version,
			synced_values=row.synced_values,
			etag=row.etag,
			gone_at=row.gone_at,
		)
		for row in rows
	}


def linked_documents(
	integration: str, remote_entity: str, document_type: str, after: str, most: int
) -> list[str]:
	"""Names of documents that have a link by which they are sent, in their order, those behind `after`; at most so many."""
	return frappe.db.sql_list(
		"SELECT document_name FROM `tabSync Link` WHERE integration = %s AND remote_entity = %s AND document_type = %s"
		" AND merged = 0 AND document_name > %s ORDER BY document_name LIMIT %s",
		(integration, remote_entity, document_type, after, most),
	)


def linked_ids(integration: str, remote_entity: str, external_ids: list[str]) -> set[str]:
	"""Those of `external_ids` that are linked, in one query."""
	if not external_ids:
		return set()
	found = frappe.db.sql_list(
		"SELECT external_id FROM `tabSync Link`"
		" WHERE integration = %s AND remote_entity = %s AND external_id IN %s",
		(integration, remote_entity, tuple(external_ids)),
	)
	return set(found)


def ids_beginning(integration: str, remote_entity: str, start: str) -> list[str]:
	"""The linked external ids that begin with a text, letter by letter."""
	return frappe.db.sql_list(
		"SELECT external_id FROM `tabSync Link` WHERE integration = %s AND remote_entity = %s"
		" AND LEFT(external_id, CHAR_LENGTH(%s)) = %s ORDER BY external_id",
		(integration, remote_entity, start, start),
	)


def find_external(integration: str, remote_entity: str, external_id: str) -> Link | None:
	"""The link of an outside record."""
	return _find({"integration": integration, "remote_entity": remote_entity, "external_id": external_id})


def by_name(name: str) -> Link | None:
	"""A link by its own name."""
	return _find({"name": name})


def find_document(integration: str, remote_entity: str, document_type: str, name: str) -> Link | None:
	"""The link by which a document is sent, whether or not it has an external id."""
	return _find(
		{
			"integration": integration,
			"remote_entity": remote_entity,
			"document_type": document_type,
			"document_name": name,
			"merged": 0,
		}
	)


def is_linked(integration: str, document_type: str, name: str) -> bool:
	"""Whether an account knows a document, as whatever kind of record."""
	found = {"integration": integration, "document_type": document_type, "document_name": name}
	return bool(frappe.db.exists("Sync Link", found))


def of_any_account(remote_entity: str, document_type: str, name: str) -> Link | None:
	"""The link of a document at whichever account: one that keeps details first, then the oldest."""
	rows = frappe.get_all(
		"Sync Link",
		filters={
			"remote_entity": remote_entity,
			"document_type": document_type,
			"document_name": name,
			"merged": 0,
		},
		fields=["name", "details"],
		order_by="creation, name",
	)
	first = sorted(rows, key=lambda row: not row.details)[:1]
	return _find({"name": first[0].name}) if first else None


def elsewhere(integration: str, remote_entity: str, external_id: str) -> list[Link]:
	"""The links that other accounts have with an external id."""
	found = frappe.get_all(
		"Sync Link",
		filters={
			"integration": ("!=", integration),
			"remote_entity": remote_entity,
			"external_id": external_id,
			"merged": 0,
		},
		order_by="creation, name",
		pluck="name",
	)
	return [link for name in found if (link := _find({"name": name}))]


def touch(updates: list[tuple[str, str, str | None]], *, sent: bool = True) -> None:
	"""Remember the fingerprint of links that keep their external id: (link name, flow, fingerprint or None) each.

	sent: False when the state came from outside.
	"""
	if not updates:
		return
	stamp = now()
	select = "SELECT %s AS name, %s AS state" + " UNION ALL SELECT %s, %s" * (len(updates) - 1)
	values = []
	for name, flow, fingerprint in updates:
		values += [name, json.dumps({flow_key(flow): fingerprint})]
	frappe.db.sql(
		f"UPDATE `tabSync Link` link JOIN ({select}) new ON new.name = link.name"
		" SET link.sent_state = JSON_MERGE_PATCH(COALESCE(link.sent_state, '{}'), new.state),"
		" link.last_sent = IF(%s, %s, link.last_sent), link.modified = %s",
		[*values, int(sent), stamp, stamp],
	)


def set_details(name: str, details: str) -> None:
	"""Replace what the link keeps beside the ids (JSON). Hold a lock on the record meanwhile."""
	frappe.db.set_value("Sync Link", name, {"details": details, "last_received": now()})


def set_gone(name: str, details: str) -> None:
	"""The record of a link is gone outside: nothing is sent to it any more. details: what the link keeps, as `set_details`."""
	frappe.db.set_value("Sync Link", name, {"details": details, "gone_at": now()})


def set_back(name: str, details: str | None) -> None:
	"""The record of a link is there again. details: as `set_gone`."""
	frappe.db.set_value("Sync Link", name, {"details": details, "gone_at": None})


def seen(names: list[str], moment: str) -> None:
	"""The records of these links were met outside by a comparison that began at `moment`."""
	if names:
		frappe.db.sql("UPDATE `tabSync Link` SET seen_at = %s WHERE name IN %s", (moment, tuple(names)))


def etag_of(flow: str, document_type: str, name: str) -> str | None:
	"""The state of the record, as it was seen last, of a document in a flow."""
	found = frappe.db.sql_list(
		"SELECT link.etag FROM `tabSync Link` link JOIN `tabField Mapping` flow ON flow.name = %s"
		" WHERE link.integration = flow.integration AND link.remote_entity = flow.remote_entity"
		" AND link.document_type = %s AND link.document_name = %s AND link.merged = 0",
		(flow, document_type, str(name)),
	)
	return found[0] if found else None


def forget_etag(flow: str, document_type: str, name: str) -> None:
	"""The next request of a flow for this document says no more which state of its record it replaces."""
	frappe.db.sql(
		"UPDATE `tabSync Link` link JOIN `tabField Mapping` flow ON flow.name = %s SET link.etag = NULL"
		" WHERE link.integration = flow.integration AND link.remote_entity = flow.remote_entity"
		" AND link.document_type = %s AND link.document_name = %s AND link.merged = 0",
		(flow, document_type, str(name)),
	)


def remove(name: str) -> None:
	"""The document and the record have nothing to do with each other any more.

	With the link by which a document is sent, those go that were merged into it, but for records whose end is still to be
	told outside.
	"""
	frappe.db.sql(
		"DELETE other FROM `tabSync Link` other JOIN `tabSync Link` gone"
		" ON other.integration = gone.integration AND other.remote_entity = gone.remote_entity"
		" AND other.document_type = gone.document_type AND other.document_name = gone.document_name"
		" WHERE gone.name = %s AND (other.name = gone.name OR gone.merged = 0 AND NOT EXISTS (SELECT 1 FROM `tabSync Log` event"
		" WHERE event.reference_doctype = other.document_type"
		" AND event.reference_name = SUBSTRING_INDEX(other.merged_from, '\n', -1) AND event.integration = other.integration"
		" AND event.direction = %s AND event.merged_into IS NOT NULL AND FIND_IN_SET(event.status, %s)))",
		(name, OUT, ",".join(UNTOLD)),
	)


def _find(filters: dict[str, str]) -> Link | None:
	row = frappe.db.get_value("Sync Link", filters, list(LINK_COLUMNS), as_dict=True)
	return Link(**{**row, "sent_state": state_of(row.sent_state)}) if row else None


def state_of(text: str | None) -> dict[str, str]:
	"""What was last sent of each flow, from the column `sent_state`; nothing, where that cannot be read."""
	try:
		return json.loads(text) if text else {}
	except ValueError:
		return {}
