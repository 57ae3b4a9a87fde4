"""Which flows an event goes to, and what each does with its records."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce import handlers
from erp_connect.commerce import settings as commerce
from erp_connect.config import inflow
from erp_connect.config.inflow import DOCUMENT, InFlow
from erp_connect.inbound import write
from erp_connect.inbound.write import BadRecord, Written


def handle(account: str, topic: str, payload: Any) -> list[Written]:
	"""Write what an event brings, through every flow that takes its topic. Empty when none does. Does not commit."""
	done: list[Written] = []
	for flow in inflow.of_account(account):
		if flow.takes(topic):
			for record in records(flow, payload):
				done += _write(flow, record)
	return done


def records(flow: InFlow, payload: Any) -> list[Any]:
	"""The records in an event, as the flow finds them."""
	found = flow.record.search(payload) if flow.record else payload
	if found is None:
		raise BadRecord("Flow {flow} found no record in the event. Check its expression.", flow=flow.name)
	return found if isinstance(found, list) else [found]


def _write(flow: InFlow, record: Any) -> list[Written]:
	if flow.purpose == DOCUMENT:
		return [write.upsert(flow, record)]
	if not isinstance(record, dict):
		raise BadRecord(
			"A record is an object with named fields, but this is {kind}.", kind=type(record).__name__
		)
	canonical = flow.mapping.apply(record, time_zone=frappe.utils.get_system_timezone())
	return handlers.HANDLERS[flow.purpose](commerce.load(flow.account), canonical)
