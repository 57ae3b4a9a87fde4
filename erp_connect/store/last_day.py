"""The last day of the site for which its documents were looked through. Never commits."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.utils import getdate

KEY = "erp_connect_looked_through"


def last() -> date | None:
	"""The last day; None before the first."""
	found = frappe.db.get_value("DefaultValue", {"parent": "__default", "defkey": KEY}, "defvalue")
	return getdate(found) if found else None


def remember(day: date) -> None:
	frappe.db.set_default(KEY, str(day))
