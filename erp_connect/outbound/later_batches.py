"""Many requests as one batch that the other system works off by and by, where its preset says how (`Batches`).

The id of a batch is kept in the row of each event that it carries, which then waits for its turn like any other: nothing
holds a place meanwhile, a worker that dies leaves the id, and later changes of a document stay behind the one under way.
Where its results are, the other system says; the file is had without anything that proves the account.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from erp_connect.calls.exchange import Connection, Result, search
from erp_connect.config import preset_files
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import REFUSED_TOGETHER, Outcome
from erp_connect.core.delivery.progress import Progress, progress_of
from erp_connect.core.delivery.states import QUEUED, RETRYING
from erp_connect.core.errors import ConfigurationError, Whole
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.presets.batches import Batches
from erp_connect.core.values.ids import as_id
from erp_connect.jobs.steps import Steps
from erp_connect.outbound import later_results, look_first
from erp_connect.outbound.request import Delivery, Prepared

HOUR = 3600
# A batch is asked for after this part of its age, between what the preset says and the longest time, in seconds.
PART_OF_AGE, LONGEST_SECONDS = 0.25, 300


def require(account: str) -> Batches:
	"""How the system of an account takes such batches. Raises `ConfigurationError` where its preset went away meanwhile."""
	if spec := preset_files.batches_of(account):
		return spec
	raise ConfigurationError(
		"The preset of account {account} says nothing of batches any more. Install it again, then press Retry.",
		code="no_batches",
		account=account,
	)


def carries(group: list[Prepared]) -> bool:
	"""Whether a group is a batch, or to be sent as one."""
	first = group[0]
	return bool(first.batch) or (len(group) > 1 and first.flow.batch_from > 0 and first.flow.batch_size == 1)


def groups(prepared: list[Prepared], account: str) -> tuple[list[list[Prepared]], list[Prepared]]:
	"""What goes as batches, or is under way in them; and the rest. Of few records, each goes by itself."""
	if not any(item.batch or item.flow.batch_from for item in prepared):
		return [], prepared
	spec = preset_files.batches_of(account)
	found: dict[tuple[str, str], list[Prepared]] = {}
	rest: list[Prepared] = []
	for item in prepared:
		if item.batch and spec:
			found.setdefault(("", item.batch), []).append(item)
		elif spec and _fits(item):
			found.setdefault((item.flow.name, ""), []).append(item)
		else:
			rest.append(item)
	batches = []
	for (_, batch), items in found.items():
		parts = [items[place : place + spec.most] for place in range(0, len(items), spec.most)]
		for part in parts:
			if batch or len(part) >= max(2, part[0].flow.batch_from):
				batches.append(part)
			else:
				rest += part
	return batches, rest


def _fits(item: Prepared) -> bool:
	"""Whether a request can be an entry of a batch: that has no place for headers and files of its own, and what is looked at
	before it is sent would be old by the time."""
	return not (
		item.flow.batch_from < 1
		or item.flow.batch_size > 1
		or item.stage
		or item.files
		or item.headers
		or look_first.asks(item)
		or item.event.outcome == REFUSED_TOGETHER
		or item.content_type not in ("", "application/json")
	)


def deliveries(connection: Connection, group: list[Prepared]) -> Steps[list[Delivery]]:
	"""Give a batch to the other system, or ask what came of one; one Delivery for each record."""
	spec = require(connection.account.name)
	batch = group[0].batch
	if not batch:
		return (yield from _given(connection, spec, group))
	result = yield from connection.exchange(
		"GET", render_path(spec.poll, {"id": batch}), b"", "", "", flow=None, creates=False
	)
	about = {"batch": batch, "status": result.status, "hours": spec.hours}
	if result.outcome.kind != outcomes.DELIVERED:
		if result.outcome.kind == outcomes.FINAL:
			return _all(group, result, _again(group, "batch_lost", about))
		return [Delivery(item, result, result.outcome, batch=batch) for item in group]
	if not _is_true(spec.done, result.answer.data):
		age = time.time() - min(progress_of(item.event.steps).since for item in group)
		if age > spec.hours * HOUR:
			return _all(group, result, _again(group, "batch_unfinished", about))
		wait = int(min(LONGEST_SECONDS, max(spec.every, age * PART_OF_AGE)))
		return _under_way(group, result, batch, wait)
	return (yield from later_results.deliveries(connection, spec, group, result))


def _given(connection: Connection, spec: Batches, group: list[Prepared]) -> Steps[list[Delivery]]:
	entry = compile_expression(spec.operation)
	entries = [
		{name: value for name, value in entry.search(_said(item)).items() if value is not None}
		for item in group
	]
	account = connection.account
	body, content_type = serialise(
		{spec.list: entries}, "JSON", max_bytes=account.max_payload_bytes * len(group)
	)
	result = yield from connection.exchange(
		spec.method, spec.path, body, content_type, "", flow=None,
		creates=any(item.creates for item in group), shown=body,
	)  # fmt: skip
	if result.outcome.kind != outcomes.DELIVERED:
		return _all(group, result, outcomes.apart(result.outcome))
	batch = as_id(search(compile_expression(spec.id), result.answer.data))
	if batch is None:
		about = {"status": result.status, "content": "no id of a batch"}
		return _all(group, result, Outcome(outcomes.UNKNOWN, "unexpected_content", about))
	return _under_way(group, result, batch, spec.every)


def _said(item: Prepared) -> dict[str, Any]:
	"""One request as the expression of an entry sees it."""
	path, _, query = item.path.partition("?")
	return {
		"key": item.key,
		"method": item.method,
		"path": "/" + path.lstrip("/"),
		"query": dict(parse_qsl(query, keep_blank_values=True)) or None,
		"body": item.body.decode() or None,
	}


def _again(group: list[Prepared], code: str, about: dict[str, Any]) -> Outcome:
	"""A batch that tells nothing any more: it may have been worked off, which matters to what creates records."""
	kind = outcomes.UNKNOWN if any(item.creates for item in group) else outcomes.RETRY
	return Outcome(kind, code, about)


def _under_way(group: list[Prepared], result: Result, batch: str, wait: int) -> list[Delivery]:
	outcome = Outcome(outcomes.UNDER_WAY, "batch_under_way", {"batch": Whole(batch)}, retry_after=wait)
	return [Delivery(item, result, outcome, batch=batch) for item in group]


def _all(group: list[Prepared], result: Result, outcome: Outcome) -> list[Delivery]:
	return [Delivery(item, result, outcome) for item in group]


def _is_true(expression: str, data: Any) -> bool:
	return bool(search(compile_expression(expression), data))


def only_asked(item: Delivery) -> bool:
	"""Whether nothing was sent but a question that is not answered yet: no attempt of the event."""
	return item.outcome.kind == outcomes.UNDER_WAY and bool(item.prepared.batch)


def kept(item: Delivery, status: str) -> dict[str, Any]:
	"""What the row of an event keeps of its batch. Only what failed is a try."""
	before = progress_of(item.prepared.event.steps)
	under_way = item.batch and status in (QUEUED, RETRYING)
	since = before.since if before.batch == item.batch else time.time()
	return {
		"steps": Progress(batch=item.batch, since=since).to_text() if under_way else None,
		"attempts": item.prepared.event.attempts - int(item.outcome.kind == outcomes.UNDER_WAY),
	}
