"""The rows of a plan: items, charges and taxes made from an order taken apart.

Promises rows whose amounts, added up, are the shop's; whatever cannot become a row exactly is reported
instead. Does not decide which representation is used; see `planner`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.parts import GIFT_CARD, ITEM, SHIPPING, Breakdown, Part, Tax
from erp_connect.core.commerce.order.plan import PlannedCharge, PlannedItem
from erp_connect.core.commerce.order.settings import PlanSettings
from erp_connect.core.commerce.totals.money import ZERO, fits, rate_rows, shown
from erp_connect.core.commerce.totals.rounding import rounder
from erp_connect.core.commerce.totals.sheet import ON_NET

ONE = Decimal(1)


@dataclass
class Draft:
	"""Rows being collected. spare: cents that item rows could not show and a charge has to."""

	items: list[PlannedItem] = field(default_factory=list)
	charges: list[PlannedCharge] = field(default_factory=list)
	reasons: list[Note] = field(default_factory=list)
	notes: list[Note] = field(default_factory=list)
	spare: Decimal = ZERO


class RowBuilder:
	"""Builds the rows of one order. by_rate: taxes as percentages, with the item rates the shop shows."""

	def __init__(
		self, breakdown: Breakdown, settings: PlanSettings, currency: str, *, inclusive: bool, by_rate: bool
	) -> None:
		self.breakdown = breakdown
		self.settings = settings
		self.currency = currency
		self.by_rate = by_rate
		self.inclusive = inclusive
		self.gross = inclusive and by_rate
		self.draft = Draft()
		self._round = rounder(settings.method)
		self._item_parts: set[int] = set()

	def build(self) -> Draft:
		"""All rows but the order-level discount and the rounding."""
		for index, part in enumerate(self.breakdown.parts):
			if self._is_item(part) and self._add_item(part):
				self._item_parts.add(index)
			elif not self._is_item(part):
				self._add_charge(part.kind, part.title, part.net)
		for tax in self.breakdown.taxes:
			self._add_tax(tax)
		return self.draft

	def _is_item(self, part: Part) -> bool:
		if part.kind == SHIPPING:
			return self.settings.shipping_as == "item" and part.net >= 0
		if part.kind == GIFT_CARD:
			return self.settings.gift_cards_as == "item"
		return part.line is not None

	def _add_item(self, part: Part) -> bool:
		"""Whether the part is now an item (rather than a charge, or nothing)."""
		quantity = part.line.quantity if part.line else ONE
		amount = part.charged if self.gross else part.net
		if amount < 0:
			self._note("negative_line", "Line {line} is below zero and is booked as a charge.", part)
			self._add_charge("adjustment", part.title, part.net)
			return False
		if not quantity:
			if amount:
				self._hold("no_quantity", "Line {line} costs {amount} but has no quantity.", part, amount)
			return False
		if not fits(quantity, self.settings.quantity_digits):
			self._hold(
				"quantity",
				"Line {line} has a quantity with more decimals than this site keeps. "
				"Raise Float Precision in System Settings, or sell it in a smaller unit.",
				part,
				amount,
			)
			return False
		rows = self._rates(part, amount, quantity)
		if rows is None:
			return False
		self.draft.items.extend(self._item(part, *row) for row in rows)
		return True

	def _rates(self, part: Part, amount: Decimal, quantity: Decimal) -> list[tuple[Decimal, Decimal]] | None:
		if not fits(amount, self.settings.digits):
			# Only gross amounts can be this fine: nets were settled before.
			self._hold("precision", "Line {line} costs {amount}, finer than this site books.", part, amount)
			return None
		rows = rate_rows(amount, quantity, self.settings.digits, self._product)
		if rows and len(rows) == 1:
			return rows
		if self.settings.uneven_lines == "charge" or rows is None:
			rate = (amount / quantity).quantize(ONE.scaleb(-self.settings.digits))
			left = amount - self._product(quantity, rate)
			self.draft.spare += left
			self._note(
				"uneven",
				"Line {line} has no even rate: {amount} of it are a charge of their own.",
				part,
				left,
			)
			return [(quantity, rate)]
		self._note("split", "Line {line} has no even rate for {amount}, so it became two rows.", part, amount)
		return rows

	def _product(self, quantity: Decimal, rate: Decimal) -> Decimal:
		digits = self.settings.digits
		return Decimal(str(self._round(float(rate) * float(quantity), digits)))

	def _item(self, part: Part, quantity: Decimal, rate: Decimal) -> PlannedItem:
		line = part.line
		return PlannedItem(
			line_id=part.id,
			sku=line.sku if line else "",
			name=part.title,
			quantity=quantity,
			rate=rate,
			amount=self._product(quantity, rate),
			list_price=max(rate, self._list_price(part)),
			kind=part.kind if part.kind in (SHIPPING, GIFT_CARD) else ITEM,
			uom=line.uom if line else "",
			is_free=bool(line and (line.is_free or not rate)),
		)

	def _list_price(self, part: Part) -> Decimal:
		"""The price before discount, where it is comparable with the rate (both with or without tax)."""
		price = part.line.unit_price if part.line else None
		comparable = self.gross or not self.inclusive
		if price is None or not (self.settings.show_list_price and comparable and part.line.discount):
			return ZERO
		return price if fits(price, self.settings.digits) else ZERO

	def _add_charge(self, kind: str, title: str, amount: Decimal) -> None:
		if amount:
			self.draft.charges.append(PlannedCharge(kind, title, amount))

	def _add_tax(self, tax: Tax) -> None:
		shares: dict[str, Decimal] = {}
		for index in self._item_parts:
			part, share = self.breakdown.parts[index], tax.shares[index]
			if share:
				shares[part.id] = shares.get(part.id, ZERO) + share
		if not self.by_rate or tax.rate is None:
			if tax.amount:
				self.draft.charges.append(
					PlannedCharge("tax", tax.title, tax.amount, tax.rate, shares=shares)
				)
			return
		on_items = sum(shares.values(), ZERO)
		row = PlannedCharge("tax", tax.title, on_items, tax.rate, ON_NET, self.inclusive, shares)
		self.draft.charges.append(row)
		if tax.amount != on_items:
			self.draft.charges.append(PlannedCharge("tax", tax.title, tax.amount - on_items, tax.rate))

	def _note(self, code: str, template: str, part: Part, amount: Decimal = ZERO) -> None:
		self.draft.notes.append(Note(code, template, self._params(part, amount)))

	def _hold(self, code: str, template: str, part: Part, amount: Decimal) -> None:
		self.draft.reasons.append(Note(code, template, self._params(part, amount)))

	def _params(self, part: Part, amount: Decimal) -> dict[str, str]:
		name = f"{part.title} ({part.id})" if part.title else part.id
		return {"line": name, "amount": shown(amount, self.currency)}


def rows_total(items: Sequence[PlannedItem], charges: Sequence[PlannedCharge]) -> Decimal:
	"""What rows add up to: items, and charges that are not already inside the item rates."""
	outside = (charge.amount for charge in charges if not charge.included)
	return sum((item.amount for item in items), ZERO) + sum(outside, ZERO)
