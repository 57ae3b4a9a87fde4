"""What the engine changes of Integration Settings beside the document layer: its pause, and whose token it uses.

Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.core.errors import capped
from erp_connect.store import statements

DOCTYPE = "Integration Settings"


def pause(account: str, reason: str) -> bool:
	"""Stop sending for an account. False when it was paused already; then the first reason stays."""
	frappe.db.sql(
		"UPDATE `tabIntegration Settings` SET paused = 1, pause_reason = %s WHERE name = %s AND paused = 0",
		(capped(reason), account),
	)
	changed = statements.changed_rows() > 0
	frappe.clear_document_cache(DOCTYPE, account)
	return changed


def resume(account: str) -> None:
	"""Take the pause of an account back."""
	frappe.db.set_value(DOCTYPE, account, {"paused": 0, "pause_reason": ""}, update_modified=False)


def switched_on(names: Iterable[str] | None = None) -> dict[str, str]:
	"""Accounts that are enabled and not paused, with the time of their last change, by what is committed now.

	An account whose user is disabled does nothing for that user: it waits, as while it is paused. names: of the accounts to
	look at; all, where nothing is said.
	"""
	rows = frappe.db.sql(
		"SELECT account.name, account.modified FROM `tabIntegration Settings` account"
		" LEFT JOIN `tabUser` user ON user.name = account.user"
		" WHERE account.enabled = 1 AND account.paused = 0 AND COALESCE(user.enabled, 1) = 1"
	)
	wanted = None if names is None else set(names)
	return {name: str(modified) for name, modified in rows if wanted is None or name in wanted}


def open_as(account: str) -> str | None:
	"""The time of an account's last change while it may send (see `switched_on`), by what is committed now; otherwise None."""
	rows = frappe.db.sql(
		"SELECT account.modified FROM `tabIntegration Settings` account"
		" LEFT JOIN `tabUser` user ON user.name = account.user"
		" WHERE account.name = %s AND account.enabled = 1 AND account.paused = 0 AND COALESCE(user.enabled, 1) = 1",
		account,
	)
	return str(rows[0][0]) if rows else None


def takes_in(account: str, user: str | None = None) -> bool:
	"""Whether what came in for an account may be written: the account and its user are enabled, by what is committed now.

	A pause does not matter: it stops what goes out and what is asked for, and who sends to us would not send again. user: who
	writes; no more, where the account acts as another one now.
	"""
	rows = frappe.db.sql(
		"SELECT account.user FROM `tabIntegration Settings` account LEFT JOIN `tabUser` user ON user.name = account.user"
		" WHERE account.name = %s AND account.enabled = 1 AND COALESCE(user.enabled, 1) = 1",
		account,
	)
	return bool(rows) and user in (None, rows[0][0])


def set_token_user(account: str, user: str) -> None:
	"""The access that is asked for belongs to this user, in whose name Frappe keeps the token."""
	frappe.db.set_value(DOCTYPE, account, "token_user", user)
