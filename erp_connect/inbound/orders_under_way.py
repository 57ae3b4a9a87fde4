"""Whether an order came in and is not written yet: then what follows it must wait, also where it could be ignored."""

from __future__ import annotations

import json

import frappe

from erp_connect.commerce import handlers
from erp_connect.config import inflow
from erp_connect.core.delivery.states import FAILED, IN, ON_HOLD, PROCESSING, RECEIVED, RETRYING
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import routing
from erp_connect.records import identity
from erp_connect.store import sync_log

# Not written, and may still be.
OPEN = (RECEIVED, PROCESSING, RETRYING, ON_HOLD, FAILED)
# More than that are not looked through: then it is taken to be among them.
MOST = 500


def is_under_way(account: str, order_id: str) -> bool:
	"""Whether an event of the account that is not written yet brings this order, or may do so."""
	rows = frappe.get_all(
		"Sync Log",
		filters={"integration": account, "direction": IN, "status": ("in", OPEN)},
		fields=["event", "topic", "field_mapping", "request_body"],
		order_by="seq desc",
		limit=MOST + 1,
	)
	return len(rows) > MOST or any(_brings(account, row, order_id) for row in rows)


def _brings(account: str, row, order_id: str) -> bool:
	try:
		payload = json.loads(row.request_body or "null")
		for flow in _flows(account, row):
			found = [payload] if row.event == sync_log.PULL else routing.records(flow, payload)
			if any(identity.identify(flow, record) == order_id for record in found):
				return True
	except (ConnectError, ValueError):
		return True  # it cannot be told what it is
	return False


def _flows(account: str, row) -> list[inflow.InFlow]:
	names = [row.field_mapping] if row.field_mapping else inflow.takers(account, row.topic or "")
	flows = [inflow.load(name) for name in names if frappe.db.exists("Field Mapping", name)]
	return [flow for flow in flows if flow.purpose == handlers.ORDER]
