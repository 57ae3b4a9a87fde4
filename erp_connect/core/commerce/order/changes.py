"""What a source charges for an order now, and did not before: one sentence for each difference.

Promises that two orders without a difference are charged alike, whatever the order of their lines; of whatever
else an order says, nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from erp_connect.core.commerce.errors import Note
from erp_connect.core.commerce.order.lines import Charge, Line
from erp_connect.core.commerce.order.model import Order
from erp_connect.core.commerce.order.record import Record
from erp_connect.core.commerce.totals.money import ZERO, shown

# The fields of an order that decide what is charged.
CHARGED = (
	"currency", "prices_include_tax", "lines", "shipping", "fees", "order_discount", "tax_lines", "total_tax",
	"rounding", "total",
)  # fmt: skip


def differences(old: Order, new: Order) -> list[Note]:
	"""What `new` charges otherwise than `old`; empty where both charge the same."""
	money = new.currency
	found = _of_lines(old, new)
	if old.currency != new.currency:
		found.append(_was("currency", "The currency was {old}, now it is {new}.", old.currency, new.currency))
	if old.prices_include_tax != new.prices_include_tax:
		found.append(Note("prices_include_tax", "Whether prices include tax has changed."))
	found += _of_charges(
		"shipping", "Shipping was {old}, now it is {new}.", old.shipping, new.shipping, money
	)
	found += _of_charges("fees", "Fees were {old}, now they are {new}.", old.fees, new.fees, money)
	if _plain(old.discount) != _plain(new.discount):
		found.append(
			_was(
				"discount",
				"The discount on the order was {old}, now it is {new}.",
				*_both(old.discount.amount, new.discount.amount, money),
			)
		)
	if _each(old.tax_lines) != _each(new.tax_lines) or old.total_tax != new.total_tax:
		found.append(
			_was("tax", "Taxes were {old}, now they are {new}.", *_both(_tax(old), _tax(new), money))
		)
	for name, template in (
		("rounding", "The rounding was {old}, now it is {new}."),
		("total", "The total was {old}, now it is {new}."),
	):
		before, after = getattr(old, name) or ZERO, getattr(new, name) or ZERO
		if before != after:
			found.append(_was(name, template, *_both(before, after, money)))
	return found


def _of_lines(old: Order, new: Order) -> list[Note]:
	found = []
	for line in new.lines:
		known = old.line(line.id)
		if known is None:
			found.append(
				_line("line_added", "Line {line} is new: {quantity} for {amount}.", line, new.currency)
			)
		else:
			found += _of_line(known, line, new.currency)
	for line in old.lines:
		if new.line(line.id) is None:
			found.append(
				_line(
					"line_removed", "Line {line} is gone: it was {quantity} for {amount}.", line, old.currency
				)
			)
	return found


def _of_line(old: Line, new: Line, currency: str) -> list[Note]:
	if _plain(old) == _plain(new):
		return []
	found = []
	for code, template, before, after in (
		("article", "Line {line}: the article was {old}, now it is {new}.", old.sku, new.sku),
		(
			"gift_card",
			"Line {line}: whether it is a gift card was {old}, now it is {new}.",
			_yes_or_no(old.is_gift_card),
			_yes_or_no(new.is_gift_card),
		),
		("uom", "Line {line}: the unit was {old}, now it is {new}.", old.uom, new.uom),
		(
			"quantity",
			"Line {line}: the quantity was {old}, now it is {new}.",
			_count(old.quantity),
			_count(new.quantity),
		),
		(
			"amount",
			"Line {line}: it cost {old}, now it costs {new}.",
			*_both(old.amount, new.amount, currency),
		),
	):
		if before != after:
			found.append(
				Note(code, template, {"line": _name(new), "old": before or "-", "new": after or "-"})
			)
	return found or [
		Note("line", "Line {line}: its name, tax or discount has changed.", {"line": _name(new)})
	]


def _of_charges(
	code: str, template: str, old: Sequence[Charge], new: Sequence[Charge], currency: str
) -> list[Note]:
	if _each(old) == _each(new):
		return []
	return [_was(code, template, *_both(_sum(old), _sum(new), currency))]


def _sum(charges: Iterable[Charge]) -> Decimal:
	return sum((one.amount - (getattr(one, "discount", None) or ZERO) for one in charges), ZERO)


def _tax(order: Order) -> Decimal:
	if order.total_tax is not None:
		return order.total_tax
	return sum((tax.amount for tax in order.tax_lines), ZERO)


def _both(old: Decimal, new: Decimal, currency: str) -> tuple[str, str]:
	return shown(old, currency), shown(new, currency)


def _count(quantity: Decimal) -> str:
	return shown(quantity).removesuffix(".00")


def _yes_or_no(flag: bool) -> str:
	return "yes" if flag else "no"


def _name(line: Line) -> str:
	title = line.name or line.sku
	return f"{title} ({line.id})" if title else line.id


def _line(code: str, template: str, line: Line, currency: str) -> Note:
	params = {
		"line": _name(line),
		"quantity": _count(line.quantity),
		"amount": shown(line.amount, currency),
	}
	return Note(code, template, params)


def _was(code: str, template: str, old: str, new: str) -> Note:
	return Note(code, template, {"old": old, "new": new})


def _plain(record: Record) -> dict[str, Any]:
	return record.model_dump()


def _each(records: Iterable[Record]) -> list[dict[str, Any]]:
	return [_plain(record) for record in records]
