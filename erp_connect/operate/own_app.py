"""The Connected App of an account that is connected by a preset: made of what was entered, with the rights of who connects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_connect.config import inputs
from erp_connect.core.presets.connection import AUTHORIZATION_CODE, OAuth
from erp_connect.core.values.inputs import filled, filled_address


def link(
	doc, oauth: OAuth, client_id: str, client_secret: str, addresses: Mapping[str, str] | None = None
) -> None:
	"""Make the Connected App of an Integration Settings that is not saved yet, and choose it there.

	The account's own one is used again: of its name, for the same client at the same address, which no account uses.
	addresses: by key of input, of those that became the account's addresses; the preset may name them beside its inputs.

	Raises `frappe.PermissionError` for whoever may not make or change Connected Apps, ConfigurationError for an address of
	the preset that names an input that is missing.
	"""
	if not frappe.has_permission("Connected App", "create"):
		frappe.throw(
			_(
				"{0} is connected by OAuth 2, for which a Connected App is made, and you may not make one. Ask a System "
				"Manager to connect it."
			).format(escape_html(doc.account_name)),
			frappe.PermissionError,
			title=_("Connected App needed"),
		)
	values = _values(doc, oauth, {**inputs.of_document(doc), **(addresses or {})})
	app = _own(doc.account_name, client_id, values["token_uri"]) or frappe.new_doc("Connected App")
	app.update({**values, "client_id": client_id, "client_secret": client_secret})
	app.save()
	doc.connected_app = app.name


def redirect_address(account: str) -> str:
	"""The address that the other side has to know before access is granted; empty where nobody is sent there."""
	auth_type, app = frappe.db.get_value("Integration Settings", account, ["auth_type", "connected_app"])
	if auth_type != AUTHORIZATION_CODE or not app:
		return ""
	return frappe.db.get_value("Connected App", app, "redirect_uri") or ""


def _values(doc, oauth: OAuth, own: Mapping[str, str]) -> dict[str, Any]:
	server = oauth.server(doc.environment or "Production")

	def address(url: str | None) -> str:
		return filled_address(url, own) if url else ""

	return {
		"provider_name": doc.account_name,
		"authorization_uri": address(server.authorization_url),
		"token_uri": address(server.token_url),
		"revocation_uri": address(server.revocation_url),
		"scopes": [{"scope": scope} for scope in oauth.scopes],
		"query_parameters": [
			{"key": key, "value": filled(value, own)} for key, value in oauth.parameters.items()
		],
	}


def _own(account: str, client_id: str, token_uri: str):
	"""The app that was made for an account of this name before, if there is one and nothing else uses it."""
	same = {"provider_name": account, "client_id": client_id, "token_uri": token_uri}
	for name in frappe.get_all("Connected App", filters=same, pluck="name", order_by="creation desc"):
		if not frappe.db.exists("Integration Settings", {"connected_app": name}):
			return frappe.get_doc("Connected App", name)
	return None
