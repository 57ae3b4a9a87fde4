"""Shops that charge the way real ones do, for the tests of the commerce package.

Promises orders as plain canonical dicts whose total was computed here, by the shop's own rules, before any plan
is made: tax per line or per order, prices with or without tax, cents rounded or kept. Everything comes from the
`Random` passed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

CENT = Decimal("0.01")
RATES = ("0", "5", "6.25", "7", "8.875", "19", "20", "25")


def cents(amount: Decimal, mode: str = ROUND_HALF_UP) -> Decimal:
	return amount.quantize(CENT, rounding=mode)


@dataclass
class Shop:
	"""How one shop computes. rounds_lines: tax rounded per line (Shopify), else only in the end (WooCommerce)."""

	rnd: Random
	inclusive: bool
	rounds_lines: bool
	mode: str
	tax_titles: tuple[tuple[str, Decimal], ...]
	owed: Decimal = Decimal(0)
	taxes: dict[tuple[str, Decimal], Decimal] = field(default_factory=dict)

	@classmethod
	def some(cls, rnd: Random) -> Shop:
		count = rnd.choice((0, 1, 1, 1, 2, 3))
		titles = tuple((f"Tax {index}", Decimal(rnd.choice(RATES))) for index in range(count))
		mode = rnd.choice((ROUND_HALF_UP, ROUND_HALF_EVEN))
		return cls(rnd, rnd.random() < 0.5, rnd.random() < 0.6, mode, titles)

	def price(self, low: int = 0, high: int = 20000) -> Decimal:
		return Decimal(self.rnd.randint(low, high)) * CENT

	def charge(self, amount: Decimal) -> list[dict[str, Any]]:
		"""Adds an amount to what is owed and returns the tax lines on it."""
		chosen = [title for title in self.tax_titles if self.rnd.random() < 0.8]
		whole = 1 + sum(rate for _title, rate in chosen) / 100
		lines = []
		for title, rate in chosen:
			base = amount / whole if self.inclusive else amount
			tax = base * rate / 100
			tax = cents(tax, self.mode) if self.rounds_lines else tax.quantize(Decimal("0.000001"))
			self.taxes[(title, rate)] = self.taxes.get((title, rate), Decimal(0)) + tax
			lines.append({"title": title, "rate": str(rate), "amount": str(tax)})
		self.owed += amount
		return lines

	def order(self) -> dict[str, Any]:
		"""One order, with a total this shop would ask for."""
		rnd = self.rnd
		order: dict[str, Any] = {
			"id": rnd.randint(1, 2**60),
			"currency": "EUR",
			"prices_include_tax": self.inclusive,
		}
		order["lines"] = [self.line(index) for index in range(rnd.randint(1, 6))]
		order["shipping"] = [self.shipping() for _ in range(rnd.choice((0, 1, 1, 2)))]
		order["fees"] = [self.fee() for _ in range(rnd.choice((0, 0, 0, 1, 2)))]
		self._discount(order)
		tax = {key: cents(amount, self.mode) for key, amount in self.taxes.items()}
		if rnd.random() < 0.5:
			order["tax_lines"] = [
				{"title": title, "rate": str(rate), "amount": str(amount)}
				for (title, rate), amount in tax.items()
			]
		total_tax = sum(tax.values(), Decimal(0))
		if rnd.random() < 0.7:
			order["total_tax"] = str(total_tax)
		total = self.owed if self.inclusive else self.owed + total_tax
		if rnd.random() < 0.1:
			rounded = (total / Decimal("0.05")).quantize(Decimal(1)) * Decimal("0.05")
			order["rounding"] = str(rounded - total)
			total = rounded
		order["total"] = str(total)
		return order

	def line(self, index: int) -> dict[str, Any]:
		rnd = self.rnd
		quantity = Decimal(rnd.choice(("1", "1", "2", "3", "7", "12", "0.5", "1.25", "2.333")))
		price = rnd.choice((self.price(), self.price(0, 300), Decimal(0), Decimal("19.99")))
		amount = cents(price * quantity)
		line = {"id": index, "sku": f"SKU-{index}", "name": f"Thing {index}", "quantity": str(quantity)}
		discount = Decimal(0)
		if rnd.random() < 0.4:
			discount = min(amount, rnd.choice((self.price(0, 1500), amount)))
		if discount and rnd.random() < 0.5:
			half = cents(discount / 2)
			line["discounts"] = [str(half), {"amount": str(discount - half)}]
		elif discount:
			line["discount"] = float(discount)
		line["unit_price"] = str(price)
		if amount != price * quantity or rnd.random() < 0.3:
			line["total"] = str(amount - discount)
		line["tax_lines"] = self.charge(amount - discount)
		return line

	def shipping(self) -> dict[str, Any]:
		amount = self.price(0, 1500)
		discount = amount if self.rnd.random() < 0.2 else Decimal(0)
		taxes = self.charge(amount - discount)
		return {"title": "Parcel", "amount": str(amount), "discount": str(discount), "tax_lines": taxes}

	def fee(self) -> dict[str, Any]:
		kind = self.rnd.choice(("fee", "tip", "fee"))
		amount = self.price(-400, 400)
		return {"title": "Handling", "kind": kind, "amount": str(amount), "tax_lines": self.charge(amount)}

	def _discount(self, order: dict[str, Any]) -> None:
		if self.rnd.random() < 0.7:
			return
		goods = sum((Decimal(line.get("total", "5")) for line in order["lines"]), Decimal(0))
		amount = min(cents(goods * Decimal("0.1")), max(self.owed, Decimal(0)))
		order["order_discount"] = {
			"amount": str(amount),
			"on": self.rnd.choice(("net", "grand")),
			"code": "TEN",
		}
		self.owed -= amount


def random_order(seed: int) -> dict[str, Any]:
	"""The order that a shop of this seed sends."""
	return Shop.some(Random(seed)).order()
