"""What a refund claims back, thing by thing, and what of each thing has been claimed before.

Promises that several refunds of one line add up to exactly what the line cost, whatever the cents between
them; and that nothing can be claimed beyond what was bought: quantity, amount or tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.events import ReturnedPieces
from erp_connect.core.commerce.order.parts import GIFT_CARD, ITEM
from erp_connect.core.commerce.totals.money import ZERO, settle, shown, spread, unit
from erp_connect.core.values.numbers import round_half_up


@dataclass
class Account:
	"""One thing that was charged. kind: that of its part. quantity: zero for what has no pieces; taxes: one amount per tax of the
	order; the `claimed_` counterparts say what has been paid back of it."""

	kind: str
	id: str
	title: str
	quantity: Decimal
	net: Decimal
	taxes: list[Decimal]
	claimed_quantity: Decimal = ZERO
	claimed_net: Decimal = ZERO
	claimed_taxes: list[Decimal] = field(default_factory=list)

	def __post_init__(self) -> None:
		self.claimed_taxes = self.claimed_taxes or [ZERO] * len(self.taxes)

	@property
	def is_line(self) -> bool:
		"""Whether it is a line of the order, which may have item rows."""
		return self.kind in (ITEM, GIFT_CARD)

	@property
	def pieces_left(self) -> Decimal:
		"""Quantity that has not been paid back."""
		return self.quantity - self.claimed_quantity

	@property
	def net_left(self) -> Decimal:
		"""Net amount that has not been paid back."""
		return self.net - self.claimed_net

	@property
	def taxes_left(self) -> list[Decimal]:
		"""Of each tax, what has not been paid back."""
		return [tax - claimed for tax, claimed in zip(self.taxes, self.claimed_taxes, strict=True)]

	@property
	def name(self) -> str:
		"""The thing for a message."""
		return f"{self.title} ({self.id})" if self.title and self.id else self.title or self.id


@dataclass(frozen=True)
class Claim:
	"""What is paid back of one account. Amounts are positive."""

	account: Account
	quantity: Decimal
	net: Decimal
	taxes: tuple[Decimal, ...]
	restock: bool = False
	location: str = ""

	@property
	def total(self) -> Decimal:
		"""Net and taxes together."""
		return self.net + sum(self.taxes, ZERO)

	def settle(self) -> None:
		"""Books the claim as made, so that the next one starts from there."""
		account = self.account
		account.claimed_quantity += self.quantity
		account.claimed_net += self.net
		account.claimed_taxes = [a + b for a, b in zip(account.claimed_taxes, self.taxes, strict=True)]


@dataclass(frozen=True)
class Terms:
	"""What claims of one order have in common. inclusive: whether stated amounts contain tax."""

	digits: int
	inclusive: bool
	currency: str


def claim_pieces(account: Account, line: ReturnedPieces, terms: Terms) -> Claim:
	"""The claim of a refunded line: the shop's own amounts if it states them, else the line's share."""
	net = _share(account.net, account.claimed_net, account, line.quantity, terms.digits)
	taxes = [
		_share(tax, claimed, account, line.quantity, terms.digits)
		for tax, claimed in zip(account.taxes, account.claimed_taxes, strict=True)
	]
	if line.amount is not None or line.tax is not None:
		# Without pieces it is a price reduction, and its tax goes by what is left of the line.
		usual = (net, taxes) if line.quantity else (account.net_left, account.taxes_left)
		net, taxes = _stated(account, line.amount, line.tax, usual, terms)
	return Claim(account, line.quantity, net, tuple(taxes), line.restock, line.location)


def claim_amount(account: Account, amount: Decimal, tax: Decimal | None, terms: Terms) -> Claim:
	"""The claim of an amount without pieces, such as part of the shipping."""
	net, taxes = _stated(account, amount, tax, (account.net_left, account.taxes_left), terms)
	return Claim(account, ZERO, net, tuple(taxes))


def spread_amount(accounts: Sequence[Account], amount: Decimal, terms: Terms) -> list[Claim]:
	"""`amount` claimed from all accounts in proportion to what is left of each, taxes included."""
	weights: list[Decimal] = []
	for account in accounts:
		weights += [account.net_left, *account.taxes_left]
	shares = iter(spread(amount, weights, terms.digits)) if weights else iter(())
	return [
		Claim(account, ZERO, next(shares), tuple(next(shares) for _ in account.taxes)) for account in accounts
	]


def objections(claim: Claim, terms: Terms) -> list[Note]:
	"""Why a claim is more than what was bought; empty when it is not."""
	account = claim.account
	found = []
	if claim.quantity > account.pieces_left:
		found.append(
			Note(
				"quantity_exceeded",
				"{name}: {wanted} given back, but only {left} of {bought} are left to give back.",
				{
					"name": account.name,
					"wanted": _count(claim.quantity),
					"left": _count(account.pieces_left),
					"bought": _count(account.quantity),
				},
			)
		)
	left = account.net_left + sum(account.taxes_left, ZERO)
	leeway = unit(terms.digits)
	limits = (
		(claim.total, left, ZERO),
		(claim.net, account.net_left, leeway),
		(sum(claim.taxes, ZERO), sum(account.taxes_left, ZERO), leeway),
	)
	if any(_beyond(*limit) for limit in limits):
		found.append(
			Note(
				"amount_exceeded",
				"{name}: {wanted} paid back ({tax} of it tax), but only {left} ({left_tax} of it tax) is left.",
				{
					"name": account.name,
					"wanted": shown(claim.total, terms.currency),
					"tax": shown(sum(claim.taxes, ZERO), terms.currency),
					"left": shown(left, terms.currency),
					"left_tax": shown(sum(account.taxes_left, ZERO), terms.currency),
				},
			)
		)
	return found


def _beyond(claimed: Decimal, left: Decimal, leeway: Decimal) -> bool:
	"""Whether more is claimed than is left; of something below zero (a discount), less."""
	return claimed > left + leeway if left >= 0 else claimed < left - leeway


def _share(whole: Decimal, claimed: Decimal, account: Account, pieces: Decimal, digits: int) -> Decimal:
	"""The part of `whole` that goes with `pieces`, so that all the pieces together come to the whole."""
	before = account.claimed_quantity
	if not account.quantity or not pieces:
		return ZERO
	if before + pieces >= account.quantity:
		return whole - claimed
	share = _upto(whole, before + pieces, account, digits) - _upto(whole, before, account, digits)
	return min(share, whole - claimed) if whole > 0 else max(share, whole - claimed)


def _upto(whole: Decimal, count: Decimal, account: Account, digits: int) -> Decimal:
	return round_half_up(whole * count / account.quantity, digits)


def _stated(
	account: Account,
	amount: Decimal | None,
	tax: Decimal | None,
	usual: tuple[Decimal, list[Decimal]],
	terms: Terms,
) -> tuple[Decimal, list[Decimal]]:
	"""Net and taxes where the shop states an amount, a tax, or both; `usual` is what they would be."""
	net, taxes = usual
	usual_tax = sum(taxes, ZERO)
	usual_amount = net + usual_tax if terms.inclusive else net
	if amount is None:
		amount = net + (tax or ZERO) if terms.inclusive else net
	amount = round_half_up(amount, terms.digits)
	if tax is None:
		tax = usual_tax * amount / usual_amount if usual_amount else ZERO
	tax = round_half_up(tax, terms.digits)
	net = amount - tax if terms.inclusive else amount
	weights = taxes if usual_tax else account.taxes
	if not weights:
		# No tax was ever charged on it: let the amount carry it, and the limits object.
		return net + tax, []
	if sum(weights, ZERO):
		return net, spread(tax, weights, terms.digits)
	return net, settle([tax] + [ZERO] * (len(weights) - 1), tax, terms.digits)


def _count(quantity: Decimal) -> str:
	return shown(quantity).removesuffix(".00")
