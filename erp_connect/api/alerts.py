"""Alerts, as their forms ask."""

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.operate.alerts import digests, notify


@frappe.whitelist(methods=["POST"])
def send_test(receiver: str) -> str:
	"""Send a test notice to a receiver of alerts; returns in words what was done.

	receiver: name of an Alert Receiver that the caller may change. Raises frappe.ValidationError, with the reason, where
	it cannot be sent.
	"""
	require_manager()
	frappe.has_permission("Alert Receiver", "write", doc=receiver, throw=True)
	try:
		return notify.send_test(receiver)
	except ConnectError as error:
		throw(error, title=_("The test was not sent"))


@frappe.whitelist(methods=["POST"])
def send_digest(receiver: str) -> str:
	"""Send a receiver of alerts its digest now, a daily one where none was chosen; returns in words what was done.

	receiver: name of an Alert Receiver that the caller may change. Raises frappe.ValidationError, with the reason, where
	it cannot be sent.
	"""
	require_manager()
	frappe.has_permission("Alert Receiver", "write", doc=receiver, throw=True)
	try:
		return digests.send_now(receiver)
	except ConnectError as error:
		throw(error, title=_("The digest was not sent"))
