"""Stores records that were had from outside as incoming events, all that are news and nothing twice. Never commits.

A record is news unless it came in like this before, or in a newer version, and nothing newer of it waits. What waits or
failed of an older state of the same record is superseded. Whoever walks through pages moves its cursor in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe

from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.core.delivery.states import PROCESSED
from erp_connect.core.errors import ConnectError
from erp_connect.core.parse.texts import as_json
from erp_connect.core.payload.serialise import fingerprint
from erp_connect.records import comparing, finder, gone, identity
from erp_connect.records.errors import HeldForReview
from erp_connect.records.values import record_values
from erp_connect.store import inbox, keys, sync_log, synced


@dataclass(frozen=True)
class Counts:
	"""queued: records that are news. known: the others."""

	queued: int
	known: int


@dataclass(frozen=True)
class _Incoming:
	"""A record, with what tells it from others. key: order key, equal for all states of one record.

	blind: only part of a record, which looks the same after a change.
	"""

	record: Any
	external_id: str | None
	version: str | None
	state: str
	key: str
	blind: bool = False


def store(
	flow: InFlow,
	records: list[Any],
	changed: list[Any] | None = None,
	*,
	sure: bool = False,
	asked: datetime | None = None,
) -> Counts:
	"""Queue the records that are news. Raises `PayloadError` for a record that cannot be kept.

	changed: change time of each record, where known. sure: they are news unless just the same waits.
	asked: when they were asked for, in the site's time, where others store changes of the same records meanwhile: what came
	of a record since then may be newer, and is left as it is.
	"""
	times = changed or [None] * len(records)
	items = [_read(flow, record, time) for record, time in zip(records, times, strict=True)]
	incoming = _last_states(flow, items)
	latest = inbox.latest(list(incoming))
	linked = synced.received(
		flow.account, flow.remote_entity, [item.external_id for item in incoming.values() if item.external_id]
	)
	for key in [*_outdated(flow, incoming, latest, linked), *_not_meant(flow, incoming, linked)]:
		incoming.pop(key, None)
	news = [
		item
		for item in incoming.values()
		if not (asked and _came_since(item, asked, latest, linked))
		and (not _waits(item, latest) if sure else _is_news(flow, item, latest, linked))
	]
	company = frappe.get_cached_value("Integration Settings", flow.account, "company")
	events = [_event(flow, item, linked, company) for item in news]
	inbox.supersede({event["order_key"]: event["name"] for event in events if event["order_key"] in latest})
	inbox.receive_many(events)
	return Counts(len(news), len(records) - len(news))


def key_of(flow: InFlow, external_id: str) -> str:
	"""Order key of all events of one outside record in a flow."""
	return keys.order_key(f"in:{flow.name}", flow.remote_entity, external_id)


def _read(flow: InFlow, record: Any, changed: Any) -> _Incoming:
	state = fingerprint(record)
	if gone.is_told(flow, record):
		external_id = gone.key_id(flow, record)
		return _Incoming(record, external_id, None, state, key_of(flow, external_id or state))
	try:
		external_id, version = identity.identify(flow, record), identity.version_of(flow, record)
	except ConnectError:  # becomes an event all the same, which fails visibly when it is written
		external_id, version = None, None
	# Without an id, a record is known by its content alone.
	key = key_of(flow, external_id or state)
	blind = bool(external_id and flow.is_part(record)) and not version and changed is None
	return _Incoming(record, external_id, version, state, key, blind)


def _last_states(flow: InFlow, items: Iterable[_Incoming]) -> dict[str, _Incoming]:
	"""The state that counts of each record, by order key: of one that stands twice, the newer version, else the later one.

	A source may list changes, the newest first.
	"""
	found: dict[str, _Incoming] = {}
	for item in items:
		before = found.get(item.key)
		if before is None or not identity.is_outdated(flow.account, item.version, before.version):
			found[item.key] = item
	return found


def _not_meant(flow: InFlow, incoming: dict[str, _Incoming], linked: dict[str, Any]) -> list[str]:
	"""Order keys of records that are linked with no document, that match keys do not recognise, and of which the flow takes no
	new ones. Of a record that came in part it is asked when it is written."""
	found = []
	for key, item in incoming.items():
		if item.external_id in linked or gone.is_told(flow, item.record) or flow.is_part(item.record):
			continue
		with suppress(ConnectError):  # told when it is written
			if not flow.takes_new(item.record) and not _is_here(flow, item):
				found.append(key)
	return found


def _is_here(flow: InFlow, item: _Incoming) -> bool:
	"""Whether match keys recognise the one document of a record. Raises `ConnectError` where that cannot be told."""
	try:
		return finder.find(flow, item.record, None, item.external_id, to_write=False)[0] is not None
	except HeldForReview:
		return False


def _outdated(
	flow: InFlow, incoming: dict[str, _Incoming], latest: dict[str, Any], linked: dict[str, Any]
) -> list[str]:
	"""Order keys of states that are older than what came in of their records before, on another page say."""
	differing = [
		key
		for key, item in incoming.items()
		if item.version
		and (last := latest.get(key))
		and last.fingerprint != item.state
		and last.integration == flow.account
		# The versions of a record that is linked no more may begin anew: it was deleted, and made again.
		and (last.status != PROCESSED or item.external_id in linked)
	]
	return [
		key
		for key, body in inbox.bodies(differing).items()
		if identity.is_outdated(
			flow.account,
			incoming[key].version,
			_version_before(flow, latest[key], linked, incoming[key], body),
		)
	]


def _version_before(
	flow: InFlow, last: Any, linked: dict[str, Any], item: _Incoming, body: str | None
) -> str | None:
	"""The version that a record had: of what was written, as its link says, which a repair may have set back."""
	link = linked.get(item.external_id) if last.status == PROCESSED else None
	return (link and link.remote_version) or _version_in(flow, body)


def _version_in(flow: InFlow, body: str | None) -> str | None:
	try:
		return identity.version_of(flow, json.loads(body or "null"))
	except ConnectError:
		return None


def _came_since(item: _Incoming, asked: datetime, latest: dict[str, Any], linked: dict[str, Any]) -> bool:
	last, link = latest.get(item.key), linked.get(item.external_id)
	came = (last and last.creation, link and link.last_received)
	return any(moment and moment >= asked for moment in came)


def _is_news(flow: InFlow, item: _Incoming, latest: dict[str, Any], linked: dict[str, Any]) -> bool:
	if item.blind:
		return True
	link = linked.get(item.external_id)
	if link and link.gone_at and not gone.is_told(flow, item.record):
		return True  # it is there again
	if link and item.version and item.version == link.remote_version and not link.received_hash:
		return _says_more(flow, item, link)  # the version that our own change was answered with
	last = latest.get(item.key)
	if last and (last.fingerprint != item.state or last.integration != flow.account):
		return True  # the flow may have led to another account before
	if link and not item.version and _exchanged_since(link, last):
		return True  # the same content as before may be a return to it
	return not last and (not link or link.received_hash != item.state)


def _waits(item: _Incoming, latest: dict[str, Any]) -> bool:
	last = latest.get(item.key)
	return bool(last and last.fingerprint == item.state and last.status != PROCESSED)


def _says_more(flow: InFlow, item: _Incoming, link: Any) -> bool:
	"""Whether a record that our own change was answered with holds something new that we did not send."""
	base = synced.base_of(link.synced_values) if flow.two_way else None
	unsent = [name for name in flow.fields if base and not flow.sends(name, base.here.get(name))]
	if not unsent or flow.is_part(item.record):
		return bool(unsent)  # of a record that came in part, it cannot be told
	try:
		values = record_values(flow, item.record, creating=False)
	except ConnectError:
		return True  # told when it is written
	return any(name in values and not comparing.same(base.there.get(name), values[name]) for name in unsent)


def _exchanged_since(link: Any, last: Any) -> bool:
	"""Whether a record was sent, or came in another way, since it came in by `last`, its latest event."""
	received = last.last_attempt if last else link.last_received
	if last and (not received or last.status != PROCESSED):
		return False  # that event waits itself
	exchanged = max((moment for moment in (link.last_sent, link.last_received) if moment), default=None)
	return bool(exchanged and (not received or exchanged > received))


def _event(flow: InFlow, item: _Incoming, linked: dict[str, Any], company: str | None) -> dict[str, Any]:
	link = linked.get(item.external_id) or frappe._dict()
	return {
		"name": keys.new_id(),
		"integration": flow.account,
		"field_mapping": flow.name,
		"company": company,
		"event": sync_log.PULL,
		# A document type without a name: seen by those who may read all of its documents.
		"reference_doctype": link.document_type or (flow.document_type if flow.purpose == DOCUMENT else None),
		"reference_name": link.document_name,
		"external_id": item.external_id,
		"order_key": item.key,
		"dedupe_key": fingerprint([item.key, item.state]),
		"fingerprint": item.state,
		"request_body": as_json(item.record),
	}
