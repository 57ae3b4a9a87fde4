"""What Items were called before: a shop goes on to order an article by the code that its item had. Never commits.

Such a code is a Sync Link of its own kind with each account that takes in orders. It counts only where no item is found
otherwise, so that a new item of that code is the article then.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from erp_connect.store import statements

ITEM, ENTITY, ORDER = "Item", "article", "order"


def remember(old: str, new: str) -> None:
	"""Note that the Item `new` was called `old` until now, or took over an Item of that code in a merge."""
	accounts = frappe.get_all("Integration Settings", {"inbound_enabled": 1}, pluck="name")
	for account in accounts:
		if not frappe.db.exists("Sync Link", {"integration": account, "remote_entity": ORDER}):
			continue
		known = {"integration": account, "remote_entity": ENTITY}
		frappe.db.delete("Sync Link", {**known, "external_id": old})
		(numbers,) = frappe.db.sql(
			"SELECT MAX(merged) FROM `tabSync Link` WHERE integration = %s AND remote_entity = %s"
			" AND document_type = %s AND document_name = %s",
			(account, ENTITY, ITEM, new),
		)
		row = {
			**statements.standard_values(),
			**known,
			"name": frappe.generate_hash(length=12),
			"document_type": ITEM,
			"document_name": new,
			"external_id": old,
			"merged": 0 if numbers[0] is None else numbers[0] + 1,
		}
		statements.insert("Sync Link", list(row), [row])


def current(account: str, codes: Iterable[str]) -> dict[str, str]:
	"""Items that had one of these codes before: {code: Item}."""
	codes = list(codes)
	if not codes:
		return {}
	rows = frappe.get_all(
		"Sync Link",
		filters={
			"integration": account,
			"remote_entity": ENTITY,
			"external_id": ("in", codes),
			"document_type": ITEM,
		},
		fields=["external_id", "document_name"],
	)
	names = {row.document_name for row in rows}
	there = set(frappe.get_all(ITEM, {"name": ("in", [*names, ""])}, pluck="name"))
	return {row.external_id: row.document_name for row in rows if row.document_name in there}
