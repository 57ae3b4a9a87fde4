"""How an account does business: the tab Commerce of Integration Settings as settled values."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import flt

UPDATE = "Update"
MATCH_KEYS = ("external_id", "email", "phone", "tax_id")


@dataclass(frozen=True)
class CommerceSettings:
	account: str
	company: str | None
	match_keys: tuple[str, ...]
	update_customers: bool
	customer_group: str | None
	territory: str | None
	price_list: str | None
	create_items: bool
	codes_ignore_case: bool
	item_group: str | None
	warehouse: str | None
	warehouses: tuple[str, ...]
	submit_orders: bool
	payment_makes: str
	mode_of_payment: str | None
	payment_account: str | None
	fulfilment_makes: str
	refund_makes: str
	rounding_limit: float
	accounts: tuple
	walk_in_customer: str | None = None
	gift_card_item: str | None = None
	stock_buffer: float = 0

	def account_for(self, kind: str, title: str):
		"""The row of Ledger accounts for a tax, shipping method, discount or fee; None when none is listed.

		The exact title wins over the row for all others.
		"""
		rows = [row for row in self.accounts if row.kind == kind]
		wanted = title.strip().casefold()
		exact = next((row for row in rows if (row.title or "").strip().casefold() == wanted and wanted), None)
		return exact or next((row for row in rows if (row.title or "*").strip() in ("", "*")), None)


def load(account: str) -> CommerceSettings:
	doc = frappe.get_cached_doc("Integration Settings", account)
	selling = frappe.get_cached_doc("Selling Settings")
	return CommerceSettings(
		account=doc.name,
		company=doc.company,
		match_keys=_keys(doc.customer_match_keys),
		update_customers=doc.known_customers == UPDATE,
		customer_group=doc.customer_group or selling.customer_group,
		territory=doc.territory or selling.territory,
		price_list=doc.price_list or selling.selling_price_list,
		create_items=doc.missing_item == "Create the item",
		codes_ignore_case=bool(doc.item_codes_ignore_case),
		item_group=doc.item_group,
		warehouse=doc.warehouse,
		warehouses=tuple(row.warehouse for row in doc.warehouses)
		or ((doc.warehouse,) if doc.warehouse else ()),
		submit_orders=bool(doc.submit_orders),
		payment_makes=doc.payment_makes or "Payment Entry",
		mode_of_payment=doc.mode_of_payment,
		payment_account=doc.payment_account,
		fulfilment_makes=doc.fulfilment_makes or "Delivery Note",
		refund_makes=doc.refund_makes or "Credit Note and Payment Entry",
		rounding_limit=doc.rounding_limit or 0,
		accounts=tuple(doc.commerce_accounts),
		walk_in_customer=doc.walk_in_customer,
		gift_card_item=doc.gift_card_item,
		stock_buffer=flt(doc.stock_buffer),
	)


def _keys(text: str | None) -> tuple[str, ...]:
	wanted = [part.strip() for part in (text or "").split(",") if part.strip()]
	return tuple(key for key in wanted if key in MATCH_KEYS) or MATCH_KEYS
