"""Whether what a comparison found still stands when somebody repairs it, maybe days later. Reads only.

A finding keeps the record as it was. Once something was exchanged since, or a newer state of the record came in, that
record is one of the past: whoever wrote it would undo what came later.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.core.delivery.states import IN
from erp_connect.core.mapping.merge import HERE
from erp_connect.core.payload.serialise import fingerprint
from erp_connect.reconcile import timestamps
from erp_connect.reconcile.sides import Sides
from erp_connect.records import intake
from erp_connect.store import synced
from erp_connect.store.sync_difference import MISSING_THERE


def exchanged_since(sides: Sides, row: Any) -> bool:
	"""Whether the record of a finding (row of Sync Difference) was met, sent or received since it was compared."""
	return _is_later(row, *_exchanges(sides, row)) or _came_in(sides, row)


def changed_here(sides: Sides, row: Any, decision: Any) -> bool:
	"""Whether a document that differs was deleted since, or edited although its values are to be replaced."""
	modified = frappe.db.get_value(row.document_type, row.document_name, "modified")
	if modified is None:
		return True
	return sides.outward is not None and decision != HERE and _is_later(row, modified)


def _exchanges(sides: Sides, row: Any) -> list[Any]:
	if row.kind == MISSING_THERE:
		link = frappe.db.get_value("Sync Link", row.link, ["seen_at", "last_sent", "last_received"])
		return list(link or ())
	known = synced.received(sides.account.name, sides.inward.remote_entity, [_linked_id(row)])
	return [moment for link in known.values() for moment in (link.last_sent, link.last_received)]


def _linked_id(row: Any) -> str | None:
	"""The external id that the link of a finding has now."""
	linked = frappe.db.get_value("Sync Link", row.link, "external_id") if row.link else None
	return linked or row.external_id


def _came_in(sides: Sides, row: Any) -> bool:
	"""Whether another state of the record came in since, be it written or not."""
	if not (row.record and row.external_id):
		return False
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` WHERE order_key = %s AND direction = %s AND creation > %s"
			" AND COALESCE(fingerprint, '') != %s LIMIT 1",
			(
				intake.key_of(sides.inward, row.external_id),
				IN,
				_compared_at(row),
				fingerprint(json.loads(row.record)),
			),
		)
	)


def _is_later(row: Any, *times: Any) -> bool:
	compared, latest = timestamps.latest(_compared_at(row)), timestamps.latest(*times)
	return bool(compared and latest and latest > compared)


def _compared_at(row: Any) -> Any:
	"""What changed after that moment was left to the next comparison."""
	return frappe.db.get_value("Sync Reconciliation", row.reconciliation, "started")
