"""What the engine changes of Integration Settings beside the document layer: its pause, and whose token it uses.

Nothing here commits.
"""

from __future__ import annotations

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


def set_token_user(account: str, user: str) -> None:
	"""The access that is asked for belongs to this user, in whose name Frappe keeps the token."""
	frappe.db.set_value(DOCTYPE, account, "token_user", user)
