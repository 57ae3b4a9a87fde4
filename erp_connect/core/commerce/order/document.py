"""A plan as the fields of an ERPNext document: plain JSON values in ERPNext's own names.

Promises the switches that keep ERPNext from changing the rows again: pricing rules off, rounded total off, and
an empty item tax template on every row. Accounts and item codes are looked up by the caller; rows carry what
is needed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from erp_connect.core.commerce.order.plan import OrderPlan, PlannedCharge, PlannedItem
from erp_connect.core.commerce.refund.planner import RefundPlan

Fields = dict[str, Any]


def document_fields(
	plan: OrderPlan | RefundPlan,
	item_of: Callable[[PlannedItem], Mapping[str, Any]],
	account_of: Callable[[PlannedCharge], Mapping[str, Any]],
) -> Fields:
	"""Fields of a Sales Order or Sales Invoice, with `items` and `taxes`.

	item_of gives the caller's fields of an item row (`item_code`, `warehouse`, `delivery_date` …), account_of
	those of a charge (`account_head`, `cost_center` …); both may raise to hold the order. What they give is
	overruled by the plan's own fields. A return gets `is_return`; `return_against` is the caller's.
	"""
	fields: Fields = {
		"currency": plan.currency,
		"conversion_rate": float(plan.conversion_rate),
		"ignore_pricing_rule": 1,
		"disable_rounded_total": 1,
		"taxes_and_charges": "",
		"additional_discount_percentage": 0,
		"items": [{**item_of(item), **item_fields(item)} for item in plan.items],
		"taxes": [{**account_of(charge), **charge_fields(charge)} for charge in plan.taxes],
	}
	if isinstance(plan, RefundPlan):
		return {**fields, "is_return": 1, "discount_amount": 0}
	return {
		**fields,
		"apply_discount_on": plan.discount_on or "Grand Total",
		"discount_amount": float(plan.discount_amount),
	}


def item_fields(item: PlannedItem) -> Fields:
	"""The fields of an item row that decide its amount."""
	return {
		"item_name": item.name[:140],
		"qty": float(item.quantity),
		"rate": float(item.rate),
		"price_list_rate": float(item.list_price),
		# ERPNext fills a rate of zero from the price list unless the discount is 100 %.
		"discount_percentage": 0.0 if item.rate else 100.0,
		"discount_amount": float(item.list_price - item.rate),
		"margin_type": "",
		"margin_rate_or_amount": 0.0,
		"item_tax_template": "",
		"is_free_item": int(item.is_free and not item.rate),
	}


def charge_fields(charge: PlannedCharge) -> Fields:
	"""The fields of a row of Sales Taxes and Charges that decide its amount."""
	is_actual = charge.charge_type == "Actual"
	return {
		"charge_type": charge.charge_type,
		"description": charge.title[:140],
		"rate": 0.0 if is_actual else float(charge.rate or 0),
		"tax_amount": float(charge.amount) if is_actual else 0.0,
		"included_in_print_rate": int(charge.included),
	}


def item_wise_detail(
	charge: PlannedCharge, item_code_of: Mapping[str, str], conversion_rate: Decimal = Decimal(1)
) -> dict[str, list[float]]:
	"""ERPNext 15's `item_wise_tax_detail` of a tax row: item code → [rate, amount in company currency].

	item_code_of: item code by line id. With `dont_recompute_tax` on the row ERPNext keeps it, so that a tax
	on some lines only is also reported on those lines only; without, ERPNext shares the row out by amount.
	"""
	detail: dict[str, list[float]] = {}
	for line_id, share in charge.shares.items():
		code = item_code_of.get(line_id)
		if code is not None:
			row = detail.setdefault(code, [float(charge.rate or 0), 0.0])
			row[1] = float(Decimal(repr(row[1])) + share * conversion_rate)
	return detail
