"""What ERPNext will make of a selling document: its totals, predicted without ERPNext.

Promises the figures of ERPNext 15's own calculation (net, tax rows, grand total, in both currencies), in
binary floats and with the site's rounding, so that its surprises are predicted too; independent of how a
plan was made, and therefore fit to judge it. Leaves out what a plan never uses: pricing rules, margins,
withholding, valuation-only rows, shipping rules, consolidated documents.
Behaviour: https://github.com/frappe/erpnext/blob/version-15/erpnext/controllers/taxes_and_totals.py
"""

from __future__ import annotations

from collections.abc import Sequence

from erp_connect.core.commerce.totals.rounding import rounder
from erp_connect.core.commerce.totals.sheet import (
	ACTUAL,
	ON_NET,
	ON_QUANTITY,
	ON_ROW_AMOUNT,
	ON_ROW_TOTAL,
	DiscountOn,
	ItemRow,
	SiteRules,
	TaxRow,
	Totals,
)

# ERPNext closes a gap of an inclusive document up to this many of the smallest units.
_INCLUSIVE_LEEWAY = 5.0


def calculate(
	items: Sequence[ItemRow],
	taxes: Sequence[TaxRow],
	rules: SiteRules,
	*,
	discount_amount: float = 0.0,
	discount_on: DiscountOn = "",
	is_return: bool = False,
) -> Totals:
	"""The totals ERPNext arrives at for these rows; `is_return` gives rows without quantity their meaning.

	Raises ConfigurationError for an unknown rounding method.
	"""
	document = _Document(items, taxes, rules, discount_on, is_return)
	document.discount = discount_amount
	document.run()
	if discount_amount and discount_on:
		document.apply_discount()
	return document.totals()


class _Item:
	def __init__(self, row: ItemRow, document: _Document, is_return: bool) -> None:
		money = document.money
		self.qty = document.round(row.qty, document.rules.quantity_digits)
		self.tax_rates = row.tax_rates
		self.rate = money(row.rate)
		if row.discount_percentage == 100:
			self.rate = 0.0
		elif row.price_list_rate and not self.rate:
			# ERPNext takes a rate of zero for one that is not filled in yet.
			self.rate = money(money(row.price_list_rate) * (1.0 - row.discount_percentage / 100.0))
		counts = self.qty or (-1.0 if is_return else 0.0)
		self.amount = money(self.rate * counts)
		self.net = self.amount


class _Tax:
	def __init__(self, row: TaxRow, document: _Document) -> None:
		self.row = row
		self.rate = document.round(row.rate, document.rules.quantity_digits)
		self.given = document.money(row.tax_amount)
		self.kept = self.given
		self.reset()

	def reset(self) -> None:
		self.after_discount = 0.0
		self.total = 0.0
		self.fraction = 0.0
		self.total_fraction = 0.0
		self.item_amount = 0.0
		self.item_total = 0.0

	def rate_for(self, item: _Item, digits: int, document: _Document) -> float:
		if self.row.account in item.tax_rates:
			return document.round(item.tax_rates[self.row.account], digits)
		return self.rate


