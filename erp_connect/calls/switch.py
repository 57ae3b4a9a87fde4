"""Pausing and resuming an account, by a person or by the engine, with a word to those who look after it."""

import frappe
from frappe import _

from erp_connect.calls.notices import tell_in_desk
from erp_connect.jobs import doorbell
from erp_connect.store import accounts as store
from erp_connect.store import installation, state


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
		tell_in_desk(account, _("{0} was paused").format(account), reason)
	return changed


def resume(account: str) -> None:
	"""Send again: what waited goes out in its order, within the account's rate."""
	store.resume(account)
	state.reset(account)
	doorbell.after_commit({account})


def tell_breaker_opened(account: str, failures: int, reason: str) -> None:
	subject = _("{0} fails: nothing is sent until a probe succeeds").format(account)
	tell_in_desk(account, subject, _("{0} failures in a row. Last: {1}").format(failures, reason))
