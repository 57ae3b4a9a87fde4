"""Planned items and charges as rows of a Sales Order, on the accounts that are listed for them. Writes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import frappe

from erp_connect.commerce.sales.articles import titled
from erp_connect.commerce.sales.units import Unit
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.plan import PlannedCharge, PlannedItem
from erp_connect.records import drop_shipping
from erp_connect.records.write import HeldForReview

GUARD = "none"
KIND_OF_ACCOUNT = {"tax": "Tax", "shipping": "Shipping", "discount": "Discount"}


def item_row(
	settings: CommerceSettings, planned: PlannedItem, item: str, unit: Unit, delivery_date: date
) -> dict[str, Any]:
	"""A row of Sales Order Item for a planned one."""
	return {
		"item_code": item,
		**titled(planned.name),
		**unit.fields(),
		"qty": float(planned.quantity),
		"rate": float(planned.rate),
		"price_list_rate": float(planned.list_price),
		# Where the rate is 0, ERPNext takes the list price instead, unless all of it is discounted.
		"discount_percentage": 0 if planned.rate else 100,
		"is_free_item": int(planned.is_free),
		"warehouse": settings.warehouse,
		**drop_shipping.of_item(item, settings.company),
		"cost_center": "",  # that of the item, where it has one, and not the default of such rows
		"delivery_date": delivery_date,
		# The taxes stand in rows of their own.
		"item_tax_template": "",
		"item_tax_rate": "{}",
	}


def charge_row(settings: CommerceSettings, charge: PlannedCharge) -> dict[str, Any]:
	"""A row of Sales Taxes and Charges. Raises `HeldForReview` when no account is listed for it."""
	account, cost_center = _account(settings, charge)
	return {
		"charge_type": charge.charge_type,
		"account_head": account,
		"cost_center": cost_center,
		"description": charge.description,
		**charge_amount(charge),
	}


def charge_amount(charge: PlannedCharge) -> dict[str, Any]:
	"""Those fields of a charge's row that decide its amount."""
	if charge.charge_type == "Actual":
		return {"tax_amount": float(charge.amount)}
	return {"rate": float(charge.rate or Decimal(0)), "included_in_print_rate": int(charge.included)}


def _account(settings: CommerceSettings, charge: PlannedCharge) -> tuple[str, str | None]:
	default = frappe.get_cached_value("Company", settings.company, "cost_center")
	if charge.kind == "rounding":
		account = frappe.get_cached_value("Company", settings.company, "round_off_account")
		if account:
			return account, frappe.get_cached_value(
				"Company", settings.company, "round_off_cost_center"
			) or default
	if charge.kind == GUARD and (account := _account_of_guard(settings)):
		return account, default
	kind = KIND_OF_ACCOUNT.get(charge.kind, "Fee")
	row = settings.account_for(kind, charge.title)
	if not row:
		raise HeldForReview(
			"No ledger account is set for {kind} {title}. Add it to Ledger accounts of account {account}, then {again}.",
			code="missing_account",
			kind=kind,
			title=charge.title or "-",
			account=settings.account,
		)
	return row.account, row.cost_center or default


def _account_of_guard(settings: CommerceSettings) -> str | None:
	"""Any account of the company will do: the row of zero keeps ERPNext's own taxes away, nothing is booked on it."""
	company = frappe.get_cached_doc("Company", settings.company)
	row = settings.account_for("Tax", "")
	return (row and row.account) or company.round_off_account or company.default_income_account
