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
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.payload.serialise import diff
from erp_connect.operate import step_preview
from erp_connect.outbound import building, staged
from erp_connect.records import document, exempt
from erp_connect.records.document import Subject
from erp_connect.store import exemptions, sync_link

# Stands for the key that the request will have.
SAMPLE_KEY = "0" * 32


def preview(mapping, name: str, event: str = "update") -> dict[str, Any]:
	"""What `mapping` (a saved or unsaved Field Mapping) would do for document `name` on `event`.

	Returns `condition` (met or not), `linked`, `external_id`, `sends`, `reason` if nothing is sent, `method`,
	`url`, `payload`, and `changes`: [{path, old, new}] against what was last delivered; of an event in several requests,
	`steps` and `written_back` instead (see `step_preview`). Reads with the rights
	of the user the account acts as, and only what the session's user may read as well. Raises `ConnectError`.
	"""
	viewer = frappe.session.user
	flow = flows.from_document(mapping)
	account = accounts.load(flow.account)
	with compat.acting_as(account.user):
		shown = _preview(flow, account, Subject(flow.document_type, name), event, viewer)
	if name in exemptions.stopping(OUT, account.name, flow.document_type, [name], flow.name):
		shown |= {"sends": False, "reason": exempt.OUTCOME}
	return shown


def _preview(flow: Flow, account: Account, subject: Subject, event: str, viewer: str) -> dict[str, Any]:
	link = sync_link.find_many(account.name, flow.remote_entity, subject.doctype, [subject.name]).get(
		subject.name
	)
	external_id = link.external_id if link else None
	shown = {"linked": link is not None, "external_id": external_id, "sends": False}
	doc = document.load_many(subject.doctype, [subject.name]).get(subject.name)
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
		"changes": diff(_last_payload(flow, subject), request.payload or {}),
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


def _last_payload(flow: Flow, subject: Subject) -> dict:
	"""The payload last delivered for the document; empty when there is none, or it was cleared by retention."""
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
		payload = json.loads(body or "{}")
	except ValueError:  # XML or form: there is no structure to compare
		return {}
	if flow.graphql_query and isinstance(payload, dict):
		payload = payload.get("variables") or {}
	return payload if isinstance(payload, dict) else {}
