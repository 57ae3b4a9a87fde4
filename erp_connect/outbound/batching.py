"""Several records in one request, where a flow allows it, each with its own result."""

from __future__ import annotations

import hashlib
import json

from erp_connect.calls.exchange import Connection, Result, search
from erp_connect.config.flow import DELETE
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.values.paths import set_path
from erp_connect.jobs.steps import Steps
from erp_connect.outbound.prepare import Prepared
from erp_connect.outbound.settle import Delivery


def group(prepared: list[Prepared]) -> list[list[Prepared]]:
	"""Requests in their order; those of one flow to one place share a request up to its batch size."""
	groups: list[list[Prepared]] = []
	open_groups: dict[tuple, list[Prepared]] = {}
	for item in prepared:
		size = item.flow.batch_size
		# By tries as well: what failed together goes together again, so that its key stays the same.
		place = (item.flow.name, item.method, item.path, item.event.attempts)
		current = open_groups.get(place) if size > 1 else None
		if current is None or len(current) >= size:
			current = []
			groups.append(current)
			open_groups[place] = current
		current.append(item)
	return groups


def deliveries(connection: Connection, group: list[Prepared]) -> Steps[list[Delivery]]:
	"""Send a group as one request; one Delivery for each record."""
	first = group[0]
	if first.flow.batch_size > 1:
		return (yield from _many(connection, group))
	result = yield from connection.exchange(
		first.method, first.path, first.body, first.content_type, first.event.idempotency_key,
		flow=first.flow, creates=first.creates, deletes=first.operation == DELETE,
	)  # fmt: skip
	return [Delivery(first, result, result.outcome, result.answer.data)]


def _many(connection: Connection, group: list[Prepared]) -> Steps[list[Delivery]]:
	flow, account = group[0].flow, connection.account
	records = [json.loads(item.body) if item.body else None for item in group]
	payload: object = records
	if flow.batch_path:
		payload = {}
		set_path(payload, flow.batch_path, records)
	body, content_type = serialise(
		payload, "JSON", xml_root=account.xml_root, max_bytes=account.max_payload_bytes * len(group)
	)
	result = yield from connection.exchange(
		group[0].method, group[0].path, body, content_type, _key(group), flow=flow, creates=group[0].creates
	)
	return _split(group, result)


def _key(group: list[Prepared]) -> str:
	"""The same records in one request give the same key again."""
	if len(group) == 1:
		return group[0].event.idempotency_key
	return hashlib.sha256("\n".join(item.event.idempotency_key for item in group).encode()).hexdigest()[:32]


def _split(group: list[Prepared], result: Result) -> list[Delivery]:
	flow = group[0].flow
	if result.outcome.kind != outcomes.DELIVERED or flow.batch_results is None:
		return [Delivery(item, result, result.outcome) for item in group]
	items = search(flow.batch_results, result.answer.data)
	if not isinstance(items, list) or len(items) != len(group):
		incomplete = Outcome(
			outcomes.UNKNOWN, "unexpected_content", {"status": result.status, "content": "other results"}
		)
		return [Delivery(item, result, incomplete) for item in group]
	return [
		Delivery(item, result, _item_outcome(flow, data, result), data)
		for item, data in zip(group, items, strict=True)
	]


def _item_outcome(flow, data: object, result: Result) -> Outcome:
	if flow.batch_item_success is None or flow.batch_item_success.is_true(data):
		return result.outcome
	reason = search(flow.batch_item_error, data) or "no reason given"
	return Outcome(outcomes.FINAL, "refused", {"status": result.status, "remote": str(reason)[:500]})
