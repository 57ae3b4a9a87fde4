"""What the calls about balance, quotes, prices, stock and items take and give."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Literal

from pydantic import Field

from erp_connect.api.v1.models import Model
from erp_connect.api.v1.sales_models import NEXT, Tax
from erp_connect.core.commerce.order.kinds import Currency

PAGE = 100
PAGE_LIMIT = 500
AMOUNT_LIMIT = 1_000_000_000


class WhoIn(Model):
	customer_id: str | None = Field(
		None, max_length=140, description="Account number of the customer in ERPNext"
	)
	external_id: str | None = Field(
		None, max_length=140, description="The customer's id in the calling system"
	)


class BalanceIn(WhoIn):
	pass


class Bucket(Model):
	from_days: int = Field(description="Days after the due date")
	to_days: int | None = Field(description="Null: and more")
	amount: float


class CurrencyBalance(Model):
	currency: str
	balance: float


class OpenItem(Model):
	document_type: str
	document_id: str
	date: str
	due_date: str | None
	currency: str = Field(
		description="Currency of the receivable ledger account; the amounts are in the company's"
	)
	invoiced: float
	paid: float
	credited: float
	outstanding: float = Field(description="Negative: an advance or an open credit note")


class BalanceOut(Model):
	customer_id: str
	company: str
	currency: str = Field(description="The company's; all amounts but by_currency are in it")
	as_of: str
	balance: float
	overdue: float = Field(
		description="Open on documents past their due date; advances are not set against it"
	)
	not_due: float = Field(description="Part of the balance that is not due yet")
	ageing: list[Bucket] = Field(
		description="By due date, as in the report; with not_due it sums up to the balance"
	)
	by_currency: list[CurrencyBalance]
	credit_limit: float | None = Field(description="Null: no limit")
	credit_used: float = Field(description="What counts against the limit: balance and orders not billed yet")
	available_credit: float | None = Field(description="Null: no limit; negative: beyond it")
	open: list[OpenItem]


class CartItem(Model):
	item_code: str = Field(min_length=1, max_length=140)
	quantity: float = Field(1, gt=0, le=AMOUNT_LIMIT)
	rate: float | None = Field(
		None, ge=0, le=AMOUNT_LIMIT, description="Price of one piece; empty: by price list and pricing rules"
	)
	discount_percentage: float = Field(0, ge=0, le=100, description="Off the price of this line")
	uom: str | None = Field(None, max_length=140, description="Empty: the item's stock unit")


class CartAddress(Model):
	address_line1: str | None = Field(None, max_length=240)
	address_line2: str | None = Field(None, max_length=240)
	city: str | None = Field(None, max_length=140)
	county: str | None = Field(None, max_length=140)
	state: str | None = Field(None, max_length=140)
	pincode: str | None = Field(None, max_length=140)
	country: str | None = Field(None, max_length=140, description="English name or ISO 3166 two-letter code")
	phone: str | None = Field(None, max_length=40)
	email_id: str | None = Field(None, max_length=140)


class CheckoutIn(WhoIn):
	items: list[CartItem] = Field(min_length=1, max_length=200)
	billing_address: CartAddress | None = Field(
		None, description="Empty: the shipping address, or the customer's own"
	)
	shipping_address: CartAddress | None = Field(
		None, description="Empty: the billing address, or the customer's own"
	)
	currency: Currency | None = Field(None, description="Empty: the customer's or the company's")
	date: Date | None = Field(None, description="Empty: today")
	discount: float = Field(0, ge=0, le=AMOUNT_LIMIT, description="Amount off the whole order")
	discount_on: Literal["Net Total", "Grand Total"] = Field("Net Total", description="Before or after taxes")
	coupon_code: str | None = Field(None, max_length=140)
	shipping: float = Field(0, ge=0, le=AMOUNT_LIMIT, description="What the shop charges for shipping")
	shipping_title: str = Field(
		"", max_length=140, description="Which ledger account takes it: Ledger accounts of the account"
	)
	shipping_rule: str | None = Field(None, max_length=140, description="A Shipping Rule of ERPNext, instead")


class QuotedLine(Model):
	item_code: str
	item_name: str | None
	quantity: float
	uom: str | None
	price_list_rate: float
	discount_percentage: float
	rate: float
	amount: float
	net_amount: float = Field(description="Without taxes, after discounts on the whole")
	free: bool = Field(description="Given by a pricing rule")


class CheckoutOut(Model):
	customer_id: str | None
	currency: str
	exchange_rate: float
	price_list: str | None
	tax_template: str | None = Field(description="The Sales Taxes and Charges Template that applies")
	items: list[QuotedLine]
	taxes: list[Tax]
	discount_total: float
	net_total: float
	tax_total: float
	shipping_total: float
	grand_total: float
	rounded_total: float


class PriceItem(Model):
	item_code: str = Field(min_length=1, max_length=140)
	quantity: float = Field(1, gt=0, le=AMOUNT_LIMIT)
	uom: str | None = Field(None, max_length=140, description="Empty: the item's stock unit")


class PricesIn(WhoIn):
	items: list[PriceItem] = Field(default_factory=list, max_length=200)
	item_codes: list[str] = Field(
		default_factory=list, max_length=200, description="The same for one piece each"
	)
	price_list: str | None = Field(None, max_length=140, description="Empty: the customer's or the account's")
	currency: Currency | None = None
	date: Date | None = Field(None, description="Empty: today")


class FreeItem(Model):
	item_code: str
	quantity: float
	uom: str | None


class Price(Model):
	item_code: str
	quantity: float
	uom: str | None = Field(description="What one piece is here: `quantity` and the rates are by this unit")
	price_list_rate: float | None = Field(description="Null: the list has no price")
	discount_percentage: float
	rate: float | None = Field(description="What one piece costs, after pricing rules")
	pricing_rules: list[str]
	free_items: list[FreeItem]


class PricesOut(Model):
	price_list: str | None
	currency: str
	prices: list[Price]
	unknown: list[str] = Field(description="Item codes that are not for sale")


class StockIn(Model):
	item_codes: list[str] = Field(default_factory=list, max_length=PAGE_LIMIT, description="Empty: all items")
	warehouses: list[str] = Field(
		default_factory=list, max_length=100, description="Empty: all of the account's"
	)
	by_warehouse: bool = False
	modified_after: datetime | None = Field(None, description="Only items whose stock changed later")
	limit: int = Field(PAGE, ge=1, le=PAGE_LIMIT)
	after: str | None = Field(None, max_length=140, description="`next` of the page before")


class WarehouseStock(Model):
	warehouse: str
	actual: float
	reserved: float
	sellable: float


class ItemStock(Model):
	item_code: str
	item_name: str | None
	uom: str | None = Field(description="The unit of the quantities: the item's stock unit")
	actual: float
	reserved: float
	sellable: float = Field(
		description="actual − reserved − what the account keeps back; negative when more is sold than there is"
	)
	warehouses: list[WarehouseStock] | None = Field(description="If by_warehouse was asked for")


class StockOut(Model):
	warehouses: list[str] = Field(description="The warehouses that were counted")
	stock: list[ItemStock]
	unknown: list[str] = Field(description="Item codes that are not kept in stock here")
	next: str | None = Field(description=NEXT)


class ItemsIn(Model):
	item_codes: list[str] = Field(default_factory=list, max_length=PAGE_LIMIT, description="Empty: all items")
	item_group: str | None = Field(None, max_length=140, description="With the groups below it")
	variant_of: str | None = Field(None, max_length=140, description="Only the variants of this template")
	include_disabled: bool = Field(False, description="Also what is not sold any more")
	modified_after: datetime | None = Field(None, description="Only what changed later")
	limit: int = Field(PAGE, ge=1, le=PAGE_LIMIT)
	after: str | None = Field(None, max_length=140, description="`next` of the page before")


class Barcode(Model):
	barcode: str
	type: str | None
	uom: str | None


class Attribute(Model):
	attribute: str
	value: str | None


class Item(Model):
	item_code: str
	item_name: str | None
	description: str | None = Field(description="HTML")
	item_group: str | None
	brand: str | None
	stock_uom: str | None
	sales_uom: str | None
	is_stock_item: bool
	has_variants: bool = Field(description="True: a template, sold only as one of its variants")
	variant_of: str | None
	image: str | None = Field(description="Address of the picture")
	weight_per_unit: float | None
	weight_uom: str | None
	disabled: bool
	modified: str
	barcodes: list[Barcode]
	attributes: list[Attribute]


class ItemsOut(Model):
	items: list[Item]
	next: str | None = Field(description=NEXT)
