"""What a Stock Entry of a Work Order moves, where a record says how many pieces alone: as by ERPNext's own buttons.

Desk fetches the material and what is made as a person says the quantity. Without that, each row had to be mapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from erpnext.manufacturing.doctype.work_order.work_order import make_stock_entry
from frappe.utils import flt

from erp_connect.records.made_of import plain

DOCTYPE, ORDER, QUANTITY, TABLE = "Stock Entry", "work_order", "fg_completed_qty", "items"
PURPOSES = ("Material Transfer for Manufacture", "Manufacture", "Material Consumption for Manufacture")
HEAD = (
	"company", "from_bom", "bom_no", "use_multi_level_bom", "inspection_required", "from_warehouse", "to_warehouse", "project",
)  # fmt: skip
# Field of the head → column that follows it where the record says it.
WAREHOUSES = {"from_warehouse": "s_warehouse", "to_warehouse": "t_warehouse"}


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""Fill the rows of a new document that is about to be inserted with `values`, and its head where these do not say it."""
	if doc.doctype != DOCTYPE or doc.get(TABLE) or flt(doc.get(QUANTITY)) <= 0:
		return
	purpose, order = _purpose(doc), doc.get(ORDER) or ""
	if purpose not in PURPOSES or not frappe.db.exists("Work Order", order):
		return
	if not frappe.has_permission("Work Order", doc=order):
		return
	made = frappe.get_doc(make_stock_entry(order, purpose, flt(doc.get(QUANTITY))))
	doc.update({field: made.get(field) for field in HEAD if values.get(field) is None})
	doc.set(TABLE, [plain(row) for row in made.get(TABLE)])
	for field, column in WAREHOUSES.items():
		for row in doc.get(TABLE) if values.get(field) else ():
			if row.get(column):
				row.set(column, doc.get(field))


def _purpose(doc: Any) -> str | None:
	kind = doc.get("stock_entry_type") or ""
	return doc.get("purpose") or frappe.db.get_value("Stock Entry Type", kind, "purpose")
