"""Several records in one request, where a flow allows it, each with its own result."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass, field

from erp_connect.calls.exchange import Connection
from erp_connect.config.request_rules import DELETE
from erp_connect.core.delivery.outcome import REFUSED_TOGETHER
from erp_connect.core.payload.contents import filled
from erp_connect.core.payload.serialise import graphql_body, serialise
from erp_connect.core.values.paths import set_path
from erp_connect.jobs.steps import Steps
from erp_connect.outbound import batch_answer, changed_outside, later_batches, staged
from erp_connect.outbound.request import Delivery, Prepared

CONTENT_RANGE = "Content-Range"


@dataclass
class _Open:
	"""A request that takes further records. keys: by which the results of its records are found."""

	items: list[Prepared] = field(default_factory=list)
	keys: set[str] = field(default_factory=set)

	def takes(self, key: str | None) -> bool:
		return len(self.items) < self.items[0].flow.batch_size and key not in self.keys


def group(prepared: list[Prepared]) -> list[list[Prepared]]:
	"""Requests in their order; those of one flow to one place share a request up to its batch size.

	Two records with one key never share a request, and one without a key goes alone: nobody could tell which result
	is whose.
	"""
	groups: list[list[Prepared]] = []
	unfilled: dict[tuple, _Open] = {}
	for item in prepared:
		key = batch_answer.key_in_record(item)
		unknown = item.flow.batch_record_key is not None and key is None
		# A request without a body, such as a deletion, is about the record in its path.
		alone = (
			item.flow.batch_size == 1 or unknown or not item.body or item.event.outcome == REFUSED_TOGETHER
		)
		# By tries as well: what failed together goes together again, so that its key stays the same.
		place = (item.flow.name, item.method, item.path, tuple(item.headers.items()), item.event.attempts)
		current = None if alone else unfilled.get(place)
		if current is None or not current.takes(key):
			current = _Open()
			groups.append(current.items)
			if not alone:
				unfilled[place] = current
		current.items.append(item)
		if key is not None:
			current.keys.add(key)
	return groups


def deliveries(connection: Connection, group: list[Prepared]) -> Steps[list[Delivery]]:
	"""Send a group as one request; one Delivery for each record."""
	first = group[0]
	if later_batches.carries(group):
		return (
			yield from changed_outside.decided(
				(yield from later_batches.deliveries(connection, group)), connection
			)
		)
	if first.flow.batch_size > 1 and first.body:
		return (yield from _many(connection, group))
	result = yield from connection.exchange(
		first.method, first.path, with_contents(group, first.body, first.content_type), first.content_type,
		first.key, flow=staged.judged_by(first, connection.account), creates=first.creates, deletes=first.operation == DELETE,
		headers=headers_of(first), shown=first.body,
	)  # fmt: skip
	result = staged.of_part(first, result)
	found = [Delivery(first, result, staged.outcome_of(first, result), result.answer.data)]
	return (yield from changed_outside.decided(found, connection))


def headers_of(item: Prepared) -> dict[str, str]:
	"""The headers that flow and file add to a request."""
	return item.headers | {CONTENT_RANGE: item.part.content_range} if _tells_range(item) else item.headers


def _tells_range(item: Prepared) -> bool:
	# Of an empty file there is no range that could be told, but whether it is there.
	return item.part is not None and (item.part.asks or item.part.total > 0)


def _many(connection: Connection, group: list[Prepared]) -> Steps[list[Delivery]]:
	flow, account = group[0].flow, connection.account
	records = [json.loads(item.body) if item.body else None for item in group]
	payload: object = records
	if flow.batch_path:
		payload = deepcopy(dict(flow.batch_beside))
		set_path(payload, flow.batch_path, records)
	if flow.graphql_query:
		payload = graphql_body(flow.graphql_query, payload)
	body, content_type = serialise(
		payload, "JSON", xml_root=account.xml_root, max_bytes=account.max_payload_bytes * len(group)
	)
	result = yield from connection.exchange(
		group[0].method, group[0].path, with_contents(group, body, content_type), content_type, _key(group),
		flow=flow, creates=group[0].creates, headers=group[0].headers, shown=body,
	)  # fmt: skip
	return (yield from changed_outside.decided(batch_answer.split(group, result, account), connection))


def with_contents(group: list[Prepared], body: bytes, content_type: str) -> bytes:
	"""The body of a group's request with the contents of its files."""
	found = {mark: content for item in group for mark, content in item.contents.items()}
	for item in group:
		item.contents = {}  # else they would stay in memory until what came of it is written
	return filled(body, content_type, found) if found else body


def _key(group: list[Prepared]) -> str:
	"""The same records in one request give the same key again."""
	if len(group) == 1:
		return group[0].event.idempotency_key
	return hashlib.sha256("\n".join(item.event.idempotency_key for item in group).encode()).hexdigest()[:32]
