"""Report: credentials of accounts with their age, and when they are to be renewed or end."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.operate.reports import credentials


def execute(filters: dict | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""filters: `integration`."""
	require_manager()
	return _columns(), credentials.rows(frappe._dict(filters or {}).integration or "")


def _columns() -> list[dict[str, Any]]:
	return [
		{"fieldname": "integration", "label": _("Account"), "fieldtype": "Link", "options": "Integration Settings", "width": 180},
		{"fieldname": "enabled", "label": _("Enabled"), "fieldtype": "Check", "width": 80},
		{"fieldname": "credential", "label": _("Credential"), "fieldtype": "Data", "width": 200},
		{"fieldname": "entered_on", "label": _("Entered on"), "fieldtype": "Date", "width": 110},
		{"fieldname": "age", "label": _("Age (days)"), "fieldtype": "Int", "width": 100},
		{"fieldname": "renew_by", "label": _("Renew by"), "fieldtype": "Date", "width": 110},
		{"fieldname": "ends_on", "label": _("Ends on"), "fieldtype": "Date", "width": 110},
		{"fieldname": "state", "label": _("State"), "fieldtype": "Data", "width": 200},
	]  # fmt: skip
