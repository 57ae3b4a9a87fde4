"""The record of a document that is about to be sent, as it is outside now, for flows that go both ways."""

from __future__ import annotations

import frappe

from erp_connect.calls.exchange import Connection, Result, search
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import inflow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.outbound.request import CROSSED, Prepared
from erp_connect.records import identity, intake


def fetch(item: Prepared, connection: Connection) -> Steps[Result | None]:
	"""Ask for the record of a linked document. None where its address cannot be made, which every pull tells of."""
	try:
		flow = inflow.load(item.flow.name)
		asked = Fetcher(connection.account, connection).ask(flow, {"external_id": item.link.external_id})
		return (yield from asked)
	except ConnectError:
		return None


def record_in(item: Prepared, result: Result | None) -> dict | None:
	"""The record in such an answer; None where there is none to be had."""
	if result is None or result.outcome.kind != outcomes.DELIVERED or not result.answer.structured:
		return None
	flow = inflow.load(item.flow.name)
	data = result.answer.data
	record = search(flow.fetch_result, data) if flow.fetch_result else data
	return identity.with_etag(flow, record, result.raw_headers) if isinstance(record, dict) else None


def keep(item: Prepared, record: dict) -> bool:
	"""Keep a record that is news as an incoming event, unless just the same waits. False where it cannot be read.

	Commits nothing; where a pull stores the same record at this moment, what was not committed is lost.
	"""
	try:
		intake.store(inflow.load(item.flow.name), [record], sure=True)
	except ConnectError:
		return False  # a record that cannot be read does not tell what changed
	except Exception as error:
		if not (isinstance(error, CROSSED) or frappe.db.is_duplicate_entry(error)):
			raise
		frappe.db.rollback()  # a pull has stored it just now
	return True
