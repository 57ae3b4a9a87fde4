"""Records of which the outside says that they are gone: which they are, and how their links remember it. Never commits."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.records import out_of_use
from erp_connect.records.errors import BadRecord
from erp_connect.store import api_calls, inbox, keys, leftovers, sync_link
from erp_connect.store.sync_link import Link

# Under which an expression finds the topic of the webhook that brought a record.
TOPIC = "_topic"
BEGINS = "begins_with"
# Of the details of a link: where the deletion stands in the order of arrival, and whether the document was disabled by it.
DETAIL = "gone"
# Outcome of an event that told a deletion, and was carried out.
OUTCOME = "gone_outside"
LIMIT = 140


def is_told(flow: InFlow, record: Any, topic: str | None = None) -> bool:
	"""Whether a record says of itself that it is not there any more. topic: of the webhook that brought it."""
	if flow.gone is None or not isinstance(record, dict):
		return False
	return flow.gone.is_true({**record, TOPIC: topic})


def ids_of(flow: InFlow, record: dict[str, Any], topic: str | None = None) -> list[str]:
	"""The external ids that a told deletion is about, without those of which nothing is linked where it names how they begin.

	Raises `BadRecord` where it names none.
	"""
	expression = flow.gone_id or flow.external_id
	found = expression.search({**record, TOPIC: topic}) if expression else None
	if isinstance(found, dict):
		start = found.get(BEGINS)
		if not isinstance(start, str) or not start or set(found) != {BEGINS}:
			raise _no_id(flow)
		return sync_link.ids_beginning(flow.account, flow.remote_entity, start)
	ids = [_text(flow, one) for one in (found if isinstance(found, list) else [found])]
	return list(dict.fromkeys(ids))


def key_id(flow: InFlow, record: dict[str, Any]) -> str | None:
	"""The one external id of a told deletion, by which it is known among the events of its record; None where there are several."""
	try:
		ids = ids_of(flow, record)
	except BadRecord:
		return None
	return ids[0] if len(ids) == 1 else None


def mark(link: Link, *, arrived: int | None, disabled: bool) -> None:
	"""Remember in its link that a record is gone. disabled: its document was in use until then."""
	details = json.loads(link.details) if link.details else {}
	details[DETAIL] = [arrived or 0, int(disabled)]
	sync_link.set_gone(link.name, json.dumps(details, separators=(",", ":")))


def ended_after(flow: InFlow, external_id: str | None, link: Link | None, arrived: int | None) -> bool:
	"""Whether what came of a record at the place `arrived` is older than the news that it is gone."""
	if arrived is None or flow.fetch_each or not external_id:
		return False
	if link:
		told, _disabled = _remembered(link)
		return bool(flow.gone and link.gone_at and arrived < told)
	if flow.allow_delete and api_calls.deleted_after(flow.account, flow.document_type, external_id, arrived):
		return True
	key = keys.order_key(f"in:{flow.name}", flow.remote_entity, external_id)
	return bool(flow.gone) and inbox.ended_after(key, arrived, OUTCOME)


def begins_anew(link: Link | None, arrived: int | None) -> bool:
	"""Whether what came at the place `arrived` is of another record with the id of one that was gone by then.

	Its versions have nothing to do with those of the former one.
	"""
	if not link or not link.gone_at or arrived is None:
		return False
	told, _disabled = _remembered(link)
	return arrived > told


def put_back(flow: InFlow, name: str | None, link: Link | None) -> None:
	"""A record that is about to be written into the document `name` may have been gone, perhaps under another id."""
	if name and link is None:
		link = sync_link.find_document(flow.account, flow.remote_entity, flow.document_type, name)
	if link and link.gone_at:
		came_back(link)


def let_go(flow: InFlow, link: str, external_id: str | None) -> None:
	"""Remove the link (by its name) of a record whose end the outside told: if it is there again, it is made anew."""
	sync_link.remove(link)
	leftovers.forget_record(flow.account, flow.remote_entity, external_id)


def came_back(link: Link) -> None:
	"""A record that was gone is there again: its document is put into use, where its end took it out of use."""
	_told, disabled = _remembered(link)
	if disabled and frappe.db.exists(link.document_type, link.document_name):
		out_of_use.put_back(frappe.get_doc(link.document_type, link.document_name, for_update=True))
	details = json.loads(link.details) if link.details else {}
	details.pop(DETAIL, None)
	link.details = json.dumps(details, separators=(",", ":")) if details else None
	link.gone_at = None
	sync_link.set_back(link.name, link.details)


def _remembered(link: Link) -> tuple[int, int]:
	told, disabled = (json.loads(link.details) if link.details else {}).get(DETAIL) or (0, 0)
	return told, disabled


def _text(flow: InFlow, found: Any) -> str:
	usable = isinstance(found, str | int) and not isinstance(found, bool) and found != ""
	if not usable or len(str(found)) > LIMIT:
		raise _no_id(flow)
	return str(found)


def _no_id(flow: InFlow) -> BadRecord:
	return BadRecord(
		"The record says that it is gone, but not which one it was. Correct Id of what is gone in flow {flow} (tab "
		"Incoming), then try again.",
		code="no_id",
		flow=flow.name,
	)
