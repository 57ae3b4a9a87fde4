"""One page fetched for a look: what came, and what would become of it. Nothing is kept, and no cursor moves."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import account as accounts
from erp_connect.config import flow_check, inflow, pulling
from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.jobs import steps
from erp_connect.operate import trial
from erp_connect.pull.in_windows import open_pull
from erp_connect.pull.source import Page, Source
from erp_connect.records import failures
from erp_connect.store import dry_run

SHOWN, MOST = 5, 50
# Pages beyond the first that are asked for at most, to find a parent that has children.
LOOKED_FOR_CHILDREN = 5
TEXT_LIMIT = 20_000


def run(mapping, shown: int = SHOWN) -> dict[str, Any]:
	"""Fetch the first page of `mapping` (a saved or unsaved Field Mapping) as the account's user.

	shown: records that are tried, at most `MOST`.
	Returns `called`, `status`, `milliseconds`, `ok`, `message`, `count` and `total` of records, whether there are
	`more` pages, `problems` for which the flow cannot be saved, and `records`: each with `record` (text), `sample` (the
	record itself), `changed` and what `trial.of_record` tells. Raises `ConnectError` for settings that cannot be used.
	What was not committed is committed.
	"""
	flow, pull = inflow.from_document(mapping), pulling.from_document(mapping)
	account = accounts.load(flow.account)
	since = pull.since or None
	source, fetcher = open_pull(account, pull, flow, since), Fetcher(account)
	try:
		with compat.acting_as(account.user):
			position, page = _first_page(source, since)
			told = _told(source, position, page)
			wholes = [_whole(flow, fetcher, source, record) for record in page.records[: min(shown, MOST)]]
			told["records"] = tried(flow, wholes, mapped(mapping))
	finally:
		source.close()
		fetcher.close()
	return told | {"problems": flow_check.problems(mapping)}


def mapped(mapping) -> list[Expression]:
	"""What the rows of a Field Mapping take out of a record."""
	rows = [
		row
		for row in mapping.rows
		if (row.direction or "Both") in inflow.INCOMING and row.target and not row.constant
	]
	return [compile_expression(row.target) for row in rows]


def tried(flow: InFlow, wholes: list[dict[str, Any]], expressions: list[Expression]) -> list[dict[str, Any]]:
	"""What would become of each record: `wholes`, each with `sample` or the `error` for which there is none, and more."""
	with dry_run.nothing_kept():
		return [
			whole
			if "error" in whole
			else whole | trial.of_record(flow, whole["sample"], expressions, whole.get("topic"))
			for whole in wholes
		]


def as_text(record: Any) -> str:
	"""A record for people."""
	return json.dumps(record, indent=1, ensure_ascii=False, default=str)[:TEXT_LIMIT]


def _first_page(source: Source, since: str | None) -> tuple[dict, Page]:
	"""The first page; of children, the first one that holds any, or the last one that was looked at."""
	position = source.sample(since)
	page = steps.run(source.ask(position))
	for _page in range(0 if source.wants(position) and not source.pull.parents else LOOKED_FOR_CHILDREN):
		if page.reason or page.records or not (following := source.following(position, page)):
			break
		position = following
		page = steps.run(source.ask(position))
	return position, page


def _told(source: Source, position: dict, page: Page) -> dict[str, Any]:
	result = page.result
	asked = {
		"called": frappe._("nothing: there is no document to ask for"),
		"status": None,
		"milliseconds": 0,
	}
	if result:
		asked = {
			"called": f"{result.method} {result.url}",
			"status": result.status,
			"milliseconds": result.duration_ms,
		}
	told = asked | {
		"ok": page.reason is None,
		"message": page.reason.text if page.reason else "",
		"count": len(page.records),
		"total": page.total,
		"more": False,
		"answer": "" if page.reason is None else result.response_body,
	}
	if page.reason is None:
		try:
			told["more"] = source.following(position, page) is not None
		except ConnectError as error:
			told |= {"ok": False, "message": failures.detail(error, frappe._("preview again"))}
	return told


def _whole(flow: InFlow, fetcher: Fetcher, source: Source, record: Any) -> dict[str, Any]:
	shown = {"record": as_text(record), "changed": source.changed_of(record)}
	try:
		whole = fetcher.whole(flow, record)
	except ConnectError as error:
		return shown | {"action": trial.FAIL, "error": failures.detail(error, frappe._("preview again"))}
	return shown | {"record": as_text(whole), "sample": whole}
