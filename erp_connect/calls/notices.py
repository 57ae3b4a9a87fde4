"""Words in Desk to those who look after an account."""

import frappe
from frappe.desk.doctype.notification_log.notification_log import (
	enqueue_create_notification,
	make_notification_logs,
)

from erp_connect.config.roles import MANAGER
from erp_connect.core.errors import headline

DOCTYPE = "Integration Settings"


def tell_managers(subject: str, message: str) -> None:
	"""Leave a notification about the whole site for those who look after it. At once: no worker may be there to do it."""
	users = frappe.get_all(
		"Has Role",
		filters={"role": ("in", (MANAGER, "System Manager")), "parenttype": "User"},
		pluck="parent",
		distinct=True,
	)
	notice = {"type": "Alert", "subject": subject, "email_content": frappe.utils.escape_html(message)}
	make_notification_logs(frappe._dict(notice), users)


def with_reason(subject: str, reason: str) -> str:
	"""A subject that says why, in a few words: who looks at the bell reads no more. Desk shows it as markup, so that what came
	from outside is escaped."""
	why = headline(reason)
	return f"{subject}: {frappe.utils.escape_html(why)}" if why else subject


def tell_in_desk(account: str, subject: str, message: str) -> None:
	"""Leave a notification for every Integration Manager who may read the account. Never raises."""
	managers = frappe.get_all(
		"Has Role", filters={"role": MANAGER, "parenttype": "User"}, pluck="parent", distinct=True
	)
	# Not those of another company: the reason tells of the account's business.
	users = [user for user in managers if frappe.has_permission(DOCTYPE, "read", doc=account, user=user)]
	if not users:
		return
	notice = {
		"type": "Alert",
		"document_type": DOCTYPE,
		"document_name": account,
		"subject": subject,
		"email_content": frappe.utils.escape_html(message),
	}
	try:
		enqueue_create_notification(users, notice)
	except Exception:  # Redis is down: what was sent must be written down all the same
		frappe.logger("erp_connect").warning("nobody could be told that %s", subject, exc_info=True)
