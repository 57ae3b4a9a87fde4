"""Brings the rows of a Sales Order that exists in line with another plan, draft or submitted.

Promises the plan's total or `HeldForReview`; that rows which stay keep their names, so that what was delivered and
invoiced of them stays with them; and ERPNext's own checks, by the means of its button Update Items. Never commits.
"""

from __future__ import annotations

import json
from collections import Counter

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate
from frappe.utils import flt, getdate

from erp_connect.commerce.amounts import cent
from erp_connect.commerce.sales import order_rows, order_total, stated_prices
from erp_connect.commerce.sales.articles import titled
from erp_connect.commerce.sales.plan_items import Items
from erp_connect.commerce.sales.units import units_of
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.document import item_fields
from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge, PlannedItem
from erp_connect.records import drop_shipping, reserved

DIGITS = 6
Pair = tuple[PlannedItem, object | None]


def says(doc, plan: OrderPlan, items: Items) -> bool:
	"""Whether the Sales Order has this plan's articles, pieces and total already. items: Item by planned row."""
	units = units_of((item, planned.uom) for planned, item in items.items())
	wanted: Counter = Counter()
	for planned in plan.items:
		wanted[items[planned], units[items[planned], planned.uom].uom] += float(planned.quantity)
	there: Counter = Counter()
	for row in doc.items:
		there[row.item_code, row.uom] += row.qty
	return (
		doc.currency == plan.currency
		and not order_total.total_difference(doc, plan)
		and {article: flt(count, DIGITS) for article, count in wanted.items()}
		== {article: flt(count, DIGITS) for article, count in there.items()}
	)


def paired(doc, plan: OrderPlan, items: Items, lines: dict[str, list[str]]) -> list[Pair]:
	"""Each planned row with the row of the Sales Order that it stands for, None for a new one.

	lines: names of rows by the source's line id. What is left of the rows goes to lines with the same item that have none: a
	source may give its lines new ids, or split and merge them. The best match first, so that what was delivered stays whole.
	"""
	known = {name: line for line, names in lines.items() for name in names}
	left, found = list(doc.items), dict.fromkeys(range(len(plan.items)))
	for fits in (
		lambda planned, row: known.get(row.name) == planned.line_id,
		lambda planned, row: _costs(planned, row) and _has(planned, row),
		lambda planned, row: _costs(planned, row) and row.delivered_qty <= planned.quantity,
		lambda planned, row: row.delivered_qty <= planned.quantity,
		lambda planned, row: True,
	):
		for place, planned in enumerate(plan.items):
			if found[place] is None:
				same = (row for row in left if _is_of(planned, row, items) and fits(planned, row))
				if row := next(same, None):
					left.remove(row)
					found[place] = row
	return [(planned, found[place]) for place, planned in enumerate(plan.items)]


def laid_out(doc, pairs: list[Pair]) -> bool:
	"""Whether each row of the Sales Order is one of the planned ones, with its pieces."""
	return len(pairs) == len(doc.items) and all(row and _has(planned, row) for planned, row in pairs)


def priced(pairs: list[Pair]) -> bool:
	"""Whether the paired rows have the rates that are planned."""
	return all(row and _costs(planned, row) for planned, row in pairs)


def _is_of(planned: PlannedItem, row, items: Items) -> bool:
	# Without a unit, pieces are meant, also where the row was in boxes before.
	unit = planned.uom or row.stock_uom
	return row.item_code == items[planned] and unit.casefold() == row.uom.casefold()


def _has(planned: PlannedItem, row) -> bool:
	return flt(row.qty, DIGITS) == flt(float(planned.quantity), DIGITS)


def _costs(planned: PlannedItem, row) -> bool:
	return abs(row.rate - float(planned.rate)) < cent()


def retitle(doc, pairs: list[Pair]) -> list[str]:
	"""Give the rows the names that their goods have now. Returns the fields of the Sales Order that changed."""
	changed = False
	for planned, row in pairs:
		title = titled(planned.name)
		if row and any(row.get(field) != value for field, value in title.items()):
			row.update(title)
			changed = True
	if not changed:
		return []
	# ERPNext locks names on submit. They touch neither stock nor money.
	doc.flags.ignore_validate_update_after_submit = True
	doc.save()
	return ["items"]


def names(pairs: list[Pair]) -> dict[str, list[str]]:
	"""Names of rows by the source's line id."""
	found: dict[str, list[str]] = {}
	for planned, row in pairs:
		if row:
			found.setdefault(planned.line_id, []).append(row.name)
	return found


def rewrite(
	settings: CommerceSettings,
	doc,
	plan: OrderPlan,
	items: Items,
	lines: dict[str, list[str]],
):
	"""The Sales Order with the plan's rows, charges and discount: (document, names of its rows by line id).

	Raises `HeldForReview` for another total, and ERPNext's own errors.
	"""
	pairs = paired(doc, plan, items, lines)
	change = _draft if doc.docstatus == 0 else _submitted
	doc, pairs = change(settings, doc, plan, items, pairs)
	order_total.require_total(doc, plan)
	return doc, names(pairs)


