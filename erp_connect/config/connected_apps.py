"""The secret of a Connected App belongs to the address for which it was entered, where accounts of ours use the app."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from erp_connect.config import secrets
from erp_connect.core.guard.destinations import origin_if_any


def validate(doc: Document, method: str | None = None) -> None:
	"""Empty the client secret of an app whose token address leads elsewhere now, unless it is entered anew.

	Hook of Connected App. Its tokens are forgotten as well: a refresh token goes to the token address.
	"""
	before = doc.get_doc_before_save()
	if (
		before is None
		or origin_if_any(before.token_uri) == origin_if_any(doc.token_uri)
		or not _is_used(doc.name)
	):
		return
	for name in frappe.get_all("Token Cache", filters={"connected_app": doc.name}, pluck="name"):
		# They are their users', and whoever may change the app ends them by that.
		frappe.delete_doc("Token Cache", name, ignore_permissions=True)
	emptied = bool(doc.client_secret) and not secrets.is_typed(doc, "client_secret")
	if emptied:
		doc.client_secret = ""
	frappe.msgprint(
		" ".join(
			(
				_("The token address has changed, so that access has to be granted again: save each account of this app "
				"and press Grant Access there, or choose the app again."),
				_("The client secret was emptied: enter it again.") if emptied else "",
			)
		),
		title=_("Secrets were emptied"),
		indicator="orange",
	)  # fmt: skip


def _is_used(app: str) -> bool:
	return bool(frappe.db.exists("Integration Settings", {"connected_app": app}))
