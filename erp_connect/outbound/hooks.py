"""The end of a subscription whose subscriber is gone: it says so by 410, and is told nothing more.

https://docs.zapier.com/platform/build/hook-trigger
"""

from __future__ import annotations

import frappe
from frappe import _

from erp_connect.outbound.request import Delivery

GONE = 410
JOB = "erp_connect.outbound.hooks.end"


def end_after_commit(items: list[Delivery]) -> None:
	"""Let subscriptions end of which a subscriber answered that he is gone. Should the queue be away, the next event does."""
	flows = {
		item.prepared.flow.name for item in items if item.prepared.flow.is_hook and item.result.status == GONE
	}
	for flow in sorted(flows):
		frappe.db.after_commit.add(lambda flow=flow: _queue(flow))


def _queue(flow: str) -> None:
	try:
		frappe.enqueue(JOB, flow=flow)
	except Exception:  # the document is settled, and the next event asks again
		frappe.logger("erp_connect").warning("hook %s could not be ended yet", flow, exc_info=True)


def end(flow: str) -> None:
	"""Job: switch the flow of a subscription off, with a word about the reason."""
	if not frappe.db.get_value("Field Mapping", {"name": flow, "is_hook": 1, "enabled": 1}):
		return
	doc = frappe.get_doc("Field Mapping", flow)
	doc.enabled = 0
	# Nobody's session: the engine ends what the other side has ended, and gives no right by it.
	doc.flags.ignore_permissions = True
	doc.save()
	doc.add_comment("Info", _("The subscriber answered 410: it is gone. Nothing more is sent to it."))
