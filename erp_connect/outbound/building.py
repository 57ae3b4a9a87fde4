"""The request that a rule of a flow makes of a document's values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from erp_connect.config import flow as flows
from erp_connect.config import inflow, inputs
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, RequestRule
from erp_connect.core.errors import ConnectError, PayloadError
from erp_connect.core.expressions.parameters import HEADER, QUERY, check_header, rendered, with_query
from erp_connect.core.expressions.path_template import render_path
from erp_connect.outbound import uploading
from erp_connect.outbound.request import Asked, Prepared
from erp_connect.records import attachments, own_writing
from erp_connect.records.render import encode, payload_of, state_fingerprint
from erp_connect.store.sync_link import Link

CONTENT_TYPE = "Content-Type"


def build(asked: Asked) -> Prepared:
	"""The request that a rule makes of a document's values. Raises `ConnectError` when it cannot be built."""
	flow, rule, source, account, link = asked.flow, asked.rule, asked.source, asked.account, asked.link
	creating = is_creation(flow, rule)
	# `|`, so that what may not be read stays refused instead of missing.
	said = source | _own_writing(flow, rule, source, link)
	is_file = bool(rule.send_body and rule.own.upload)
	payload = None
	if rule.send_body and not is_file:
		payload = _payload(flow, rule, said, account, creating=creating)
	body, content_type = (
		uploading.body_of(rule, said) if is_file else _encoded(flow, rule, payload, account, said)
	)
	named = source | {inputs.IN_TEMPLATES: dict(account.inputs)}
	headers = headers_of(flow, named)
	return Prepared(
		event=asked.event,
		flow=flow,
		subject=asked.subject,
		operation=rule.operation,
		method=rule.method,
		path=with_query(_path(rule, named, link), rendered(flow.parameters, QUERY, named)),
		body=body,
		# Of one body there are many kinds: application/merge-patch+json, say.
		content_type=content_type_of(headers, content_type) if body else content_type,
		headers=headers,
		files=attachments.chosen(body, said, uploading.most_bytes(rule, account)) if flow.reads_files else {},
		payload=payload,
		state_hash=state_fingerprint(flow, rule, source, account),
		link=link,
	)


def is_creation(flow: Flow, rule: RequestRule) -> bool:
	"""Whether the rows that count only on create are among what a request says."""
	return rule.operation == flows.CREATE and flow.has_creation_rows


def _encoded(flow: Flow, rule: RequestRule, payload: Any, account: Account, said: dict) -> tuple[bytes, str]:
	if not rule.send_body:
		return b"", ""
	asked = replace(flow, graphql_query=rule.graphql_query) if rule.graphql_query else flow
	return encode(asked, payload, account, said)


def _payload(flow: Flow, rule: RequestRule, said: dict, account: Account, *, creating: bool) -> Any:
	if rule.own.body is None:
		return payload_of(flow.mapping, flow, said, account, creating=creating)
	payload = rule.own.body.search(said)
	if payload is None:
		raise PayloadError(
			"The request of {event} has no body: {expression} gives nothing. Correct its Body in Requests.",
			code="no_body",
			event=rule.event,
			expression=rule.own.body.text,
		)
	return payload


def _path(rule: RequestRule, named: dict, link: Link | None) -> str:
	try:
		return uploading.address_in(rule.path, named) if rule.own.upload else render_path(rule.path, named)
	except ConnectError as error:
		if error.code != "missing_link" or link is None or link.external_id:
			raise
		raise ConnectError(
			"The record was sent, but the answer held no id where the flow looks for it, so {path} cannot be asked for. "
			"Correct External id in the answer (tab Answer) for records to come, link this document with its record (in its "
			"menu: Link with a Record Outside…), then press Retry.",
			code=error.code,
			path=rule.path,
		) from None


def content_type_of(headers: dict[str, str], content_type: str) -> str:
	"""What the flow's own header says; of a form in parts, whose boundary only its maker knows, always that."""
	own = headers.pop(CONTENT_TYPE, content_type)
	return content_type if content_type.startswith("multipart/") else own


def headers_of(flow: Flow, named: dict) -> dict[str, str]:
	"""The headers that the flow adds to a request. Raises `ConnectError` for what cannot be one."""
	headers = dict(rendered(flow.parameters, HEADER, named))
	for name, value in headers.items():
		check_header(name, value)
	return headers


def _own_writing(flow: Flow, rule: RequestRule, source: dict, link: Link | None) -> dict:
	"""What an update of a two-way flow says as the outside has it, since nobody changed it here."""
	if not flow.two_way or rule.operation != flows.UPDATE or not link:
		return {}
	return own_writing.of(inflow.load(flow.name), source, link.synced_values)
