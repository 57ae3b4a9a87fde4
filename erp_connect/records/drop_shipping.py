"""Articles that their supplier sends to the customer, in rows of orders: Desk fills that in of the item, ERPNext does not at a save.

Without that, they were reserved in our own stock, and the Purchase Order had them sent there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from erpnext.stock.doctype.item.item import get_item_defaults

from erp_connect.records import reserved

TABLE, ROW = "items", "Sales Order Item"
SENT_BY_SUPPLIER = "delivered_by_supplier"


def of_item(item: str, company: str) -> dict[str, Any]:
	"""What a row of an order says of an article that its supplier sends; nothing where the item names none for the company."""
	if not frappe.get_cached_value("Item", item, SENT_BY_SUPPLIER):
		return {}
	supplier = get_item_defaults(item, company).get("default_supplier")
	return {SENT_BY_SUPPLIER: 1, "supplier": supplier} if supplier else {}


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Let new rows of a document that was filled with `values` say it, where these do not say who sends them."""
	said = values.get(TABLE)
	for row, columns in zip(doc.get(TABLE) or (), said, strict=False) if isinstance(said, list) else ():
		if row.doctype == ROW and row.is_new() and row.item_code and SENT_BY_SUPPLIER not in columns:
			row.update(of_item(row.item_code, doc.company))


def fill_added(row: Any, company: str) -> None:
	"""Let a row that was added to a submitted order say it: it reserves nothing in stock any more. Does not save the order."""
	if said := of_item(row.item_code, company):
		row.update(said)
		row.db_set(SENT_BY_SUPPLIER, 1, update_modified=False)
		reserved.count_anew(row.item_code, row.warehouse)
