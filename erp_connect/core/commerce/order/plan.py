"""What a plan for an ERPNext document is: its rows, what ERPNext will make of them, and why.

Promises plain immutable records with exact decimals. A plan with anything in `held` must not be submitted;
`held` names the amounts and what to do. Computes nothing; see `planner`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.totals.sheet import DiscountOn, Totals
from erp_connect.core.values.brackets import in_round

ZERO = Decimal(0)


@dataclass(frozen=True)
class PlannedItem:
	"""One item row. rate: what ERPNext multiplies; list_price: before discount, at least the rate.

	One line of the shop may become two rows (3 for 10.00); `line_id` says which line a row belongs to. kind:
	"item", "gift_card" or "shipping" (then the site's own item for it is meant).
	"""

	line_id: str
	sku: str
	name: str
	quantity: Decimal
	rate: Decimal
	amount: Decimal
	list_price: Decimal
	kind: str = "item"
	uom: str = ""
	is_free: bool = False


@dataclass(frozen=True)
class PlannedCharge:
	"""One row of Sales Taxes and Charges.

	kind: "tax", "shipping", "discount", "rounding", "gift_card", "adjustment", "refund", "none" (a guard of
	zero), or the kind of a fee ("fee", "tip" …); with title and rate it is what an account is looked up by. amount: what the row must come to.
	charge_type "Actual" books the amount; "On Net Total" books `rate` percent, `included` in the item rates.
	shares: how much of a tax lies on which line of the shop, for the item-wise tax detail.
	"""

	kind: str
	title: str
	amount: Decimal
	rate: Decimal | None = None
	charge_type: str = "Actual"
	included: bool = False
	shares: Mapping[str, Decimal] = field(default_factory=dict)

	@property
	def description(self) -> str:
		"""What its row is called."""
		return in_round(self.title or self.kind)

	def is_of(self, description: str | None) -> bool:
		"""Whether a row that is called so is one of this charge."""
		return in_round(description or "") == self.description


def guarded(charges: list[PlannedCharge], guard: bool) -> list[PlannedCharge]:
	"""The charges, or one row of zero in place of none if a guard is wanted."""
	return charges or [PlannedCharge("none", "No tax", ZERO)] if guard else charges


@dataclass(frozen=True)
class OrderPlan:
	"""A Sales Order or Sales Invoice to be made of a shop's order.

	expected_total: the shop's; difference: shop's total less the one predicted for ERPNext. predicted is None
	when there was nothing to compute. explanation: how the total comes about, and what was done on the way.
	"""

	order_id: str
	currency: str
	conversion_rate: Decimal
	items: tuple[PlannedItem, ...]
	taxes: tuple[PlannedCharge, ...]
	discount_on: DiscountOn
	discount_amount: Decimal
	expected_total: Decimal
	total_tax: Decimal
	predicted: Totals | None
	difference: Decimal
	held: tuple[Note, ...]
	explanation: tuple[Note, ...]

	@property
	def is_held(self) -> bool:
		"""Whether a person has to look before this is booked."""
		return bool(self.held)

	def rows_are_those_of(self, other: OrderPlan) -> bool:
		"""Whether both have the same item rows, whatever the ids of their lines."""
		return _rows(self, line_id="") == _rows(other, line_id="")

	def costs_as(self, other: OrderPlan) -> bool:
		"""As `rows_are_those_of`, whatever the names of the goods."""
		return _rows(self, line_id="", name="") == _rows(other, line_id="", name="")

	def charges_are_those_of(self, other: OrderPlan) -> bool:
		"""Whether both have the same taxes and charges, and the same discount on the whole."""
		return _charges(self) == _charges(other)

	def rows_of(self, line_id: str) -> tuple[int, ...]:
		"""Positions (from 0) of the item rows that a line of the shop became."""
		return tuple(index for index, item in enumerate(self.items) if item.line_id == line_id)


def _rows(plan: OrderPlan, **blank: str) -> Counter[PlannedItem]:
	return Counter(replace(item, **blank) for item in plan.items)


def _charges(plan: OrderPlan) -> Counter[tuple[object, ...]]:
	found = Counter(
		(row.kind, row.title, row.amount, row.rate, row.charge_type, row.included)
		for row in plan.taxes
		if row.amount
	)
	if plan.discount_amount:
		found["discount", plan.discount_on, plan.discount_amount] += 1
	return found
