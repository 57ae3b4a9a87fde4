"""The numbers of many accounts, by a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import frappe
from frappe.utils import add_to_date, now_datetime

# States of which the number is shown. What is over is counted for the last day alone.
OPEN = ("Failed", "On Hold", "Retrying", "Queued", "Sending", "Received", "Processing")
DAY = "erp_connect_last_day"
SECONDS_KEPT = 60


def counts(accounts: Collection[str]) -> dict[str, dict[str, int]]:
	"""Events that are not over, by account and status."""
	found: dict[str, dict[str, int]] = defaultdict(dict)
	if accounts:
		rows = frappe.db.sql(
			"SELECT integration, status, COUNT(*) FROM `tabSync Log`"
			" WHERE status IN %s AND integration IN %s GROUP BY integration, status",
			(OPEN, tuple(accounts)),
		)
		for account, status, count in rows:
			found[account][status] = count
	return found


def last_day(accounts: list[str]) -> dict[str, tuple[int, int]]:
	"""(done, failed) of the events of the last 24 hours, by account; kept for a minute, as a busy day has many rows.

	Answered by the index of states alone: of many rows, reading each would take seconds.
	"""
	key = f"{DAY}:{frappe.session.user}"
	if not accounts:
		return {}
	if (kept := frappe.cache.get_value(key)) is None:
		rows = frappe.db.sql(
			"SELECT integration, status, COUNT(*) FROM `tabSync Log` WHERE status IN ('Delivered', 'Processed', 'Failed')"
			" AND integration IN %s AND creation >= %s GROUP BY integration, status",
			(tuple(accounts), add_to_date(now_datetime(), days=-1)),
		)
		kept = {account: [0, 0] for account in accounts}
		for account, status, count in rows:
			kept[account][status == "Failed"] += count
		frappe.cache.set_value(key, kept, expires_in_sec=SECONDS_KEPT)
	return {account: tuple(numbers) for account, numbers in kept.items()}


def states(accounts: Collection[str]) -> dict[str, Any]:
	"""Breaker, throttle, last success and failure of accounts; the ends as seconds from now."""
	if not accounts:
		return {}
	rows = frappe.db.sql(
		"SELECT integration, breaker, failures, last_success, last_failure, last_error,"
		" CAST(open_until AS SIGNED) - UNIX_TIMESTAMP() AS open_seconds,"
		" CAST(throttled_until AS SIGNED) - UNIX_TIMESTAMP() AS throttled_seconds"
		" FROM `tabIntegration State` WHERE integration IN %s",
		(tuple(accounts),),
		as_dict=True,
	)
	return {row.integration: row for row in rows}