def _draft(settings: CommerceSettings, doc, plan: OrderPlan, items, pairs: list[Pair]):
	rows = []
	doc.set("items", [])
	for planned, row in pairs:
		if row is None:
			rows.append(doc.append("items", _new(settings, doc, planned, items)))
		else:
			row.update(_amounts(planned, row))
			rows.append(doc.append("items", row))
	for number, row in enumerate(doc.items, start=1):
		row.idx = number
	_set_charges(settings, doc, plan, keep_places=False)
	stated_prices.keep(doc)
	doc.save()
	order_total.remove_foreign_taxes(doc, plan)
	return doc, [(planned, row) for (planned, _old), row in zip(pairs, rows, strict=True)]


def _submitted(settings: CommerceSettings, doc, plan: OrderPlan, items, pairs: list[Pair]):
	before, packed = {row.name for row in doc.items}, _parts(doc)
	wanted = [
		_as_update(planned, row) if row else _new(settings, doc, planned, items) for planned, row in pairs
	]
	if _differ(wanted, doc.items):
		for number, one in enumerate(wanted, start=1):
			one["idx"] = number
		update_child_qty_rate("Sales Order", json.dumps(wanted, default=str), doc.name)
	doc = frappe.get_doc("Sales Order", doc.name)
	# ERPNext appends new rows in the order in which it was given them.
	fresh = iter(row for row in doc.items if row.name not in before)
	by_name = {row.name: row for row in doc.items}
	done = [(planned, by_name[row.name] if row else next(fresh)) for planned, row in pairs]
	for planned, row in done:
		row.update(_amounts(planned, row))
		if row.name not in before:
			drop_shipping.fill_added(row, doc.company)
	_set_charges(settings, doc, plan, keep_places=True)
	# What ERPNext itself sets when it changes the items of a submitted order.
	doc.flags.ignore_validate_update_after_submit = True
	doc.calculate_taxes_and_totals()
	doc.set_total_in_words()
	doc.set_payment_schedule()
	doc.save()
	# ERPNext counts the article of a row that goes, but not the parts of a bundle.
	for item, warehouse in packed - _parts(doc):
		reserved.count_anew(item, warehouse)
	return doc, done


def _parts(doc) -> set[tuple[str, str]]:
	"""Article and warehouse of what the bundles of an order are made of."""
	return {(row.item_code, row.warehouse) for row in doc.packed_items if row.warehouse}


def _new(settings: CommerceSettings, doc, planned: PlannedItem, items: Items) -> dict:
	"""A row that is added: it is delivered with the rest."""
	item = items[planned]
	unit = units_of([(item, planned.uom)])[item, planned.uom]
	return order_rows.item_row(settings, planned, item, unit, getdate(doc.delivery_date))


def _as_update(planned: PlannedItem, row) -> dict:
	"""A row that stays, as Update Items takes it."""
	return {
		"docname": row.name,
		"item_code": row.item_code,
		"qty": float(planned.quantity),
		"rate": float(planned.rate),
		"uom": row.uom,
		"conversion_factor": row.conversion_factor,
		"delivery_date": str(row.delivery_date),
	}


def _differ(wanted: list[dict], rows: list) -> bool:
	there = {row.name: (row.qty, row.rate) for row in rows}
	return {one.get("docname"): (one["qty"], one["rate"]) for one in wanted} != there


def _amounts(planned: PlannedItem, row) -> dict:
	"""The fields that decide a row's amount, and its name."""
	return {**item_fields(planned), "item_tax_rate": "{}", "item_name": row.item_name, **titled(planned.name)}


def _set_charges(settings: CommerceSettings, doc, plan: OrderPlan, *, keep_places: bool) -> None:
	"""The plan's charges and discount. Rows that stay keep their account.

	keep_places: rows that are not wanted any more stay with an amount of zero, because documents that follow find the
	row of an order by its place.
	"""
	left = list(doc.taxes)
	kept, new = [], []
	for charge in plan.taxes:
		row = next((row for row in left if _is(row, charge)), None)
		if row:
			left.remove(row)
			row.update(order_rows.charge_amount(charge))
			kept.append(row)
		else:
			new.append(order_rows.charge_row(settings, charge))
	if keep_places:
		for row in left:
			row.update({"charge_type": "Actual", "tax_amount": 0, "rate": 0, "included_in_print_rate": 0})
	else:
		doc.set("taxes", [row for row in doc.taxes if row in kept])
	for row in new:
		doc.append("taxes", row)
	doc.update(
		{
			"apply_discount_on": plan.discount_on if plan.discount_amount else None,
			"additional_discount_percentage": 0,
			"discount_amount": float(plan.discount_amount),
		}
	)


def _is(row, charge: PlannedCharge) -> bool:
	return row.charge_type == charge.charge_type and charge.is_of(row.description)
