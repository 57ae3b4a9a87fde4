"""What a flow would send for a document, without sending or writing anything."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.config import flow as flows
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.core.delivery.states import DELIVERED, OUT
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.payload.serialise import diff
from erp_connect.operate import step_preview
from erp_connect.outbound import building, staged
from erp_connect.records import document, exempt
from erp_connect.records.document import Subject
from erp_connect.store import exemptions, sync_link
from erp_connect.store.sync_link import Link

# Stands for the key that the request will have.
SAMPLE_KEY = "0" * 32
STOPPED = {"sends": False, "reason": exempt.OUTCOME}
REFUSALS = (ConnectError, frappe.ValidationError, frappe.PermissionError)


def preview(mapping, name: str, event: str = "update") -> dict[str, Any]:
	"""What `mapping` (a saved or unsaved Field Mapping) would do for document `name` on `event`.

	Returns `condition` (met or not), `linked`, `external_id`, `sends`, `reason` if nothing is sent, `method`,
	`url`, `payload`, `compared` (whether it is known what was last delivered), and `changes` against that: [{path, old,
	new}]; of an event in several requests,
	`steps` and `written_back` instead (see `step_preview`). Reads with the rights
	of the user the account acts as, and only what the session's user may read as well. Raises `ConnectError`.
	"""
	found = many(mapping, [name], event)[name]
	if isinstance(found, Exception):
		raise found
	return found


def many(mapping, names: list[str], event: str) -> dict[str, dict[str, Any] | Exception]:
	"""What `preview` tells of several documents, by name; what it would raise for a document stands in its place.

	Raises `ConnectError` for a flow or an account that cannot be used.
	"""
	viewer = frappe.session.user
	flow = flows.from_document(mapping)
	account = accounts.load(flow.account)
	stopped = exemptions.stopping(OUT, account.name, flow.document_type, names, flow.name)
	shown: dict[str, dict[str, Any] | Exception] = {}
	with compat.acting_as(account.user):
		links = sync_link.find_many(account.name, flow.remote_entity, flow.document_type, names)
		documents = document.load_many(flow.document_type, names)
		for name in names:
			subject = Subject(flow.document_type, name)
			try:
				found = _preview(flow, account, subject, documents.get(name), links.get(name), event, viewer)
			except REFUSALS as error:
				shown[name] = error
			else:
				shown[name] = found | (STOPPED if name in stopped else {})
	return shown


def _preview(
	flow: Flow, account: Account, subject: Subject, doc, link: Link | None, event: str, viewer: str
) -> dict[str, Any]:
	external_id = link.external_id if link else None
	shown = {"linked": link is not None, "external_id": external_id, "sends": False}
	if doc is None:
		return {**shown, "reason": "document_deleted"}
	known = {"version": link.remote_version, "etag": link.etag} if link else {}
	context = document.Context(event, external_id, **known, viewer=viewer, key=SAMPLE_KEY)
	source = document.read(doc, flow, account, context)
	shown["condition"] = flow.condition is None or flow.condition.is_true(source)
	rule = flow.rule(event, linked=link is not None)
	if rule is None:
		return {**shown, "reason": "no_request_for_event"}
	row = SimpleNamespace(name="", event=event, old_name=None, idempotency_key=SAMPLE_KEY, steps=None)
	if flow.is_staged(rule):
		return {**shown, **_in_steps(row, flow, subject, rule, source, account, link)}
	request = building.build(row, flow, subject, rule, source, account, link)
	last = _last_payload(flow, subject)
	return {
		**shown,
		"sends": bool(shown["condition"] and not request.unchanged),
		"reason": _reason(shown["condition"], request.unchanged),
		"operation": request.operation,
		"method": request.method,
		"url": join_url(account.base_url, request.path),
		"headers": request.headers,
		"payload": request.payload,
		"body": request.body.decode(),
		"content_type": request.content_type,
		"compared": last is not None,
		"changes": diff(last or {}, request.payload or {}),
	}


def _in_steps(
	row, flow: Flow, subject: Subject, rule: RequestRule, source: dict, account: Account, link
) -> dict:
	condition = flow.condition is None or flow.condition.is_true(source)
	unchanged = staged.is_known(row, flow, staged.told(flow, rule, source, account), link)
	return {
		"sends": bool(condition and not unchanged),
		"reason": _reason(condition, unchanged),
		"operation": rule.operation,
		"steps": step_preview.steps(row, flow, subject, rule, source, account, link),
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
