"""What Desk fills in a Work Order as a person chooses its article and its Bill of Materials, and ERPNext does not at a save.

Without that, it had none of the operations: no Job Cards, and an operating cost of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.utils import cint, flt

from erp_connect.config.inflow import InFlow
from erp_connect.records import comparing

DOCTYPE, ITEM, BOM, LEVELS = "Work Order", "production_item", "bom_no", "use_multi_level_bom"
OPERATIONS, MATERIAL = "operations", "required_items"
FOLLOWED = (ITEM, BOM, "qty", LEVELS)
# What a Bill of Materials says for the orders of it.
OF_BOM = ("transfer_material_against", "allow_alternative_item", "project")


def fill(flow: InFlow, doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Fill a draft that is about to be saved with `values`, where these do not say it. before: what it had in them; None of a new one."""
	if doc.doctype != DOCTYPE or not doc.docstatus.is_draft():
		return
	changed = {field for field in FOLLOWED if comparing.says_another(field, values, before)}
	if ITEM in changed and not values.get(BOM):
		doc.set(BOM, _usual(doc.get(ITEM)))
		changed.add(BOM)
	if not changed or flt(doc.get("qty")) <= 0 or not frappe.db.exists("BOM", doc.get(BOM) or ""):
		return
	if doc.get(LEVELS) is None:
		doc.set(LEVELS, cint(doc.meta.get_field(LEVELS).default))
	if BOM in changed:
		_follow(flow, doc, values, before)
	if not _says_table(flow, OPERATIONS, values):
		doc.set_work_order_operations()


def _usual(item: str) -> str | None:
	"""The usual Bill of Materials of an article, or of the template that it is a variant of."""
	usual, template = frappe.db.get_value("Item", item, ("default_bom", "variant_of")) or (None, None)
	return usual or (template and frappe.db.get_value("Item", template, "default_bom"))


def _follow(flow: InFlow, doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
	said = frappe.db.get_value("BOM", doc.get(BOM), OF_BOM, as_dict=True) or {}
	doc.update({field: value for field, value in said.items() if value and values.get(field) is None})
	if before is not None and not _says_table(flow, MATERIAL, values):
		doc.set(MATERIAL, [])  # which ERPNext fills at the save


def _says_table(flow: InFlow, table: str, values: Mapping[str, Any]) -> bool:
	return bool(values.get(table)) or (table in values and not flow.keep_rows)
