"""Everything that was charged in one order, as accounts that refunds claim from, and the rows left to return.

Promises the state after all earlier refunds were replayed by the same rules, so that it needs no memory of its
own. Makes no document; see `refunds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.events import Refund
from erp_connect.core.commerce.order.parts import SHIPPING, Breakdown, Part
from erp_connect.core.commerce.order.plan import OrderPlan
from erp_connect.core.commerce.order.planner import exact
from erp_connect.core.commerce.refund.claims import (
	Account,
	Claim,
	Terms,
	claim_amount,
	claim_pieces,
	objections,
	spread_amount,
)
from erp_connect.core.commerce.totals.money import ZERO, fits, settle, shown, spread
from erp_connect.core.values.numbers import round_half_up


class Ledger:
	"""The accounts of one order. taxes: title and rate of each tax, in the order of the accounts' amounts."""

	def __init__(self, breakdown: Breakdown, plan: OrderPlan, terms: Terms) -> None:
		self.terms = terms
		self.taxes = [(tax.title, tax.rate) for tax in breakdown.taxes]
		self.lines: dict[str, Account] = {}
		self.others: list[Account] = []
		nets = _line_nets(plan, terms.digits)
		for index, part in enumerate(breakdown.parts):
			self._open(part, [tax.shares[index] for tax in breakdown.taxes], nets)
		self._open_rest(plan)
		self.row_left = [item.quantity for item in plan.items]
		self.paid_back = ZERO

	def claims(self, refund: Refund) -> tuple[list[Claim], list[Note]]:
		"""What `refund` claims back, and why it cannot (an empty list when it can)."""
		reasons: list[Note] = []
		claims = []
		for line in refund.lines:
			account = self.lines.get(line.line_id)
			if account is None:
				reasons.append(
					Note(
						"unknown_line",
						"Line {line} is refunded, but the order has no such line.",
						{"line": line.line_id},
					)
				)
			else:
				claims.append(claim_pieces(account, line, self.terms))
		if refund.shipping or refund.shipping_tax:
			claims += self._shipping(refund, reasons)
		if refund.amount is not None and not fits(refund.amount, self.terms.digits):
			reasons.append(_too_fine(refund.amount, self.terms))
		elif is_amount_only(refund):
			claims = self._amount_only(refund.amount or ZERO, reasons)
		for claim in claims:
			reasons += objections(claim, self.terms)
		return claims, reasons

	def settle(self, claims: Sequence[Claim], total: Decimal) -> None:
		"""Books a refund as made."""
		for claim in claims:
			claim.settle()
		self.paid_back += total

	def _open(self, part: Part, taxes: list[Decimal], nets: dict[str, Decimal]) -> None:
		if part.line is not None:
			net = nets.get(part.id, part.net)
			self.lines[part.id] = Account(part.kind, part.id, part.title, part.line.quantity, net, taxes)
		else:
			self.others.append(Account(part.kind, part.id, part.title, ZERO, part.net, taxes))

	def _open_rest(self, plan: OrderPlan) -> None:
		"""The discount booked as a charge, and as rounding whatever is left of the order's total."""
		none = [ZERO] * len(self.taxes)
		for row in plan.taxes:
			if row.kind == "discount":
				self.others.append(Account(row.kind, "", row.title, ZERO, row.amount, list(none)))
		rest = plan.expected_total - _left([*self.lines.values(), *self.others])
		if rest:
			self.others.append(Account("rounding", "", "Rounding", ZERO, rest, list(none)))

	def _shipping(self, refund: Refund, reasons: list[Note]) -> list[Claim]:
		accounts = [account for account in self.others if account.kind == SHIPPING]
		if not accounts:
			reasons.append(
				Note(
					"no_shipping",
					"{amount} of shipping is refunded, but the order has no shipping.",
					{"amount": shown(refund.shipping or ZERO, self.terms.currency)},
				)
			)
			return []
		weights = [account.net_left + sum(account.taxes_left, ZERO) for account in accounts]
		digits = self.terms.digits
		# Shops compute what they give back of a price without tax to more decimals than anybody pays.
		amounts = spread(round_half_up(refund.shipping or ZERO, digits), weights, digits)
		if refund.shipping_tax is None:
			taxes: list[Decimal | None] = [None] * len(accounts)
		else:
			taxes = list(spread(round_half_up(refund.shipping_tax, digits), weights, digits))
		return [
			claim_amount(account, amount, tax, self.terms)
			for account, amount, tax in zip(accounts, amounts, taxes, strict=True)
		]

	def _amount_only(self, amount: Decimal, reasons: list[Note]) -> list[Claim]:
		goods = [account for account in self.lines.values() if account.pieces_left > 0]
		accounts = goods + self.others
		left = _left(accounts)
		if amount > left or not accounts:
			reasons.append(
				Note(
					"amount_exceeded",
					"{amount} is refunded, but only {left} of the order is left to pay back.",
					{
						"amount": shown(amount, self.terms.currency),
						"left": shown(left, self.terms.currency),
					},
				)
			)
			return []
		return spread_amount(accounts, amount, self.terms)


def _too_fine(amount: Decimal, terms: Terms) -> Note:
	return Note(
		"precision",
		"{amount} is paid back, which has more than {digits} decimals. Raise Currency Precision in System Settings, or send "
		"amounts in the currency's own unit.",
		{"amount": shown(amount, terms.currency), "digits": terms.digits},
	)


def is_amount_only(refund: Refund) -> bool:
	"""Whether a refund names an amount and nothing that it is for."""
	named = refund.lines or refund.shipping or refund.shipping_tax or refund.adjustments
	return not named and bool(refund.amount)


def _left(accounts: Sequence[Account]) -> Decimal:
	return sum((account.net_left + sum(account.taxes_left, ZERO) for account in accounts), ZERO)


def _line_nets(plan: OrderPlan, digits: int) -> dict[str, Decimal]:
	"""Net of each line after the discount on the document, as ERPNext shares it out."""
	nets: dict[str, Decimal] = {}
	if plan.predicted is not None:
		for item, net in zip(plan.items, plan.predicted.item_nets, strict=True):
			if item.kind != SHIPPING:
				nets[item.line_id] = nets.get(item.line_id, ZERO) + exact(net)
	# A site with more decimals than the currency shares out parts of cents, which nobody can pay back.
	whole = round_half_up(sum(nets.values(), ZERO), digits)
	return dict(zip(nets, settle(list(nets.values()), whole, digits), strict=True)) if nets else nets
