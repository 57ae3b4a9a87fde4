"""Before an update is sent: has the record changed outside meanwhile? Then it is taken in first.

Only for flows that say so. What changed outside becomes an incoming event, written by the flow's policy; the update
is tried again after that, with the document as it is then.
"""

from __future__ import annotations

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.core import outcome as outcomes
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import comparing, identity, wakeup
from erp_connect.inbound.fetching import Fetcher
from erp_connect.inbound.values import record_values
from erp_connect.outbound.exchange import Connection, search
from erp_connect.outbound.prepare import CHANGED_OUTSIDE, Prepared, Verdict
from erp_connect.pull import page
from erp_connect.store import synced

TEXT = "The record was changed outside as well. That change is taken in first."


def look(
	prepared: list[Prepared], connection: Connection, account: Account
) -> tuple[list[Prepared], list[Verdict]]:
	"""Split requests into those that may go, and verdicts of those whose record changed outside. Commits nothing."""
	go, wait = [], []
	fetcher = Fetcher(account, connection)
	for item in prepared:
		if _asks(item) and _changed(item, fetcher):
			wait.append(Verdict(item.event, "Retrying", CHANGED_OUTSIDE, TEXT))
		else:
			go.append(item)
	if wait:
		frappe.db.after_commit.add(lambda: wakeup.wake(account.name))
	return go, wait


def _asks(item: Prepared) -> bool:
	return bool(
		item.flow.read_first and item.operation == flows.UPDATE and item.link and item.link.external_id
	)


def _changed(item: Prepared, fetcher: Fetcher) -> bool:
	flow = inflow.load(item.flow.name)
	external_id = item.link.external_id
	result = fetcher.get(flow, {"external_id": external_id})
	if result.outcome.kind != outcomes.DELIVERED or not result.answer.structured:
		return False  # the update itself meets the same obstacle, and tells of it
	record = search(flow.fetch_result, result.answer.data) if flow.fetch_result else result.answer.data
	if not isinstance(record, dict) or not _news(flow, item, record):
		return False
	page.store(flow, [record])
	return True


def _news(flow: inflow.InFlow, item: Prepared, record: dict) -> bool:
	version = identity.version_of(flow, record)
	if version and item.link.remote_version:
		return version != item.link.remote_version
	base = synced.base_of(synced.text_of(item.link.name))
	if base is None:
		return False
	try:
		values = record_values(flow, record, creating=False)
	except ConnectError:
		return False
	return not all(comparing.same(base.there.get(name), value) for name, value in values.items())
