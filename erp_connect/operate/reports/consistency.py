"""Whether both sides are equal: by the last comparison of each flow, and of orders by what came in and what stands.

Everything is read from what is stored here; nothing is asked outside.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.commerce.handlers import ORDER
from erp_connect.commerce.sales.order_state import ENTITY
from erp_connect.core.errors import ConnectError
from erp_connect.reconcile.sides import require_comparable
from erp_connect.store import sync_difference
from erp_connect.store.reconciliations import COMPLETED, UNFINISHED
from erp_connect.store.sync_log import PULL, WEBHOOK

SALES_ORDER = "Sales Order"
RUN_FIELDS = [
	"name", "field_mapping", "status", "finished", "checked_there", "missing_here", "missing_there", "different",
	"orphan_links",
]  # fmt: skip
NOT_WRITTEN = ("Received", "Processing", "Retrying", "On Hold", "Failed")


def rows(account: str = "") -> list[dict[str, Any]]:
	"""One row for each flow and each account's orders, of what the session's user may see: those with most open differences
	first, those that cannot be compared last."""
	flows = frappe.get_list(
		"Field Mapping",
		filters={"integration": account} if account else {},
		fields=["name", "integration", "purpose", "document_type", "direction", "enabled"],
		order_by="integration, name",
		limit=0,
	)
	runs = _runs()
	waiting = sync_difference.open_by_flow({flow.integration for flow in flows})
	left = {flow: (count, since) for _account, flow, count, since in waiting}
	can = {flow.name for flow in flows if _can(flow)}
	found = [
		_compared(flow, runs.get(flow.name, []), left.get(flow.name)) for flow in flows if flow.name in can
	]
	found += _orders([flow for flow in flows if flow.purpose == ORDER])
	others = [flow for flow in flows if flow.name not in can and flow.purpose != ORDER]
	return sorted(found, key=lambda row: -row["still_open"]) + [_not_compared(flow) for flow in others]


def _can(flow: Any) -> bool:
	try:
		require_comparable(frappe.get_cached_doc("Field Mapping", flow.name))
	except (ConnectError, frappe.DoesNotExistError):
		return False
	return True


def _not_compared(flow: Any) -> dict[str, Any]:
	words = _("Cannot be compared")
	if flow.direction == "Outgoing":
		words = _("Cannot be compared, as it only sends")
	return _row(flow, words, 0, None)


def _runs() -> dict[str, list[Any]]:
	"""The comparisons of each flow, the latest first."""
	found: dict[str, list[Any]] = {}
	for run in frappe.get_list("Sync Reconciliation", fields=RUN_FIELDS, order_by="creation desc", limit=0):
		found.setdefault(run.field_mapping, []).append(run)
	return found


def _compared(flow: Any, runs: list[Any], left: tuple[int, Any] | None) -> dict[str, Any]:
	last = next((run for run in runs if run.status == COMPLETED), None)
	count, since = left or (0, None)
	row = _row(flow, _state(flow, runs, last, count), count, since)
	if last:
		# What is ignored is not counted, as it was decided that it may stay.
		different = last.different + last.missing_here
		row |= {
			"compared_on": last.finished,
			"there": last.checked_there,
			"equal": max(0, last.checked_there - different),
			"different": last.different,
			"missing_there": last.missing_there,
			"missing_here": last.missing_here,
			"orphan_links": last.orphan_links,
		}
	return row


def _state(flow: Any, runs: list[Any], last: Any, count: int) -> str:
	if not runs:
		return _("Never compared")
	if runs[0].status in UNFINISHED:
		return _("Is being compared")
	if last is None:
		return _("Never compared to the end")
	found = last.different + last.missing_here + last.missing_there + last.orphan_links
	words = _("Both sides were equal")
	if found:
		words = _("Differences wait") if count else _("All that was found is repaired or ignored")
	if runs[0].name != last.name:
		return _("{0}. The comparison after it did not end").format(words)
	return words


def _row(flow: Any, state: str, count: int, since: Any) -> dict[str, Any]:
	return {
		"integration": flow.integration,
		"field_mapping": flow.name,
		"document_type": flow.document_type,
		"state": state if flow.enabled else _("{0}. The flow is switched off").format(state),
		"still_open": count,
		"open_since": since,
	}


def _orders(flows: list[Any]) -> list[dict[str, Any]]:
	"""Orders that came in against the Sales Orders that stand; of an account with several such flows, in the row of the first."""
	if not flows:
		return []
	linked, waiting = _linked(), _not_written(tuple(flow.name for flow in flows))
	first = {flow.integration: flow for flow in reversed(flows)}
	return [_orders_of(flow, linked.get(account), waiting.get(account)) for account, flow in first.items()]


def _orders_of(flow: Any, linked: tuple | None, waiting: tuple | None) -> dict[str, Any]:
	every, stand, cancelled = (int(number or 0) for number in linked or (0, 0, 0))
	count, since = waiting or (0, None)
	state = _("Orders that came in, against Sales Orders that stand")
	if not every + count:
		state = _("No order came in yet")
	elif cancelled:
		state = _("{0}; {1} were cancelled").format(state, cancelled)
	row = _row(flow, state, count, since)
	return row | {
		"document_type": SALES_ORDER,
		"there": every + count,
		"equal": stand,
		"missing_here": every - stand - cancelled + count,
	}


def _linked() -> dict[str, tuple]:
	"""By account: how many orders have a link, how many of their Sales Orders stand, and how many are cancelled."""
	allowed = compat.match_condition("Sync Link", frappe.session.user)
	counted = frappe.db.sql(
		"SELECT `tabSync Link`.integration, COUNT(*), SUM(sold.docstatus < 2), SUM(sold.docstatus = 2)"
		" FROM `tabSync Link` LEFT JOIN `tabSales Order` sold ON sold.name = `tabSync Link`.document_name"
		" WHERE `tabSync Link`.remote_entity = %(entity)s AND `tabSync Link`.document_type = %(doctype)s"
		f" {f'AND ({allowed})' if allowed else ''} GROUP BY `tabSync Link`.integration",
		{"entity": ENTITY, "doctype": SALES_ORDER},
	)
	return {account: numbers for account, *numbers in counted}


def _not_written(flows: tuple[str, ...]) -> dict[str, tuple]:
	"""By account: how many orders came in and are no Sales Order yet, and since when the oldest one waits."""
	allowed = compat.match_condition("Sync Log", frappe.session.user)
	counted = frappe.db.sql(
		"SELECT `tabSync Log`.integration, COUNT(DISTINCT IF(COALESCE(`tabSync Log`.external_id, '') = '',"
		" `tabSync Log`.name, `tabSync Log`.external_id)), MIN(`tabSync Log`.creation) FROM `tabSync Log`"
		" LEFT JOIN `tabSync Link` known ON known.integration = `tabSync Log`.integration"
		" AND known.external_id = `tabSync Log`.external_id AND known.remote_entity = %(entity)s"
		" WHERE `tabSync Log`.field_mapping IN %(flows)s AND `tabSync Log`.direction = 'In'"
		" AND `tabSync Log`.event IN %(events)s AND `tabSync Log`.status IN %(statuses)s AND known.name IS NULL"
		f" {f'AND ({allowed})' if allowed else ''} GROUP BY `tabSync Log`.integration",
		{"entity": ENTITY, "flows": flows, "events": (PULL, WEBHOOK), "statuses": NOT_WRITTEN},
	)
	return {account: (count, since) for account, count, since in counted}
