"""Where the job of bulk calls was before 0.2: what was queued under that name still runs. Goes with 0.3."""

import frappe


def run(job: str) -> None:
	frappe.get_attr("erp_connect.served.background.run")(job)
