"""Test Connection: calls with the account's authentication, and a plain answer about each.

What is called are the checks of the account's preset, in their order, or the account's test path where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from frappe import _

from erp_connect.calls import connection as connections
from erp_connect.calls.exchange import Connection, Result
from erp_connect.config import account as accounts
from erp_connect.config import inputs, preset_files
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.advice import explain
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.presets import subscriptions
from erp_connect.core.presets.connection import Check
from erp_connect.core.values.inputs import filled
from erp_connect.messages import describe, translate

# What a system answered about this one request: another request may be answered otherwise.
ANSWERED = (outcomes.FINAL, outcomes.GONE, outcomes.EXISTS, outcomes.CHANGED, outcomes.AUTH, outcomes.PAUSE)


@dataclass(frozen=True)
class Request:
	"""One call that is ready to be sent. check: of the preset, None for the account's test path."""

	check: Check | None
	method: str
	path: str
	body: bytes = b""
	content_type: str = ""


def run(doc) -> dict[str, Any]:
	"""`ok`, `called` (method and address), `status`, `milliseconds`, `message` and, on failure, `advice`: of the first
	call that failed, or the last one. `checks`: the same of each check of the preset, with its `title`; `ok` is None for
	one that was not called, since the one before it shows that it would fail too.
	"""
	try:
		account = accounts.from_document(doc)
		requests = tuple(_requests(doc, account))
		connection = connections.open_connection(doc, account)
	except ConnectError as error:
		return {**_told(False, translate(error)), "checks": []}
	try:
		answers = list(_answers(connection, requests, account.inputs))
	finally:
		connection.close()
	told = dict(next((answer for answer in answers if answer["ok"] is False), answers[-1]))
	title = told.pop("title")
	named = told if told["ok"] or not title else {**told, "message": f"{title}: {told['message']}"}
	return {**named, "checks": answers if requests[0].check else []}


def _requests(doc, account: accounts.Account) -> Iterator[Request]:
	preset = preset_files.of_account(doc)
	for check in preset.check if preset else ():
		wanted = subscriptions.request(check, {}, account.inputs)
		body, content_type = b"", ""
		if wanted.body is not None:
			fmt = "JSON" if check.graphql else account.payload_format
			body, content_type = serialise(wanted.body, fmt, account.xml_root)
		yield Request(check, wanted.method, _rooted(wanted.path), body, content_type)
	if not (preset and preset.check):
		yield Request(None, "GET", _rooted(filled((doc.test_path or "").strip(), account.inputs)))


def _rooted(path: str) -> str:
	return path if not path or path.startswith("/") else f"/{path}"


def _answers(
	connection: Connection, requests: tuple[Request, ...], own: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
	in_vain = False
	for request in requests:
		title = _(request.check.title) if request.check else ""
		if in_vain:
			yield {"title": title, **_told(None, _("Not called, since the one before it failed."))}
			continue
		result = connection.send(
			request.method, request.path, request.body, request.content_type, "", flow=None, creates=False
		)
		in_vain = result.status is None or result.outcome.kind in (outcomes.AUTH, outcomes.PAUSE)
		yield {"title": title, **_answer(request, result, own)}


def _answer(request: Request, result: Result, own: Mapping[str, str]) -> dict[str, Any]:
	about = {
		"called": f"{request.method} {result.url}",
		"status": result.status,
		"milliseconds": result.duration_ms,
	}
	check = request.check
	if result.outcome.kind != outcomes.DELIVERED:
		advice = _(explain(result.outcome))
		if check and check.told and result.status is not None and result.outcome.kind in ANSWERED:
			advice = _(check.told)
		return {**_told(False, describe(result.outcome), advice), **about}
	if check and not _as_expected(check, result.answer.data, own):
		message = _("An answer came (status {0}), but not the one that is expected.").format(result.status)
		advice = (
			_(check.told)
			if check.told
			else _("Check at the other system what the key or user of the account may do.")
		)
		return {**_told(False, message, advice), **about}
	return {**_told(True, _("Connected: status {0}.").format(result.status)), **about}


def _as_expected(check: Check, answer: Any, own: Mapping[str, str]) -> bool:
	"""own: the account's inputs, which an expression over an object knows as well."""
	if not check.expect:
		return True
	known = {**answer, inputs.IN_EXPRESSIONS: dict(own)} if isinstance(answer, dict) else answer
	try:
		return bool(compile_expression(check.expect).search(known))
	except ConnectError:  # an expression that does not fit the answer is not true of it
		return False


def _told(ok: bool | None, message: str, advice: str = "") -> dict[str, Any]:
	return {"ok": ok, "called": "", "status": None, "milliseconds": 0, "message": message, "advice": advice}
