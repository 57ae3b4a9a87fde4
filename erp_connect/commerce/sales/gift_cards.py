"""Lines that sell gift cards: money that is owed to whoever holds the card, and no income.

Promises an item whose invoices are booked on a liability, or the order is held. Writes nothing.
"""

from __future__ import annotations

import frappe
from erpnext.setup.doctype.brand.brand import get_brand_defaults
from erpnext.setup.doctype.item_group.item_group import get_item_group_defaults
from erpnext.stock.doctype.item.item import get_item_defaults

from erp_connect.commerce.sales.articles import known_items
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.plan import PlannedItem
from erp_connect.records.write import HeldForReview

CODE = "gift_card"
LIABILITY = "Liability"
# Where ERPNext looks for the account of an invoice's row, in its order.
DEFAULTS = (get_item_defaults, get_item_group_defaults, get_brand_defaults)


def item_of(settings: CommerceSettings, planned: PlannedItem) -> str:
	"""The Item of a gift card: the account's own, else the one of the line's code. Raises `HeldForReview`.

	None is made of an unknown code: its account would have to be chosen before it is sold.
	"""
	item = settings.gift_card_item or known_items(settings, [planned.sku]).get(planned.sku)
	if not item:
		raise HeldForReview(
			"There is no item for gift card {sku} ({name}). Choose a Gift Card Item in account {account}, or create an item with "
			"this code whose Default Income Account is a liability; then {again}.",
			code=CODE,
			sku=planned.sku or "-",
			name=planned.name or "-",
			account=settings.account,
		)
	_require_liability(settings, item)
	return item


def _require_liability(settings: CommerceSettings, item: str) -> None:
	accounts = (defaults(item, settings.company).get("income_account") for defaults in DEFAULTS)
	account = next(filter(None, accounts), None)
	if account and frappe.get_cached_value("Account", account, "root_type") == LIABILITY:
		return
	raise HeldForReview(
		"Item {item} sells gift cards, but its invoices would be booked as income ({booked}). Set a liability ledger account as "
		"Default Income Account in its Item Defaults for {company}, or choose a Gift Card Item in account {account}; then "
		"{again}.",
		code=CODE,
		item=item,
		booked=account or "-",
		company=settings.company,
		account=settings.account,
	)
