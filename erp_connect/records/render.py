"""What a flow makes of a document: its payload, the bytes of it, and fingerprints of what the outside is told."""

from __future__ import annotations

import uuid
from typing import Any

import frappe

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.core.expressions.path_template import template_values
from erp_connect.core.mapping.rows import CompiledMapping
from erp_connect.core.payload import contents
from erp_connect.core.payload.serialise import (
	fingerprint,
	form_fields,
	graphql_body,
	normalise,
	require_size,
	serialise,
)
from erp_connect.core.values.paths import set_path
from erp_connect.records import attachments, lookups
from erp_connect.transport.multipart import multipart

MULTIPART = "Multipart"


def state_fingerprint(flow: Flow, rule: RequestRule, source: dict, account: Any) -> str:
	"""Of what a request tells about a document, whether it creates or updates. Raises `ConnectError`.

	account: anything with `name`.
	"""
	said = {"to": rule.identity, "payload": _told(flow, rule, source, account)}
	if place := template_values(_path_of_state(flow, rule), source):
		said["place"] = normalise(place)
	return fingerprint(said)


def _path_of_state(flow: Flow, rule: RequestRule) -> str:
	"""The path that says where the state of a document goes, the same whether it is created or updated."""
	update = flow.rule("update", linked=True) if rule.tells_state else None
	return (update if update and update.tells_state else rule).path


def _told(flow: Flow, rule: RequestRule, source: dict, account: Any) -> Any:
	"""Of a request that neither creates nor updates, its own Body, where it has one: its Fields are another's."""
	if not rule.send_body:
		return None
	if rule.own.body and not rule.tells_state:
		return rule.own.body.search(source)
	return payload_of(flow.compared, flow, source, account, creating=False)


def own_fingerprint(flow: Flow, source: dict, account: Any) -> str:
	"""Of what only goes out; empty where nothing does. Raises `ConnectError`."""
	if not flow.own.targets():
		return ""
	return fingerprint(payload_of(flow.own, flow, source, account, creating=False))


def encode(flow: Flow, payload: Any, account: Account, source: dict) -> tuple[bytes, str]:
	"""The bytes and the content type of a payload, as flow and account want them. source: values that it was made of.

	Marks stand for the contents of files. Raises `PayloadError`.
	"""
	if flow.batch_size == 1:  # of a batch, the whole list has its place
		if flow.payload_path:
			set_path(outer := {}, flow.payload_path, payload)
			payload = outer
		if flow.graphql_query:
			payload = graphql_body(flow.graphql_query, payload)
	wanted = flow.payload_format or account.payload_format
	if wanted == MULTIPART:
		return _in_parts(payload, source, account)
	return serialise(
		payload,
		wanted,
		xml_root=account.xml_root,
		max_bytes=account.max_payload_bytes,
	)


def _in_parts(payload: Any, source: dict, account: Account) -> tuple[bytes, str]:
	"""A form in parts, in which the contents of each file that is a value by itself are a part of their own."""
	files = {entry["content"]: entry for entry in attachments.entries(source)}
	fields = [
		(name, contents.as_part(text) if text in files else text)
		for name, text in form_fields(normalise(payload))
	]
	parts = {contents.as_part(mark): (file["name"], file["type"]) for mark, file in files.items()}
	body, content_type = multipart(fields, parts, uuid.uuid4().hex)
	require_size(len(body), account.max_payload_bytes)
	return body, content_type


def payload_of(mapping: CompiledMapping, flow: Flow, source: dict, account: Any, *, creating: bool) -> dict:
	return mapping.apply(
		source,
		creating=creating,
		omit_none=not flow.send_nulls,
		time_zone=frappe.utils.get_system_timezone(),
		lookup=lookups.outwards(account),
	)
