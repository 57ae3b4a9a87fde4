"""Calls of the notice that this site is a copy: whether it is, and the confirmation that it is not."""

from typing import Any

import frappe

from erp_connect.api.permissions import has_app_permission
from erp_connect.calls import switch
from erp_connect.jobs import doorbell
from erp_connect.store import installation

CONFIRMING = "System Manager"


@frappe.whitelist()
def state() -> dict[str, Any] | None:
	"""Whether the installation is `held`, how many accounts have something `waiting`, and whether the user `may_confirm`.

	None for users without a role of this app.
	"""
	if not has_app_permission():
		return None
	if not installation.is_held():
		return {"held": False, "waiting": 0, "may_confirm": False}
	return {
		"held": True,
		"waiting": len(switch.due_accounts()),
		"may_confirm": CONFIRMING in frappe.get_roles(),
	}


@frappe.whitelist(methods=["POST"])
def confirm() -> None:
	"""Let this installation send, fetch and accept from now on. For System Managers."""
	frappe.only_for(CONFIRMING)
	installation.confirm()
	doorbell.after_commit(set(switch.due_accounts()))
