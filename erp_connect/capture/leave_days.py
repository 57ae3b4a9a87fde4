"""The days of a leave, which Frappe HR cancels by SQL as the leave is cancelled: they are told like any cancellation."""

import json

import frappe

from erp_connect.capture import events
from erp_connect.capture.subscriptions import PROPERTY

DAY = "Attendance"


def on_cancel(doc, method: str | None = None) -> None:
	"""doc: a Leave Application."""
	flows = getattr(frappe.get_meta(DAY), PROPERTY, None)
	if not flows:
		return
	days = frappe.get_all(
		DAY,
		filters={
			"employee": doc.employee,
			"attendance_date": ("between", (doc.from_date, doc.to_date)),
			"docstatus": 2,
			# Those that were cancelled before are told already.
			"modified": (">=", doc.modified),
		},
		pluck="name",
	)
	for name in days:
		events.record(frappe.get_doc(DAY, name), "cancel", json.loads(flows))
