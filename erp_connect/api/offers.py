"""Calls behind **Offers…** of a document: rates of carriers, say, of which a person chooses one."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_user
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw, translate
from erp_connect.operate import offers


@frappe.whitelist()
def flows(doctype: str) -> list[dict[str, str]]:
	"""The flows that can be asked for offers for documents of a type: `name`, `integration`, of accounts that the caller may
	read."""
	require_user()
	frappe.has_permission(doctype, "write", throw=True)
	return readable(doctype)


def readable(doctype: str) -> list[dict[str, str]]:
	"""As `flows`, without looking whether the caller may write such documents."""
	return [
		flow
		for flow in offers.flows_of(doctype)
		if frappe.has_permission("Integration Settings", "read", doc=flow["integration"])
	]


@frappe.whitelist(methods=["POST"])
def ask(flow: str, name: str) -> dict[str, Any]:
	"""Ask for offers for a document that the caller may write: `token`, and `offers`, each with `title`, `price`, `currency`,
	`days`, `text`. Where nothing could be asked, or the answer was none, `reason` says why: of several accounts that are asked
	beside each other, one that refuses is no error of the others."""
	require(flow, name)
	try:
		return offers.ask(flow, name)
	except ConnectError as error:
		return {"token": "", "offers": [], "reason": translate(error)}


@frappe.whitelist(methods=["POST"])
def choose(flow: str, name: str, token: str, number: int) -> None:
	"""Write an offer that `ask` gave the caller for this document into it: by its number, from 0."""
	require(flow, name)
	try:
		offers.choose(flow, name, token, number)
	except ConnectError as error:
		throw(error, _("Not written"))


def require(flow: str, name: str) -> None:
	"""Raise `frappe.PermissionError` unless the caller may read the flow's account and write this document."""
	require_user()
	found = frappe.db.get_value("Field Mapping", flow, ["document_type", "integration"], as_dict=True)
	if not found:
		raise frappe.DoesNotExistError
	frappe.has_permission("Integration Settings", "read", doc=found.integration, throw=True)
	frappe.has_permission(found.document_type, "write", doc=name, throw=True)
