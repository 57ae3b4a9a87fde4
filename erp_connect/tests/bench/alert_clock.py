"""Time that goes by for alerts: what the clock, the sweep and the workers do meanwhile, in this process."""

from __future__ import annotations

import frappe

from erp_connect.operate.alerts import notify
from erp_connect.operate.alerts.due import look
from erp_connect.store import alerts


def pass_minutes(minutes: float) -> None:
	"""Let time pass, look for what is wrong, and tell it. Commits."""
	for field in ("told_at", "seen_at", "since") if minutes else ():
		frappe.db.sql(f"UPDATE `tabSync Alert` SET `{field}` = `{field}` - INTERVAL %s SECOND", minutes * 60)
	frappe.db.commit()  # others look as well
	look()
	for account in alerts.accounts_to_tell():
		notify.run(account)
	frappe.db.rollback()
