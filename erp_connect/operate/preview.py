"""What a flow would send for a document, without sending or writing anything."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow
from erp_connect.core.delivery.states import DELIVERED, OUT
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.payload.serialise import diff
from erp_connect.operate import step_preview
from erp_connect.outbound import building, loader, prepare, same_record, staged
from erp_connect.outbound.request import Asked
from erp_connect.records import document, rights
from erp_connect.records.document import Subject
from erp_connect.store import exemptions, sync_link
from erp_connect.store.sync_link import Link

# Stands for the key that the request will have.
SAMPLE_KEY = "0" * 32
REFUSALS = (ConnectError, frappe.ValidationError, frappe.PermissionError)


def preview(mapping, name: str, event: str = "update") -> dict[str, Any]:
	"""What `mapping` (a saved or unsaved Field Mapping) would do for document `name` on `event`.

	Returns `condition` (met or not), `linked`, `external_id`, `sends`, `reason` if nothing is sent and `told` where more is to
	be said of it, `method`,
	`url`, `payload`, `compared` (whether it is known what was last delivered), and `changes` against that: [{path, old,
	new}]; of an event in several requests,
	`steps` and `written_back` instead (see `step_preview`). Reads with the rights
	of the user the account acts as, and only what the session's user may read as well. Raises `ConnectError`.
	"""
	found = many(mapping, {name: event})[name]
	if isinstance(found, Exception):
		raise found
	return found


def many(mapping, events: dict[str, str]) -> dict[str, dict[str, Any] | Exception]:
	"""What `preview` tells of several documents, by name; what it would raise for a document stands in its place.

	events: by name of the document. Raises `ConnectError` for a flow or an account that cannot be used.
	"""
	viewer, names = frappe.session.user, list(events)
	flow = flows.from_document(mapping)
	account = accounts.load(flow.account)
	shown: dict[str, dict[str, Any] | Exception] = {}
	with compat.acting_as(account.user):
		links = sync_link.find_many(account.name, flow.remote_entity, flow.document_type, names)
		documents = document.load_many(flow.document_type, names)
		standing = _standing(flow, account, names)
		for name, event in events.items():
			doc, link = documents.get(name), links.get(name)
			row = _row(flow, event)
			stopped = _stopped(row, flow, Subject(flow.document_type, name), doc, link, standing)
			try:
				found = _preview(row, flow, account, Subject(flow.document_type, name), doc, link, viewer)
			except REFUSALS as error:
				# Who may not read a document is not told either why it is not sent.
				told = stopped and doc is not None and rights.may_read(doc, viewer)
				shown[name] = _known(link) | stopped if told else error
			else:
				shown[name] = found | stopped
	return shown


def _row(flow: Flow, event: str) -> SimpleNamespace:
	"""Stands for the event that there would be."""
	return SimpleNamespace(
		name="",
		event=event,
		field_mapping=flow.name,
		old_name=None,
		idempotency_key=SAMPLE_KEY,
		steps=None,
		method=None,
		subject=None,
	)


def _standing(flow: Flow, account: Account, names: list[str]) -> SimpleNamespace:
	"""What `prepare.in_the_way` asks of these documents."""
	exempted = exemptions.stopping(OUT, account.name, flow.document_type, names, flow.name)
	is_saved = flow.two_way and frappe.db.exists("Field Mapping", flow.name)
	return SimpleNamespace(
		exempt={(flow.name, flow.document_type, name): one for name, one in exempted.items()},
		coming=loader.coming([flow.name], flow.document_type, names) if is_saved else {},
		older=(),
	)


def _stopped(row, flow: Flow, subject: Subject, doc, link: Link | None, standing) -> dict[str, Any]:
	"""Why a document is not sent whatever it would say, as sending finds it; empty when nothing stands in its way."""
	if verdict := prepare.in_the_way(row, flow, subject, link, standing):
		return {"sends": False, "reason": verdict.outcome, "told": verdict.error}
	if doc is not None and (heir := prepare.heir_of(row, flow, link, doc)):
		return {"sends": False, "reason": "amended", "told": _(prepare.AMENDED).format(heir)}
	return {}


def _known(link: Link | None) -> dict[str, Any]:
	return {"linked": link is not None, "external_id": link.external_id if link else None, "sends": False}


def _preview(
	row, flow: Flow, account: Account, subject: Subject, doc, link: Link | None, viewer: str
) -> dict[str, Any]:
	shown = _known(link)
	if doc is None:
		return {**shown, "reason": "document_deleted"}
	known = {"version": link.remote_version, "etag": link.etag} if link else {}
	context = document.Context(row.event, shown["external_id"], **known, viewer=viewer, key=SAMPLE_KEY)
	source = document.read(doc, flow, account, context)
	shown["condition"] = flow.condition is None or flow.condition.is_true(source)
	rule = flow.rule(row.event, linked=link is not None)
	if rule is None:
		return {**shown, "reason": _reason(shown["condition"], False) or "no_request_for_event"}
	try:
		asked = Asked(row, flow, subject, rule, source, account, link)
		return {**shown, **_requests(asked, shown["condition"])}
	except ConnectError:
		if shown["condition"]:
			raise
		# It is not sent, so that nobody meets what is wrong with its payload.
		return {**shown, "reason": _reason(False, False)}


def _requests(asked: Asked, condition: bool) -> dict[str, Any]:
	if asked.flow.is_staged(asked.rule):
		return _in_steps(asked, condition)
	makes = same_record.address_of(asked)
	if condition and makes and (verdict := same_record.taken(asked, makes)):
		return {"sends": False, "reason": verdict.outcome, "told": verdict.error}
	request = building.build(asked)
	last = _last_payload(asked.flow, asked.subject)
	return {
		"sends": bool(condition and not request.unchanged),
		"reason": _reason(condition, request.unchanged),
		"operation": request.operation,
		"method": request.method,
		"url": join_url(asked.account.base_url, request.path),
		"headers": request.headers,
		"payload": request.payload,
		"body": request.body.decode(),
		"content_type": request.content_type,
		"compared": last is not None,
		"changes": diff(last or {}, request.payload or {}),
	}


def _in_steps(asked: Asked, condition: bool) -> dict[str, Any]:
	flow, rule = asked.flow, asked.rule
	told = staged.told(flow, rule, asked.source, asked.account)
	unchanged = staged.is_known(asked.event, flow, told, asked.link)
	return {
		"sends": bool(condition and not unchanged),
		"reason": _reason(condition, unchanged),
		"operation": rule.operation,
		"steps": step_preview.steps(asked),
		"written_back": step_preview.written_back(flow, rule),
	}


def _reason(condition: bool, unchanged: bool) -> str:
	if not condition:
		return "condition_not_met"
	return "nothing_changed" if unchanged else ""


def _last_payload(flow: Flow, subject: Subject) -> dict | None:
	"""The payload last delivered for the document; None when there is none, or it was cleared by retention."""
	body = frappe.db.get_value(
		"Sync Log",
		{
			"field_mapping": flow.name,
			"reference_doctype": subject.doctype,
			"reference_name": subject.name,
			"status": DELIVERED,
			"request_body": ("is", "set"),
		},
		"request_body",
		order_by="creation desc",
	)
	try:
		payload = json.loads(body or "null")
	except ValueError:  # XML or form: there is no structure to compare
		return None
	if flow.graphql_query and isinstance(payload, dict):
		payload = payload.get("variables") or {}
	return payload if isinstance(payload, dict) else None
