"""Numbers for the workspace."""

from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, formatdate, getdate, nowdate

from erp_connect import compat
from erp_connect.api.permissions import require_user
from erp_connect.operate.alerts import site as alerts_of_site
from erp_connect.operate.overview import accounts, health_page, site, waits

DAYS = 7
SECONDS_KEPT = 60
# All other states wait for the engine or for a person.
GROUPS = {
	"Delivered": "Done",
	"Processed": "Done",
	"Failed": "Failed",
	"Skipped": "Not needed",
	"Superseded": "Not needed",
	"Cancelled": "Not needed",
}


@frappe.whitelist()
def events_by_day(filters: dict | list | str | None = None) -> dict[str, Any]:
	"""Events of the last seven days by day and by how they stand, as the data of a chart.

	filters: may name one account as `integration`. Counts only what the user may see; kept for a minute.
	"""
	require_user()
	chosen = frappe.parse_json(filters) or {}
	account = str(chosen.get("integration") or "") if isinstance(chosen, dict) else ""
	key = f"erp_connect_events_by_day:{frappe.session.user}:{account}"
	if (kept := frappe.cache.get_value(key)) is None:
		kept = _counts(account)
		frappe.cache.set_value(key, kept, expires_in_sec=SECONDS_KEPT)
	return _chart(kept)


@frappe.whitelist()
def overview() -> dict[str, Any]:
	"""The workspace at a glance, of what the user may see: `accounts`, `waits`, `warnings` of the site, and `may_connect`.

	See `operate/overview/`.
	"""
	require_user()
	alerts_of_site.look_now_and_then()
	return {
		"accounts": accounts.overview(),
		"waits": waits.overview(),
		"warnings": site.warnings(),
		"may_connect": bool(frappe.has_permission("Integration Settings", "create")),
	}


@frappe.whitelist()
def health() -> dict[str, Any]:
	"""What the page of the site's health shows, of the accounts that the user may see. See `operate/overview/health_page.py`."""
	require_user()
	alerts_of_site.look_now_and_then()
	return health_page.found()


def _counts(account: str) -> list[tuple[str, str, int]]:
	values = {"since": add_days(nowdate(), 1 - DAYS), "account": account}
	conditions = ["creation >= %(since)s"]
	if account:
		conditions.append("integration = %(account)s")
	if allowed := compat.match_condition("Sync Log", frappe.session.user):
		conditions.append(f"({allowed})")
	rows = frappe.db.sql(
		"SELECT DATE(creation), status, COUNT(*) FROM `tabSync Log`"
		f" WHERE {' AND '.join(conditions)} GROUP BY DATE(creation), status",
		values,
	)
	return [(str(day), status, count) for day, status, count in rows]


def _chart(counts: list[tuple[str, str, int]]) -> dict[str, Any]:
	totals: dict[tuple[str, str], int] = defaultdict(int)
	for day, status, count in counts:
		totals[GROUPS.get(status, "Waiting"), day] += count
	days = [str(add_days(getdate(nowdate()), offset)) for offset in range(1 - DAYS, 1)]
	labels = {
		"Done": _("Done"),
		"Waiting": _("Waiting"),
		"Failed": _("Failed"),
		"Not needed": _("Not needed"),
	}
	return {
		"labels": [formatdate(day) for day in days],
		"datasets": [
			{"name": label, "values": [totals[group, day] for day in days]} for group, label in labels.items()
		],
	}
