"""What the answer to several records in one request means for each of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from erp_connect.calls.exchange import Result, search
from erp_connect.config.account import Account
from erp_connect.config.flow import Flow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.answer_rules import judge
from erp_connect.core.delivery.batch_results import by_key, by_order, key_of
from erp_connect.core.delivery.outcome import Outcome, of_item
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.parse.answer import remote_message
from erp_connect.outbound.request import Delivery, Prepared

MULTI_STATUS = 207


def key_in_record(item: Prepared) -> str | None:
	"""The key by which the result of a record is found; None when its flow names none, or it has none."""
	if item.flow.batch_record_key is None or not item.body:
		return None
	try:
		return key_of(search(item.flow.batch_record_key, json.loads(item.body)))
	except ValueError:
		return None  # told when it is sent


def split(group: list[Prepared], result: Result, account: Account) -> list[Delivery]:
	"""One Delivery for each record of a request, with its own part of the answer."""
	flow = group[0].flow
	if result.outcome.kind != outcomes.DELIVERED:
		if len(group) == 1:
			return [Delivery(group[0], result, result.outcome, result.answer.data)]
		return [Delivery(item, result, outcomes.apart(result.outcome)) for item in group]
	if result.status == MULTI_STATUS and (flow.batch_results is None or flow.batch_item_success is None):
		return [Delivery(item, result, _untold("partial", result)) for item in group]
	if flow.batch_results is None:
		return [Delivery(item, result, result.outcome) for item in group]
	found = search(flow.batch_results, result.answer.data)
	if not isinstance(found, list) or (flow.batch_record_key is None and len(found) != len(group)):
		other = Outcome(
			outcomes.UNKNOWN, "unexpected_content", {"status": result.status, "content": "other results"}
		)
		return [Delivery(item, result, other) for item in group]
	return [
		_delivery(item, account, result, None if place is None else found[place])
		for item, place in zip(group, _places(group, flow, found), strict=True)
	]


def _places(group: list[Prepared], flow: Flow, results: list[Any]) -> list[int | None]:
	if flow.batch_record_key is None:
		return by_order([json.loads(item.body) if item.body else None for item in group], results)
	keys = [key_in_record(item) for item in group]
	if keys == [None] and len(results) == 1:
		return [0]  # it went alone, so that the only result is its own
	return by_key(keys, [key_of(search(flow.batch_result_key, result)) for result in results])


def _delivery(item: Prepared, account: Account, result: Result, data: Any) -> Delivery:
	if data is not None:
		return Delivery(item, result, _verdict(item.flow, account, data, result), data)
	if result.status == MULTI_STATUS and (words := remote_message(result.answer.data)):
		# Not among what was taken, and the answer tells of refusals: this is one of them.
		return Delivery(item, result, _refused(result, words))
	return Delivery(item, result, _untold("no_result", result))


def _verdict(flow: Flow, account: Account, data: Any, result: Result) -> Outcome:
	try:
		taken = flow.batch_item_success is None or flow.batch_item_success.is_true(data)
	except ConnectError as error:
		return Outcome(outcomes.UNKNOWN, "unjudged", {"status": result.status, "remote": Whole(error)})
	if taken:
		return replace(result.outcome, pause=None)
	words = str(search(flow.batch_item_error, data) or remote_message(data) or "no reason given")
	# A rule without a condition is about the whole answer.
	rules = [rule for rule in (*flow.answer_rules, *account.answer_rules) if rule.condition is not None]
	judgement = judge(rules, result.status, data, {}, result.started)
	return of_item(judgement, result.status, words) if judgement else _refused(result, words)


def _refused(result: Result, words: str) -> Outcome:
	return Outcome(outcomes.FINAL, "refused", {"status": result.status, "remote": Whole(words)})


def _untold(code: str, result: Result) -> Outcome:
	return Outcome(outcomes.UNKNOWN, code, {"status": result.status})
