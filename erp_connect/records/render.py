"""What a flow makes of a document: its payload, the bytes of it, and fingerprints of what the outside is told."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.core.mapping.rows import CompiledMapping
from erp_connect.core.payload.serialise import fingerprint, graphql_body, serialise
from erp_connect.core.values.paths import set_path
from erp_connect.store import sync_link


def state_fingerprint(flow: Flow, rule: RequestRule, source: dict, account: Any) -> str:
	"""Of what a request tells about a document, whether it creates or updates. Raises `ConnectError`.

	account: anything with `name`.
	"""
	state = payload_of(flow.compared, flow, source, account, creating=False) if rule.send_body else None
	return fingerprint({"to": rule.identity, "payload": state})


def own_fingerprint(flow: Flow, source: dict, account: Any) -> str:
	"""Of what only goes out; empty where nothing does. Raises `ConnectError`."""
	if not flow.own.targets():
		return ""
	return fingerprint(payload_of(flow.own, flow, source, account, creating=False))


def encode(flow: Flow, payload: Any, account: Account) -> tuple[bytes, str]:
	"""The bytes and the content type of a payload, as flow and account want them."""
	# Of a batch, the whole list has its place.
	if flow.payload_path and flow.batch_size == 1:
		set_path(outer := {}, flow.payload_path, payload)
		payload = outer
	if flow.graphql_query:
		payload = graphql_body(flow.graphql_query, payload)
	return serialise(
		payload,
		flow.payload_format or account.payload_format,
		xml_root=account.xml_root,
		max_bytes=account.max_payload_bytes,
	)


def payload_of(mapping: CompiledMapping, flow: Flow, source: dict, account: Any, *, creating: bool) -> dict:
	return mapping.apply(
		source,
		creating=creating,
		omit_none=not flow.send_nulls,
		time_zone=frappe.utils.get_system_timezone(),
		lookup=lambda doctype, name: sync_link.external_id(account.name, doctype, name),
	)
