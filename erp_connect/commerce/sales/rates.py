"""What the arithmetic of orders has to know of the site: precision, rounding, exchange rates."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import frappe
from erpnext.setup.utils import get_exchange_rate
from frappe.utils import cint

from erp_connect.commerce import amounts
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.totals.rounding import BANKERS
from erp_connect.records.write import HeldForReview


def plan_settings(settings: CommerceSettings, currency: str, date: str) -> PlanSettings:
	"""The settings of a plan for an order in `currency` on `date` (ISO). Raises `HeldForReview` without a rate."""
	company_currency = frappe.get_cached_value("Company", settings.company, "default_currency")
	return PlanSettings(
		rounding_limit=Decimal(repr(settings.rounding_limit)),
		digits=amounts.digits(),
		quantity_digits=cint(frappe.db.get_default("float_precision")) or 3,
		method=frappe.get_system_settings("rounding_method") or BANKERS,
		row_wise=bool(frappe.db.get_single_value("Accounts Settings", "round_row_wise_tax")),
		company_currency=company_currency,
		conversion_rate=_rate(currency, company_currency, date),
	)


def of_document(settings: CommerceSettings, order) -> PlanSettings:
	"""The settings of a plan for a Sales Order that exists: at its own exchange rate."""
	company_currency = frappe.get_cached_value("Company", order.company, "default_currency")
	rules = plan_settings(settings, company_currency, str(order.transaction_date))
	return replace(rules, conversion_rate=Decimal(repr(order.conversion_rate)))


def _rate(currency: str, company_currency: str, date: str) -> Decimal | None:
	if currency == company_currency:
		return None
	rate = get_exchange_rate(currency, company_currency, date, "for_selling")
	if not rate and not frappe.db.get_value("Currency", currency, "enabled"):
		raise HeldForReview(
			"The currency {currency} is not used on this site. Enable it in the list Currency, or create it there, and enter "
			"its rate in Currency Exchange; then {again}.",
			code="missing_rate",
			currency=currency,
		)
	if not rate:
		raise HeldForReview(
			"There is no exchange rate from {currency} to {company_currency}. Enter one in Currency Exchange, then "
			"{again}.",
			code="missing_rate",
			currency=currency,
			company_currency=company_currency,
		)
	return Decimal(str(rate))
