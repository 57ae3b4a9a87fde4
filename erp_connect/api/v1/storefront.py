"""What a shop asks while somebody is buying: customer_balance, checkout_taxes, prices, stock, items."""

from __future__ import annotations

import frappe

from erp_connect.api.v1.storefront_models import (
	BalanceIn,
	BalanceOut,
	CheckoutIn,
	CheckoutOut,
	ItemsIn,
	ItemsOut,
	PricesIn,
	PricesOut,
	StockIn,
	StockOut,
)
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.commerce.shop import availability as inventory
from erp_connect.commerce.shop import balance, history, quote
from erp_connect.commerce.shop import items as catalogue
from erp_connect.commerce.shop import prices as pricing
from erp_connect.commerce.shop.cart import Cart, CartLine
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import Reply, operation


@frappe.whitelist(methods=["GET", "POST"])
@operation(BalanceIn, BalanceOut, writes=False)
def customer_balance(caller: Caller, request: BalanceIn) -> Reply:
	"""What a customer owes: balance, credit limit, overdue and ageing, as the Accounts Receivable report says."""
	settings = commerce.load(caller.account)
	customer = history.customer_of(settings, request.customer_id, request.external_id)
	if not customer:
		raise ApiError(422, "invalid", "Send customer_id or external_id.", field="customer_id")
	return Reply(balance.balance(settings.company, customer))


@frappe.whitelist(methods=["GET", "POST"])
@operation(CheckoutIn, CheckoutOut, writes=False)
def checkout_taxes(caller: Caller, request: CheckoutIn) -> Reply:
	"""Live quote for a cart: prices, taxes, shipping and totals as the order made from it will have them.

	Nothing is written.
	"""
	settings = commerce.load(caller.account)
	cart = Cart(
		lines=tuple(CartLine(**line.model_dump()) for line in request.items),
		customer=_customer(settings, request),
		billing_address=_address(request.billing_address),
		shipping_address=_address(request.shipping_address),
		currency=request.currency,
		date=request.date,
		discount=request.discount,
		discount_on=request.discount_on,
		coupon_code=request.coupon_code,
		shipping=request.shipping,
		shipping_title=request.shipping_title,
		shipping_rule=request.shipping_rule,
	)
	return Reply(quote.quote(settings, cart))


@frappe.whitelist(methods=["GET", "POST"])
@operation(PricesIn, PricesOut, writes=False)
def prices(caller: Caller, request: PricesIn) -> Reply:
	"""Prices of items for a customer: price list and pricing rules, each item by itself."""
	settings = commerce.load(caller.account)
	lines = [CartLine(**line.model_dump()) for line in request.items]
	lines += [CartLine(code, 1) for code in request.item_codes]
	if not lines:
		raise ApiError(422, "invalid", "Send items or item_codes.", field="items")
	cart = Cart(
		lines=tuple(lines),
		customer=_customer(settings, request),
		currency=request.currency,
		date=request.date,
	)
	return Reply(pricing.prices(settings, cart, request.price_list))


@frappe.whitelist(methods=["GET", "POST"])
@operation(StockIn, StockOut, writes=False)
def stock(caller: Caller, request: StockIn) -> Reply:
	"""What can be sold: actual stock less reserved, summed over the account's warehouses."""
	query = inventory.Query(
		limit=request.limit,
		item_codes=tuple(request.item_codes),
		warehouses=tuple(request.warehouses),
		by_warehouse=request.by_warehouse,
		modified_after=request.modified_after,
		after=request.after,
	)
	return Reply(inventory.stock(commerce.load(caller.account), query))


@frappe.whitelist(methods=["GET", "POST"])
@operation(ItemsIn, ItemsOut, writes=False)
def items(caller: Caller, request: ItemsIn) -> Reply:
	"""The catalogue, page by page: items for sale with barcodes, picture, units and variants."""
	query = catalogue.Query(
		limit=request.limit,
		item_codes=tuple(request.item_codes),
		item_group=request.item_group,
		variant_of=request.variant_of,
		include_disabled=request.include_disabled,
		modified_after=request.modified_after,
		after=request.after,
	)
	return Reply(catalogue.items(query))


def _customer(settings: CommerceSettings, request) -> str | None:
	return history.customer_of(settings, request.customer_id, request.external_id)


def _address(address) -> dict | None:
	return address.model_dump(exclude_none=True) if address else None
