"""Report: whether both sides of each flow are equal, by its last comparison, and orders that came in against Sales Orders."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_user
from erp_connect.operate.reports import consistency


def execute(filters: dict | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
	"""filters: `integration`."""
	require_user()
	return _columns(), consistency.rows(frappe._dict(filters or {}).integration or "")


def _columns() -> list[dict[str, Any]]:
	def number(fieldname: str, label: str, width: int = 110) -> dict[str, Any]:
		return {"fieldname": fieldname, "label": label, "fieldtype": "Int", "width": width}

	return [
		{"fieldname": "integration", "label": _("Account"), "fieldtype": "Link", "options": "Integration Settings", "width": 150},
		{"fieldname": "field_mapping", "label": _("Flow"), "fieldtype": "Link", "options": "Field Mapping", "width": 180},
		{"fieldname": "document_type", "label": _("Document type"), "fieldtype": "Data", "width": 140},
		{"fieldname": "state", "label": _("State"), "fieldtype": "Data", "width": 320},
		{"fieldname": "compared_on", "label": _("Last comparison"), "fieldtype": "Datetime", "width": 150},
		number("there", _("Records outside"), 140),
		number("equal", _("Equal"), 80),
		number("different", _("Different"), 100),
		number("missing_there", _("Missing there"), 130),
		number("missing_here", _("Missing here"), 130),
		number("orphan_links", _("Orphan links"), 120),
		number("still_open", _("Still open"), 100),
		{"fieldname": "open_since", "label": _("Oldest open since"), "fieldtype": "Datetime", "width": 170},
	]  # fmt: skip
