"""Subscriptions that programs made by the API: flows of their account that are marked as such. Never commits."""

from __future__ import annotations

from typing import Any

import frappe

DOCTYPE = "Field Mapping"


def make(flow: dict[str, Any]) -> str:
	"""Insert the flow of a subscription, from fields of Field Mapping. Returns its name.

	Raises `frappe.ValidationError`.
	"""
	doc = frappe.get_doc({"doctype": DOCTYPE, **flow})
	# The caller may not configure flows. His subscription sends no more than he can fetch, to his account's own address.
	doc.insert(ignore_permissions=True)
	doc.db_set("is_hook", 1)  # which no form may say
	return doc.name


def remove(name: str) -> None:
	"""Delete the flow of a subscription; what waits to be sent by it is cancelled."""
	# As in `make`: the account's own subscription, made by itself.
	frappe.delete_doc(DOCTYPE, name, ignore_permissions=True)


def of_account(account: str) -> list:
	"""`name`, `document_type` and `enabled` of the subscriptions of an account, oldest first."""
	return frappe.get_all(
		DOCTYPE, filters={"integration": account, "is_hook": 1}, fields=["name", "document_type", "enabled"], order_by="creation"
	)  # fmt: skip


def find(account: str, name: str) -> str | None:
	"""The name of a subscription, if the account has it."""
	return frappe.db.get_value(DOCTYPE, {"name": name, "integration": account, "is_hook": 1})
