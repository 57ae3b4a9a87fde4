"""REST hooks: a program subscribes to what happens with the records of an entity, at an address beneath the account's own.

A subscription is a flow like any other, so that it is sent, retried, seen and stopped like one. It sends what the
program could fetch itself: the mapped fields of a flow that the account offers, as the account's user.
https://docs.zapier.com/platform/build/hook-trigger
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import frappe
from frappe import _

from erp_connect.config.inflow import INCOMING, InFlow
from erp_connect.core.payload.received_files import is_file_path
from erp_connect.core.values.paths import parse_path
from erp_connect.records.failures import ApiError
from erp_connect.served import reading
from erp_connect.served.caller import Caller
from erp_connect.served.exposed import exposed_flow
from erp_connect.store import hooks as store

AFTER_SUBMIT = "Update After Submit"
# What a subscriber calls it → events of a flow.
EVENTS = {
	"created": ("Insert",),
	"updated": ("Update", AFTER_SUBMIT),
	"submitted": ("Submit",),
	"cancelled": ("Cancel",),
	"deleted": ("Delete",),
}
OF_SUBMITTED = ("submitted", "cancelled")
# Subscriptions of one account.
LIMIT = 200
FIXED = ("event", "id", "name", "modified")
GONE_RULE = {"statuses": "410", "verdict": "Nothing to do", "message": "The subscriber is gone"}


def subscribe(caller: Caller, entity: str, event: str, target_url: str) -> dict[str, Any]:
	"""The subscription, made or, where there is the same one, found. Does not commit.

	Raises `ApiError` 404 for an entity that is not offered, 422 for an address that is not beneath the account's and for
	an event that the documents do not have, 409 for too many; and `frappe.PermissionError`.
	"""
	flow = exposed_flow(caller, entity, "read")
	if event in OF_SUBMITTED and not frappe.get_meta(flow.document_type).is_submittable:
		raise ApiError(422, "invalid", "{doctype} is not submitted or cancelled. Subscribe to created, updated or deleted.",
			field="event", doctype=_(flow.document_type))  # fmt: skip
	path = _beneath(caller.account, target_url)
	known = store.of_account(caller.account)
	for one in known:
		if (one.document_type, _event_of(one.name), _path_of(one.name)) == (flow.document_type, event, path):
			if one.enabled:
				return _told(one.name)
			store.remove(one.name)  # ended by a 410: who asks again is there again
	if len(known) >= LIMIT:
		raise ApiError(409, "too_many_hooks", "The account has {limit} subscriptions. End those that nobody needs.",
			limit=LIMIT)  # fmt: skip
	return _told(_make(caller, flow, event, path))


def unsubscribe(caller: Caller, id_: str) -> dict[str, Any]:
	"""End a subscription: nothing more is sent. One that is gone already is no error. Does not commit."""
	if name := store.find(caller.account, id_):
		store.remove(name)
	return {"id": id_, "ended": True}


def subscriptions(caller: Caller) -> list[dict[str, Any]]:
	"""All subscriptions of the account, oldest first; those whose subscriber answered that he is gone are not `active`."""
	return [_told(one.name) for one in store.of_account(caller.account)]


def sample(caller: Caller, entity: str, event: str, limit: int) -> list[dict[str, Any]]:
	"""The records changed last, as a subscriber would be told of them. Raises as `subscribe` does for the entity."""
	flow = exposed_flow(caller, entity, "read")
	names = frappe.get_list(flow.document_type, pluck="name", order_by="modified desc", limit=limit)
	return [_shape(event, reading.one(flow, name=str(name), external_id=None)) for name in names]


def _shape(event: str, record: dict[str, Any]) -> dict[str, Any]:
	known = {"event": event, "id": record["name"], "name": record["name"], "modified": record["modified"]}
	return {**{name: value for name, value in record.items() if name != "external_id"}, **known}


def _make(caller: Caller, flow: InFlow, event: str, path: str) -> str:
	name = f"Hook {frappe.generate_hash(length=12)}"
	return store.make(
		{
			"mapping_name": name,
			"integration": caller.account,
			"document_type": flow.document_type,
			"direction": "Outgoing",
			"remote_entity": name,
			"enabled": 1,
			"requests": [
				{"event": one, "operation": "Send", "method": "POST", "path": path, "send_body": 1}
				for one in EVENTS[event]
				if one != AFTER_SUBMIT or frappe.get_meta(flow.document_type).is_submittable
			],
			"rows": _rows(flow, event),
			"answer_rules": [GONE_RULE],
			"notes": _("Records of {0}: {1}").format(frappe.utils.escape_html(flow.remote_entity), event),
		}
	)


def _rows(flow: InFlow, event: str) -> list[dict[str, Any]]:
	sources = [
		row.source
		for row in frappe.get_cached_doc("Field Mapping", flow.name).rows
		if (row.direction or "Both") in INCOMING and not is_file_path(parse_path(row.source))
	]
	own = [{"constant": event, "target": "event"}, *({"source": source, "target": target} for source, target in (
		("name", "id"), ("name", "name"), ("modified", "modified")
	))]  # fmt: skip
	return own + [{"source": one, "target": one} for one in dict.fromkeys(sources) if one not in FIXED]


def _beneath(account: str, target_url: str) -> str:
	"""The path of an address beneath the account's. Raises `ApiError` 422: records go to no other place."""
	base = _base(account)
	known, wanted = urlsplit(base), urlsplit(target_url)
	path = wanted.path.removeprefix(known.path)
	same_place = (known.scheme, known.netloc.lower()) == (wanted.scheme, wanted.netloc.lower())
	if (
		not same_place
		or not wanted.path.startswith(known.path)
		or not path.startswith("/")
		or wanted.fragment
	):
		raise ApiError(422, "invalid", "{url} is not beneath the address of the account, {base}. Correct the account's Base "
			"URL, or subscribe with an address beneath it.", field="target_url", url=target_url, base=base)  # fmt: skip
	if {"{", "}"} & set(target_url) or ".." in path.split("/"):
		raise ApiError(422, "invalid", "The address has braces or dots that lead out of its place. Encode them.",
			field="target_url")  # fmt: skip
	return f"{path}?{wanted.query}" if wanted.query else path


def _base(account: str) -> str:
	doc = frappe.get_cached_doc("Integration Settings", account)
	return ((doc.sandbox_base_url if doc.environment == "Sandbox" else doc.base_url) or "").rstrip("/")


def _event_of(name: str) -> str | None:
	first = frappe.get_cached_doc("Field Mapping", name).requests[0].event
	return next((event for event, events in EVENTS.items() if first in events), None)


def _path_of(name: str) -> str:
	return frappe.get_cached_doc("Field Mapping", name).requests[0].path


def _told(name: str) -> dict[str, Any]:
	doc = frappe.get_cached_doc("Field Mapping", name)
	return {
		"id": name,
		"doctype": doc.document_type,
		"event": _event_of(name),
		"target_url": f"{_base(doc.integration)}{_path_of(name)}",
		"active": bool(doc.enabled),
	}
