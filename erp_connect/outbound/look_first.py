"""Before an update is sent: has the record changed outside meanwhile? Then it is taken in first.

Only for flows that say so. What changed outside becomes an incoming event, written by the flow's policy; the update
is tried again after that, with the document as it is then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import frappe

from erp_connect.calls.exchange import Connection, Result, search
from erp_connect.calls.fetcher import GONE, Fetcher
from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError
from erp_connect.jobs import inbound_wakeup
from erp_connect.outbound.prepare import TAKEN_IN_FIRST, Prepared, Verdict
from erp_connect.records import comparing, identity, intake
from erp_connect.records.values import record_values
from erp_connect.store import synced
from erp_connect.store.waiting import CHANGED_OUTSIDE

# Longest time to look, of the lease that all requests of a batch share.
LOOK_SECONDS = 20.0
# A pull stores the same record at this moment.
CROSSED = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)


@dataclass
class Looked:
	"""go: requests that may be sent. wait: verdicts of those whose record changed outside. left: not looked at."""

	go: list[Prepared] = field(default_factory=list)
	wait: list[Verdict] = field(default_factory=list)
	left: list[Prepared] = field(default_factory=list)


def look(prepared: list[Prepared], connection: Connection, account: Account) -> Looked:
	"""Tell requests that may go from others. Commits nothing.

	Ends when its time is over, or a record cannot be had: what is left belongs to a later batch.
	"""
	looked, fetcher, end = Looked(), Fetcher(account, connection), time.monotonic() + LOOK_SECONDS
	for position, item in enumerate(prepared):
		if not _asks(item):
			looked.go.append(item)
			continue
		result = _fetch(item, fetcher)
		if _changed(item, result):
			looked.wait.append(Verdict(item.event, "Retrying", CHANGED_OUTSIDE, frappe._(TAKEN_IN_FIRST)))
		else:
			looked.go.append(item)
		if _in_vain(result) or time.monotonic() > end:
			looked.left = prepared[position + 1 :]
			break
	if looked.wait:
		frappe.db.after_commit.add(lambda: inbound_wakeup.wake(account.name))
	return looked


def _asks(item: Prepared) -> bool:
	return bool(
		item.flow.read_first and item.operation == flows.UPDATE and item.link and item.link.external_id
	)


def _fetch(item: Prepared, fetcher: Fetcher) -> Result | None:
	try:
		return fetcher.get(inflow.load(item.flow.name), {"external_id": item.link.external_id})
	except ConnectError:
		return None  # the address cannot be made: told by every pull


def _in_vain(result: Result | None) -> bool:
	"""Whether the next record could not be had either."""
	return bool(result and result.outcome.kind != outcomes.DELIVERED and result.status not in GONE)


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
	values = record_values(flow, record, creating=False)
	return not all(comparing.same(base.there.get(name), value) for name, value in values.items())
