"""One page fetched for a look: what came, and what would be written. Writes nothing and moves no cursor."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import account as accounts
from erp_connect.config import inflow, pulling
from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.serialise import normalise
from erp_connect.jobs import steps
from erp_connect.pull.children import open_source
from erp_connect.pull.source import Page, Source
from erp_connect.records import failures, finder, identity, values

SHOWN = 5
# Pages beyond the first that are asked for at most, to find a parent that has children.
LOOKED_FOR_CHILDREN = 5
TEXT_LIMIT = 20_000


def run(mapping) -> dict[str, Any]:
	"""Fetch the first page of `mapping` (a saved or unsaved Field Mapping) as the account's user.

	Returns `called`, `status`, `milliseconds`, `ok`, `message`, `count` and `total` of records, whether there are
	`more` pages, and `records`: the first few with `external_id`, `version`, `changed`, `record`, `values`, `action`
	(create, update, hold, ignore) and `error`. Raises `ConnectError` for settings that cannot be used.
	"""
	flow, pull = inflow.from_document(mapping), pulling.from_document(mapping)
	account = accounts.load(flow.account)
	source, fetcher = open_source(account, pull, flow), Fetcher(account)
	try:
		with compat.acting_as(account.user):
			position, page = _first_page(source, pull.since or None)
			return _told(source, flow, fetcher, position, page)
	finally:
		source.close()
		fetcher.close()


def _first_page(source: Source, since: str | None) -> tuple[dict, Page]:
	"""The first page; of children, the first one that holds any, or the last one that was looked at."""
	position = source.first(since)
	page = steps.run(source.ask(position))
	for _page in range(0 if source.wants(position) and not source.pull.parents else LOOKED_FOR_CHILDREN):
		if page.reason or page.records or not (following := source.following(position, page)):
			break
		position = following
		page = steps.run(source.ask(position))
	return position, page


def _told(source: Source, flow: InFlow, fetcher: Fetcher, position: dict, page: Page) -> dict[str, Any]:
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
		"records": [_record(flow, fetcher, source, record) for record in page.records[:SHOWN]],
		"answer": "" if page.reason is None else result.response_body,
	}
	if page.reason is None:
		try:
			told["more"] = source.following(position, page) is not None
		except ConnectError as error:
			told |= {"ok": False, "message": failures.detail(error, frappe._("preview again"))}
	return told


def _record(flow: InFlow, fetcher: Fetcher, source: Source, record: Any) -> dict[str, Any]:
	shown: dict[str, Any] = {"record": _text(record), "changed": source.changed_of(record)}
	try:
		whole = fetcher.whole(flow, record)
		shown["record"] = _text(whole)
		external_id = identity.required(flow, whole)
		shown |= {"external_id": external_id, "version": identity.version_of(flow, whole)}
		name, _link = finder.find(flow, whole, external_id, external_id, to_write=False)
		if flow.purpose == DOCUMENT:
			shown["values"] = normalise(values.record_values(flow, whole, creating=name is None))
		else:
			shown["values"] = flow.mapping.apply(whole, time_zone=frappe.utils.get_system_timezone())
		shown |= {"document": name, "action": "update" if name else _action(flow)}
	except Exception as error:  # shown beside the record it is about
		shown["error"] = failures.detail(error, frappe._("preview again"))
	return shown


def _action(flow: InFlow) -> str:
	return {"Hold for review": "hold", "Ignore": "ignore", "Wait for its creation": "wait"}.get(
		flow.on_missing, "create"
	)


def _text(record: Any) -> str:
	return json.dumps(record, indent=1, ensure_ascii=False, default=str)[:TEXT_LIMIT]