class _Document:
	"""One calculation. ERPNext runs through it twice when there is a discount on the document."""

	def __init__(
		self,
		items: Sequence[ItemRow],
		taxes: Sequence[TaxRow],
		rules: SiteRules,
		discount_on: DiscountOn,
		is_return: bool,
	) -> None:
		self.rules = rules
		self.round = rounder(rules.method)
		self.items = [_Item(row, self, is_return) for row in items]
		self.taxes = [_Tax(row, self) for row in taxes]
		self.on_grand = discount_on == "Grand Total"
		self.discount = 0.0
		self.second_pass = False
		self.gap = 0.0
		self.before_discount = 0.0

	def money(self, number: float) -> float:
		return self.round(number, self.rules.digits)

	@property
	def inclusive(self) -> bool:
		return any(tax.row.included for tax in self.taxes)

	def run(self) -> None:
		for tax in self.taxes:
			tax.reset()
			if tax.row.charge_type != ACTUAL and not (self.second_pass and self.on_grand):
				tax.kept = 0.0
		if self.inclusive:
			for item in self.items:
				self._take_tax_out(item)
		self.net_total = self.money(sum(item.net for item in self.items))
		if self.taxes:
			self._add_taxes()
		if self.inclusive:
			self._close_inclusive_gap()
		self._grand_total()

	def _take_tax_out(self, item: _Item) -> None:
		fraction = per_piece = 0.0
		for index, tax in enumerate(self.taxes):
			rate = tax.rate_for(item, self.rules.quantity_digits, self) if tax.row.included else 0.0
			tax.fraction = self._fraction(tax, rate)
			before = self.taxes[index - 1].total_fraction if index else 1.0
			tax.total_fraction = before + tax.fraction
			fraction += tax.fraction
			if tax.row.charge_type == ON_QUANTITY:
				per_piece += rate * item.qty
		if not self.second_pass and item.qty and (fraction or per_piece):
			item.net = self.money((item.amount - per_piece) / (1 + fraction))

	def _fraction(self, tax: _Tax, rate: float) -> float:
		kind = tax.row.charge_type
		if kind == ON_NET:
			return rate / 100.0
		if kind == ON_ROW_AMOUNT:
			return rate / 100.0 * self._base_row(tax).fraction
		if kind == ON_ROW_TOTAL:
			return rate / 100.0 * self._base_row(tax).total_fraction
		return 0.0

	def _base_row(self, tax: _Tax) -> _Tax:
		return self.taxes[tax.row.row_id - 1]

	def _add_taxes(self) -> None:
		left = [tax.given for tax in self.taxes]
		for number, item in enumerate(self.items):
			is_last = number == len(self.items) - 1
			running = item.net
			for index, tax in enumerate(self.taxes):
				amount = self._item_tax(item, tax)
				if self.rules.row_wise:
					amount = self.money(amount)
				if tax.row.charge_type == ACTUAL:
					left[index] -= amount
					amount += left[index] if is_last else 0.0
				elif not (self.second_pass and self.on_grand):
					tax.kept += amount
				tax.item_amount = amount
				tax.after_discount += amount
				running += amount
				tax.item_total = running
		if self.on_grand and self.discount:
			self._mark_grand_total()
		for tax in self.taxes:
			self._round_row(tax)
		self._cumulate()

	def _item_tax(self, item: _Item, tax: _Tax) -> float:
		kind = tax.row.charge_type
		if kind == ACTUAL:
			return item.net * tax.given / self.net_total if self.net_total else 0.0
		rate = tax.rate_for(item, self.rules.quantity_digits, self)
		if kind == ON_QUANTITY:
			return rate * item.qty
		base = item.net
		if kind == ON_ROW_AMOUNT:
			base = self._base_row(tax).item_amount
		elif kind == ON_ROW_TOTAL:
			base = self._base_row(tax).item_total
		return rate / 100.0 * base

	def _mark_grand_total(self) -> None:
		if self.second_pass:
			for tax in self.taxes:
				tax.after_discount = self.money(tax.after_discount)
		self._cumulate()
		if self.second_pass:
			self.gap = self.money(self.before_discount - self.discount - self.taxes[-1].total)
		else:
			self.before_discount = self.taxes[-1].total

	def _round_row(self, tax: _Tax) -> None:
		if tax.row.account in self.rules.whole_accounts:
			tax.kept, tax.after_discount = round(tax.kept, 0), round(tax.after_discount, 0)
		tax.kept, tax.after_discount = self.money(tax.kept), self.money(tax.after_discount)

	def _cumulate(self) -> None:
		running = self.net_total
		for tax in self.taxes:
			running = tax.total = self.money(running + tax.after_discount)

	def _close_inclusive_gap(self) -> None:
		total = self.money(sum(item.amount for item in self.items))
		outside = sum(tax.after_discount for tax in self.taxes if not tax.row.included)
		gap = total + outside - self.money(self.taxes[-1].total)
		if self.second_pass:
			gap -= self.discount
		gap = self.money(gap)
		self.gap = gap if abs(gap) <= _INCLUSIVE_LEEWAY / 10**self.rules.digits else 0.0

	def _grand_total(self) -> None:
		exact = self.net_total
		if self.taxes:
			exact = self.taxes[-1].total + self.gap
		taxed = exact - self.net_total - self.gap if self.taxes else 0.0
		self.total_taxes = self.money(taxed)
		self.base_net_total = self.money(sum(self._base(item.net) for item in self.items))
		rate = self.rules.conversion_rate
		self.base_grand_total = self.money(exact * rate) if self.total_taxes else self.base_net_total
		self.grand_total = self.money(exact)

	def _base(self, amount: float) -> float:
		return self.money(self.money(amount) * self.rules.conversion_rate)

	def apply_discount(self) -> None:
		whole = self._discountable()
		if not whole:
			# ERPNext silently leaves the discount out.
			return
		expected = actual = 0.0
		for item in self.items:
			exact = item.net - self.discount * item.net / whole
			expected += exact
			item.net = self.money(exact)
			actual += item.net
			slip = self.money(expected - actual)
			if slip:
				item.net = self.money(item.net + slip)
				actual += slip
		self.second_pass = True
		self.run()

	def _discountable(self) -> float:
		if not self.on_grand or not self.taxes:
			return self.net_total
		fixed: dict[int, tuple[float, float]] = {}
		running = 0.0
		for index, tax in enumerate(self.taxes, start=1):
			base = fixed.get(tax.row.row_id)
			if tax.row.charge_type in (ACTUAL, ON_QUANTITY):
				amount = tax.kept
			elif base:
				amount = base[tax.row.charge_type != ON_ROW_AMOUNT] * tax.rate / 100
			else:
				continue
			running += amount
			fixed[index] = (amount, running)
		return self.before_discount - running

	def totals(self) -> Totals:
		return Totals(
			net_total=self.net_total,
			total_taxes=self.total_taxes,
			grand_total=self.grand_total,
			base_net_total=self.base_net_total,
			base_grand_total=self.base_grand_total,
			item_amounts=tuple(item.amount for item in self.items),
			item_nets=tuple(item.net for item in self.items),
			row_amounts=tuple(tax.after_discount for tax in self.taxes),
		)
