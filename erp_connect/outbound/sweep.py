"""Where the sweep was before 0.2: what was scheduled or queued under that name still runs. Goes with 0.3."""

import frappe


def sweep() -> None:
	frappe.get_attr("erp_connect.operate.sweep.sweep")()
