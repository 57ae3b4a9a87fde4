"""The steps of the onboarding, ticked by what is there, not by who clicked where."""

from __future__ import annotations

import frappe

# Each step, and what must exist for it to be done.
DONE_BY = {
	"ERP Connect Account": ("Integration Settings", {}),
	"ERP Connect Flow": ("Field Mapping", {"enabled": 1}),
	"ERP Connect Alerts": ("Alert Receiver", {}),
}
# Done once a person has looked there, which Desk notes by itself.
STEPS = (*DONE_BY, "ERP Connect Events")


def tick() -> None:
	"""Tick the steps that are done. Nothing is taken back: what was done once is known."""
	for step, (doctype, filters) in DONE_BY.items():
		if frappe.db.get_value("Onboarding Step", step, "is_complete") == 0 and frappe.db.exists(
			doctype, filters
		):
			frappe.db.set_value("Onboarding Step", step, "is_complete", 1)
