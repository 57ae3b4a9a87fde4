"""What came of each record in a batch that was worked off outside: the file of its results, had and read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from erp_connect.calls import connection as connections
from erp_connect.calls.exchange import BODY_LIMIT, Connection, Result, search
from erp_connect.calls.facts import Purpose, of_answer
from erp_connect.calls.file_downloads import ANYTHING, elsewhere
from erp_connect.config.request_rules import DELETE
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.batch_results import by_key, key_of
from erp_connect.core.delivery.outcome import Outcome, classify
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.destinations import origin_if_any
from erp_connect.core.guard.redaction import cap
from erp_connect.core.parse.answer import read_answer
from erp_connect.core.parse.result_files import UnreadableResults, read_results
from erp_connect.core.presets.batches import Batches
from erp_connect.jobs.steps import Steps
from erp_connect.outbound.request import Delivery, Prepared
from erp_connect.transport.errors import TransportError
from erp_connect.transport.messages import HttpRequest, HttpResponse

# Of a file of results, as it travels.
MOST_BYTES = 16 * 1024 * 1024
# What cannot be told of the account by one of many results: the record is tried again, and tells by itself.
_OF_THE_ACCOUNT = (outcomes.AUTH, outcomes.PAUSE, outcomes.GONE, outcomes.THROTTLE)


class _NotHad(ConnectError):
	"""The file of the results could not be had now."""

	default_code = "not_had"


def deliveries(
	connection: Connection, spec: Batches, group: list[Prepared], result: Result
) -> Steps[list[Delivery]]:
	"""One Delivery for each record of a batch. result: of the question that said that it is worked off."""
	about = {"batch": group[0].batch, "status": result.status}
	try:
		content = yield from _content(connection, search(compile_expression(spec.file), result.answer.data))
		results = search(compile_expression(spec.results), read_results(content))
	except _NotHad as error:
		outcome = Outcome(outcomes.RETRY, "batch_unread", about | {"remote": Whole(error)})
		return [Delivery(item, result, outcome, batch=item.batch) for item in group]
	except UnreadableResults as error:
		return [Delivery(item, result, _unreadable(about, error)) for item in group]
	if not isinstance(results, list):
		return [Delivery(item, result, _unreadable(about, "they are no list")) for item in group]
	keys = compile_expression(spec.key)
	places = by_key([item.key for item in group], [key_of(search(keys, one)) for one in results])
	return [
		_delivery(connection, spec, item, result, None if place is None else results[place])
		for item, place in zip(group, places, strict=True)
	]


def _unreadable(about: dict[str, Any], reason: object) -> Outcome:
	return Outcome(outcomes.UNKNOWN, "batch_unreadable", about | {"remote": Whole(reason)})


def _content(connection: Connection, address: Any) -> Steps[bytes]:
	"""The file at an address that the other system said. Nothing of the account is shown there: it holds its own proof.

	Raises `_NotHad`, and `UnreadableResults` for an address that will never do.
	"""
	if not isinstance(address, str) or origin_if_any(address) is None:
		raise UnreadableResults("the answer has no address of them")
	client = connections.open_client(
		policy=elsewhere(),
		connect_timeout=connection.account.connect_timeout,
		read_timeout=connection.account.read_timeout,
		deadline=connection.account.deadline,
		max_response_bytes=MOST_BYTES,
		max_connections=1,
	)
	try:
		response = yield partial(client.send, HttpRequest("GET", address, ANYTHING, b""))
	except TransportError as error:
		if error.kind in ("blocked", "invalid_request"):
			raise UnreadableResults(error.template, **error.params) from None
		raise _NotHad(error.template, **error.params) from None
	finally:
		client.close()
	if not 200 <= response.status < 300:
		raise _NotHad("their address answered {status}", status=response.status)
	if response.truncated:
		raise UnreadableResults("the file has more than {most} bytes", most=MOST_BYTES)
	return response.body


def _delivery(connection: Connection, spec: Batches, item: Prepared, result: Result, found: Any) -> Delivery:
	status = search(compile_expression(spec.status), found)
	if not isinstance(status, int):
		return Delivery(item, result, Outcome(outcomes.UNKNOWN, "no_result", {"status": result.status}))
	told = search(compile_expression(spec.answer), found)
	body = (told if isinstance(told, str) else json.dumps(told) if told is not None else "").encode()
	answer = read_answer(body)
	purpose = Purpose(item.flow, item.creates, item.operation == DELETE)
	now = datetime.now(timezone.utc)
	response = HttpResponse(status, {}, body)
	facts = of_answer(
		response, answer, connection.account, purpose, redactor=connection.redactor, refreshed=True, now=now
	)
	outcome = classify(facts, now=now, rules=purpose.rules)
	if outcome.kind in _OF_THE_ACCOUNT:
		outcome = replace(outcome, kind=outcomes.RETRY)
	own = replace(
		result,
		answer=answer,
		status=status,
		response_body=cap(connection.redactor.body(body.decode()), BODY_LIMIT),
		response_headers={},
		raw_headers={},
	)
	return Delivery(item, own, replace(outcome, pause=None), answer.data)
