"""Pausing and resuming an account, by a person or by the engine, with a word to those who look after it."""

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification

from erp_connect.config.roles import MANAGER
from erp_connect.jobs import doorbell
from erp_connect.store import accounts as store
from erp_connect.store import installation, state

DOCTYPE = "Integration Settings"


def may_send(account: str) -> bool:
	"""Whether the account is enabled and not paused, by what is committed now."""
	if installation.is_held():
		return False
	switches = frappe.db.get_value("Integration Settings", account, ["enabled", "paused"])
	return bool(switches and switches[0] and not switches[1])


def sending(names: list[str]) -> dict[str, str]:
	"""Those of some accounts that may send, by what is committed now, with the time of their last change."""
	if installation.is_held():
		return {}
	rows = frappe.db.sql(
		"SELECT name, modified FROM `tabIntegration Settings` WHERE name IN %s AND enabled = 1 AND paused = 0",
		(tuple(names),),
	)
	return {name: str(modified) for name, modified in rows}


def pause(account: str, reason: str) -> bool:
	"""Stop sending for `account`; changes go on being recorded. True when it was not paused before."""
	changed = store.pause(account, reason)
	if changed:
		_notify(account, _("{0} was paused").format(account), reason)
	return changed


def resume(account: str) -> None:
	"""Send again: what waited goes out in its order, within the account's rate."""
	store.resume(account)
	state.reset(account)
	doorbell.after_commit({account})


def tell_breaker_opened(account: str, failures: int, reason: str) -> None:
	subject = _("{0} fails: nothing is sent until a probe succeeds").format(account)
	_notify(account, subject, _("{0} failures in a row. Last: {1}").format(failures, reason))


def _notify(account: str, subject: str, message: str) -> None:
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
