"""Before an update is sent: has the record changed outside meanwhile? Then it is taken in first.

Only for flows that say so. What changed outside becomes an incoming event, written by the flow's policy; the update
is tried again after that, with the document as it is then.
"""

from __future__ import annotations

import frappe

from erp_connect.calls.exchange import Connection, Result, search
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.outbound.request import CROSSED, TAKEN_IN_FIRST, Prepared, Verdict
from erp_connect.records import comparing, identity, intake, tables
from erp_connect.records.values import record_values
from erp_connect.store import synced
from erp_connect.store.waiting import CHANGED_OUTSIDE


def asks(item: Prepared) -> bool:
	"""Whether a request may go only after a look."""
	return bool(
		item.flow.read_first and item.operation == flows.UPDATE and item.link and item.link.external_id
	)


def look(group: list[Prepared], connection: Connection, account: Account) -> Steps[list[Verdict]]:
	"""Look at the records of a group that share a request. Returns verdicts on those that changed outside.

	A record that cannot be had does not hold up its update, which meets the same obstacle and tells of it. Commits
	nothing.
	"""
	fetcher, changed = Fetcher(account, connection), []
	for item in group:
		result = yield from _fetch(item, fetcher)
		if _changed(item, result):
			changed.append(Verdict(item.event, "Retrying", CHANGED_OUTSIDE, frappe._(TAKEN_IN_FIRST)))
	if changed:
		INBOUND.after_commit(account.name)
	return changed


def _fetch(item: Prepared, fetcher: Fetcher) -> Steps[Result | None]:
	try:
		flow = inflow.load(item.flow.name)
		return (yield from fetcher.ask(flow, {"external_id": item.link.external_id}))
	except ConnectError:
		return None  # the address cannot be made: told by every pull


def _changed(item: Prepared, result: Result | None) -> bool:
	"""Whether the record changed outside; then it is kept as an event."""
	if result is None or result.outcome.kind != outcomes.DELIVERED or not result.answer.structured:
		return False  # the update itself meets the same obstacle, and tells of it
	flow = inflow.load(item.flow.name)
	record = search(flow.fetch_result, result.answer.data) if flow.fetch_result else result.answer.data
	try:
		if not isinstance(record, dict) or not _news(flow, item, record):
			return False
		intake.store(flow, [record], sure=True)
	except ConnectError:
		return False  # a record that cannot be read does not tell what changed
	except Exception as error:
		# A pull stores the same record at this moment.
		if not (isinstance(error, CROSSED) or frappe.db.is_duplicate_entry(error)):
			raise
		frappe.db.rollback()  # a pull has stored it just now
	return True


def _news(flow: inflow.InFlow, item: Prepared, record: dict) -> bool:
	version = identity.version_of(flow, record)
	if version and item.link.remote_version:
		return version != item.link.remote_version
	base = synced.base_of(item.link.synced_values)
	if base is None:
		return False
	values = tables.whole(flow, record_values(flow, record, creating=False), base.there)
	return not all(comparing.same(base.there.get(name), value) for name, value in values.items())
