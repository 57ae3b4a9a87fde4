"""What Sync Link remembers of the last exchange: values of the fields on both sides, and what came in last.

The values are those of the last moment at which both sides were known to be equal, as each side writes them; they
tell which side changed since. Kept for flows that go both ways.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.mapping.merge import Base
from erp_connect.store.sync_link import Link, flow_key


def as_text(
	here: Mapping[str, Any],
	there: Mapping[str, Any],
	own: str,
	overruled: Iterable[str] = (),
	lessened: Iterable[str] = (),
) -> str:
	"""What is stored: the values here, and those of the outside that are written differently.

	own: fingerprint of what only goes out, as it was sent. overruled: fields whose value here is yet to replace the
	one outside, also where it is what it was before. lessened: fields that the outside has otherwise because they were sent so, as
	where a text is cut: what stands here is the original.
	"""
	differing = {name: value for name, value in there.items() if name not in here or here[name] != value}
	values = {"here": dict(here), "there": differing, "own": own}
	if still := sorted(name for name in overruled if name in differing):
		values["overruled"] = still
	if less := sorted(name for name in lessened if name in differing):
		values["lessened"] = less
	return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def base_of(text: str | None) -> Base | None:
	"""The stored values; None where none are kept."""
	stored = _stored(text)
	if not stored:
		return None
	here = stored.get("here") or {}
	return Base(here=here, there={**here, **(stored.get("there") or {})})


def own_of(text: str | None) -> str:
	"""The stored fingerprint of what only goes out; empty where none is kept."""
	return _stored(text).get("own") or ""


def overruled_of(text: str | None) -> frozenset[str]:
	"""Fields of which the outside is yet to get the value that stands here."""
	return frozenset(_stored(text).get("overruled") or ())


def lessened_of(text: str | None) -> frozenset[str]:
	"""Fields that the outside has otherwise because they were sent so."""
	return frozenset(_stored(text).get("lessened") or ())


def _stored(text: str | None) -> dict[str, Any]:
	try:
		stored = json.loads(text) if text else None
	except ValueError:
		stored = None
	return stored if isinstance(stored, dict) else {}


def text_of(link: str) -> str | None:
	"""What is stored for a link, by its name."""
	return frappe.db.get_value("Sync Link", link, "synced_values")


def received(integration: str, remote_entity: str, external_ids: list[str]) -> dict[str, Any]:
	"""What came in last of linked records, by external id.

	Each has `remote_version`, `received_hash`, `last_sent`, `last_received`, `synced_values`, `document_type`,
	`document_name`, `gone_at`.
	"""
	if not external_ids:
		return {}
	rows = frappe.db.sql(
		"SELECT external_id, remote_version, received_hash, last_sent, last_received, synced_values, document_type,"
		" document_name, gone_at FROM `tabSync Link`"
		" WHERE integration = %s AND remote_entity = %s AND external_id IN %s",
		(integration, remote_entity, tuple(external_ids)),
		as_dict=True,
	)
	return {row.external_id: row for row in rows}


def states(links: list[str]) -> dict[str, Any]:
	"""`synced_values` and `remote_version` of links by name, as committed now; locked until the transaction ends."""
	if not links:
		return {}
	rows = frappe.db.sql(
		"SELECT name, synced_values, remote_version FROM `tabSync Link` WHERE name IN %s FOR UPDATE",
		(tuple(links),),
		as_dict=True,
	)
	return {row.name: row for row in rows}


def sent(updates: list[tuple[str, str | None, str | None, str | None]]) -> None:
	"""After records were sent: (link name, synced values or None, version outside or None, ETag or None) each.

	What comes back with that version is known to be our own.
	"""
	for name, synced, version, etag in updates:
		values = {"synced_values": synced} if synced else {}
		if etag:
			values |= {"etag": etag}
		if version:
			values |= {"remote_version": version[:140], "received_hash": None}
		if values:
			frappe.db.set_value("Sync Link", name, values, update_modified=False)


def forget_sent(name: str, flow: str) -> None:
	"""The outside does not have what was sent last any more: the next event sends it again."""
	in_doubt([(name, flow)])


def in_doubt(links: list[tuple[str, str]]) -> None:
	"""Something else may be outside now than what was sent last, until an answer tells. links: (name, flow) each."""
	by_flow: dict[str, list[str]] = {}
	for name, flow in links:
		by_flow.setdefault(flow, []).append(name)
	for flow, names in by_flow.items():
		frappe.db.sql(
			"UPDATE `tabSync Link` SET sent_state = JSON_REMOVE(COALESCE(sent_state, '{}'), %s), modified = %s"
			" WHERE name IN %s",
			(f"$.{flow_key(flow)}", now(), tuple(names)),
		)


def forget_sent_by_others(link: Link, flow: str) -> None:
	"""What came in by a flow is what the outside has: what other flows have sent of the document before counts no more."""
	own = {key: value for key, value in link.sent_state.items() if key == flow_key(flow)}
	if own != link.sent_state:
		frappe.db.set_value("Sync Link", link.name, {"sent_state": json.dumps(own) if own else None})


def forget_values(name: str) -> None:
	"""What both sides had when they were last equal, in which version, does not count any more: a person decides anew."""
	values = {"synced_values": None, "received_hash": None, "remote_version": None}
	frappe.db.set_value("Sync Link", name, values, update_modified=False)
