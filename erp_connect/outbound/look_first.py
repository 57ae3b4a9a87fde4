"""Before an update is sent: has the record changed outside meanwhile? Then it is taken in first.

Only for flows that say so. What changed outside becomes an incoming event, written by the flow's policy; the update
is tried again after that, with the document as it is then.
"""

from __future__ import annotations

import frappe

from erp_connect.calls.exchange import Connection
from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.outbound import record_outside
from erp_connect.outbound.request import TAKEN_IN_FIRST, Prepared, Verdict
from erp_connect.records import comparing, identity, tables
from erp_connect.records.values import record_values
from erp_connect.store import synced
from erp_connect.store.waiting import CHANGED_OUTSIDE


def asks(item: Prepared) -> bool:
	"""Whether a request may go only after a look: not for a document that a person pinned as it is here."""
	looks = item.flow.read_first and not item.pinned and not item.batch
	return bool(looks and item.operation == flows.UPDATE and item.link and item.link.external_id)


def look(group: list[Prepared], connection: Connection, account: Account) -> Steps[list[Verdict]]:
	"""Look at the records of a group that share a request. Returns verdicts on those that changed outside.

	A record that cannot be had does not hold up its update, which meets the same obstacle and tells of it. Commits
	nothing.
	"""
	changed = []
	for item in group:
		result = yield from record_outside.fetch(item, connection)
		record = record_outside.record_in(item, result)
		if record is not None and _changed(item, record):
			changed.append(Verdict(item.event, "Retrying", CHANGED_OUTSIDE, frappe._(TAKEN_IN_FIRST)))
	if changed:
		INBOUND.after_commit(account.name)
	return changed


def _changed(item: Prepared, record: dict) -> bool:
	"""Whether the record changed outside; then it is kept as an event."""
	try:
		changed = _news(inflow.load(item.flow.name), item, record)
	except ConnectError:
		return False  # a record that cannot be read does not tell what changed
	return changed and record_outside.keep(item, record)


def _news(flow: inflow.InFlow, item: Prepared, record: dict) -> bool:
	version = identity.version_of(flow, record)
	if version and item.link.remote_version:
		return version != item.link.remote_version
	base = synced.base_of(item.link.synced_values)
	if base is None:
		return False
	values = tables.whole(flow, record_values(flow, record, creating=False), base.there)
	return not all(comparing.same(base.there.get(name), value) for name, value in values.items())
