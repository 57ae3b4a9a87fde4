"""Report: what went across by account and flow, with failures by reason and how long requests took."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, nowdate

from erp_connect.api.permissions import require_user
from erp_connect.operate.reports import traffic


def execute(filters: dict | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""filters: `from_date`, `to_date` (the last seven days without them), `integration`."""
	require_user()
	chosen = frappe._dict(filters or {})
	first, last = chosen.from_date or add_days(nowdate(), -6), chosen.to_date or nowdate()
	if first > last:
		frappe.throw(_("From Date is after To Date."))
	return _columns(), traffic.rows(first, last, chosen.integration or "")


def _columns() -> list[dict[str, Any]]:
	def number(
		fieldname: str, label: str, fieldtype: str = "Int", width: int = 90, **more: Any
	) -> dict[str, Any]:
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	return [
		{"fieldname": "integration", "label": _("Account"), "fieldtype": "Link", "options": "Integration Settings", "width": 150},
		{"fieldname": "field_mapping", "label": _("Flow"), "fieldtype": "Link", "options": "Field Mapping", "width": 180},
		{"fieldname": "direction", "label": _("Direction"), "fieldtype": "Data", "width": 100},
		number("events", _("Events")),
		number("done", _("Done")),
		number("failed", _("Failed")),
		number("held", _("On Hold")),
		number("waiting", _("Waiting")),
		number("not_needed", _("Not needed"), width=120),
		number("success", _("Success"), "Percent"),
		{"fieldname": "reasons", "label": _("Why they failed or wait"), "fieldtype": "Data", "width": 400},
		number("requests", _("Requests")),
		number("p50", _("Median (s)"), "Float", precision=3),
		number("p95", _("95 % within (s)"), "Float", 120, precision=3),
		number("p99", _("99 % within (s)"), "Float", 120, precision=3),
	]  # fmt: skip
