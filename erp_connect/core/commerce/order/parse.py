"""From a plain dict (what a mapping makes of a shop's order) to a canonical `Order`.

Promises either a whole order or an OrderError that names the field. Never guesses an amount; absent lists are
empty, absent amounts that may be absent are None or zero as `canonical` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.order import model as c
from erp_connect.core.commerce.order.reader import Reader, Record

_CUSTOMER = ("id", "name", "first_name", "last_name", "email", "phone", "company", "tax_id")
_ADDRESS = (
	"name",
	"company",
	"line1",
	"line2",
	"city",
	"state",
	"postcode",
	"country",
	"phone",
	"email",
)


def order_from_dict(data: Any) -> c.Order:
	"""The order in `data`, whose keys are the field names of `canonical.Order` and the records in it.

	Besides: `discounts` (a list of amounts, or of objects with `amount`) may stand for `discount` on lines and
	shipping; `rate_fraction` (0.2) may stand for `rate` (20) on taxes; the order-level discount is
	`order_discount: {amount, on, code, title}`, the delivery address is `shipping_address` and the billing
	address `billing_address`. Numbers may be texts. Raises OrderError.
	"""
	reader = Reader(data)
	order = _order(reader)
	reader.done()
	_unique("lines", (line.id for line in order.lines))
	_unique("refunds", (refund.id for refund in order.refunds))
	_unique("fulfilments", (fulfilment.id for fulfilment in order.fulfilments))
	return order


def refund_from_dict(data: Any) -> c.Refund:
	"""One refund that arrived by itself, in the shape it has inside an order. Raises OrderError."""
	reader = Reader(data)
	refund = _refund(reader)
	reader.done()
	return refund


def payment_from_dict(data: Any) -> c.Payment:
	"""One payment that arrived by itself, in the shape it has inside an order. Raises OrderError."""
	return _alone(data, _payment)


def fulfilment_from_dict(data: Any) -> c.Fulfilment:
	"""One parcel that arrived by itself, in the shape it has inside an order. Raises OrderError."""
	return _alone(data, _fulfilment)


def cancellation_from_dict(data: Any) -> c.Cancellation:
	"""A cancellation: `{id, lines: [{line_id, quantity}], date, reason}`, all but `id` optional. Raises OrderError."""
	return _alone(data, _cancellation)


def _alone(data: Any, read: Callable[[Reader], Record]) -> Record:
	reader = Reader(data)
	record = read(reader)
	reader.done()
	return record


def _order(r: Reader) -> c.Order:
	currency = r.text("currency", required=True).upper()
	if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
		raise OrderError("currency must be three letters such as EUR.", field="currency", code="currency")
	return c.Order(
		id=r.text("id", required=True),
		number=r.text("number"),
		currency=currency,
		lines=r.rows("lines", _line),
		total=r.amount("total"),
		date=r.text("date"),
		prices_include_tax=r.flag("prices_include_tax"),
		customer=r.record("customer", _customer) or c.Customer(),
		billing=r.record("billing_address", _address),
		delivery=r.record("shipping_address", _address),
		shipping=r.rows("shipping", _shipping),
		fees=r.rows("fees", _fee),
		discount=r.record("order_discount", _discount) or c.OrderDiscount(),
		tax_lines=r.rows("tax_lines", _tax_line),
		total_tax=r.maybe_amount("total_tax"),
		total_paid=r.maybe_amount("total_paid"),
		rounding=r.maybe_amount("rounding") or c.ZERO,
		refunds=r.rows("refunds", _refund),
		fulfilments=r.rows("fulfilments", _fulfilment),
		payments=r.rows("payments", _payment),
		note=r.text("note"),
	)


def _line(r: Reader) -> c.Line:
	unit_price, total = r.maybe_amount("unit_price"), r.maybe_amount("total")
	if unit_price is None and total is None:
		raise OrderError("{field} is missing: give it, or the line's total.", field=r.at("unit_price"))
	quantity = r.amount("quantity")
	if quantity < 0:
		raise OrderError(
			"{field} must not be below zero: give returned pieces as a refund.", field=r.at("quantity")
		)
	return c.Line(
		id=r.text("id", required=True),
		sku=r.text("sku"),
		name=r.text("name"),
		quantity=quantity,
		unit_price=unit_price,
		discount=_discount_of(r),
		tax_lines=r.rows("tax_lines", _tax_line),
		total=total,
		uom=r.text("uom"),
		is_free=r.flag("is_free"),
		is_gift_card=r.flag("is_gift_card"),
	)


def _discount_of(r: Reader) -> Decimal:
	if r.has("discount") and r.has("discounts"):
		raise OrderError("Give {field} or a list of discounts, not both.", field=r.at("discount"))
	listed = r.total_of("discounts")
	if listed < 0:
		raise OrderError("{field} must not be below zero.", field=r.at("discounts"), code="negative")
	return listed or r.not_negative("discount")


def _tax_line(r: Reader) -> c.TaxLine:
	rate, fraction = r.maybe_amount("rate"), r.maybe_amount("rate_fraction")
	if rate is None and fraction is not None:
		rate = fraction * 100
	return c.TaxLine(title=r.text("title") or "Tax", amount=r.amount("amount"), rate=_plain_rate(rate))


def _plain_rate(rate: Decimal | None) -> Decimal | None:
	"""20, 20.0 and 20.00 are one rate, so that rows of the same tax are found to be the same."""
	return None if rate is None else Decimal(format(rate.normalize(), "f"))


def _shipping(r: Reader) -> c.ShippingLine:
	return c.ShippingLine(
		id=r.text("id"),
		title=r.text("title") or "Shipping",
		amount=r.amount("amount"),
		discount=_discount_of(r),
		tax_lines=r.rows("tax_lines", _tax_line),
	)


def _fee(r: Reader) -> c.Fee:
	return c.Fee(
		id=r.text("id"),
		title=r.text("title") or "Fee",
		amount=r.amount("amount"),
		tax_lines=r.rows("tax_lines", _tax_line),
		kind=r.text("kind").lower() or "fee",
	)


def _discount(r: Reader) -> c.OrderDiscount:
	base: c.DiscountBase = "grand" if r.choice("on", ("net", "grand")) == "grand" else "net"
	return c.OrderDiscount(r.not_negative("amount"), base, r.text("code"), r.text("title"))


def _customer(r: Reader) -> c.Customer:
	return c.Customer(**{name: r.text(name) for name in _CUSTOMER})


def _address(r: Reader) -> c.Address:
	return c.Address(**{name: r.text(name) for name in _ADDRESS})


def _payment(r: Reader) -> c.Payment:
	return c.Payment(
		id=r.text("id", required=True),
		amount=r.amount("amount"),
		currency=r.text("currency").upper(),
		**{name: r.text(name) for name in ("gateway", "kind", "status", "reference", "date")},
	)


def _refund_line(r: Reader) -> c.RefundLine:
	quantity = r.not_negative("quantity")
	amount, tax = r.maybe_amount("amount"), r.maybe_amount("tax")
	if (amount is not None and amount < 0) or (tax is not None and tax < 0):
		raise OrderError("{field} must not be below zero: money paid back is positive.", field=r.at("amount"))
	return c.RefundLine(
		line_id=r.text("line_id", required=True),
		quantity=quantity,
		amount=amount,
		tax=tax,
		restock=r.flag("restock"),
		location=r.text("location"),
	)


def _refund(r: Reader) -> c.Refund:
	amount = r.maybe_amount("amount")
	if amount is not None and amount < 0:
		raise OrderError("{field} must not be below zero: money paid back is positive.", field=r.at("amount"))
	return c.Refund(
		id=r.text("id", required=True),
		lines=r.rows("lines", _refund_line),
		shipping=r.not_negative("shipping"),
		shipping_tax=r.maybe_amount("shipping_tax"),
		adjustments=r.rows("adjustments", _fee),
		amount=amount,
		date=r.text("date"),
		reason=r.text("reason"),
	)


def _fulfilment_line(r: Reader) -> c.FulfilmentLine:
	return c.FulfilmentLine(r.text("line_id", required=True), r.not_negative("quantity"))


def _fulfilment(r: Reader) -> c.Fulfilment:
	return c.Fulfilment(
		id=r.text("id", required=True),
		lines=r.rows("lines", _fulfilment_line),
		**{name: r.text(name) for name in ("tracking_number", "carrier", "location", "date")},
	)


def _cancelled_line(r: Reader) -> c.CancelledLine:
	return c.CancelledLine(r.text("line_id", required=True), r.not_negative("quantity"))


def _cancellation(r: Reader) -> c.Cancellation:
	return c.Cancellation(
		id=r.text("id", required=True),
		lines=r.rows("lines", _cancelled_line),
		date=r.text("date"),
		reason=r.text("reason"),
	)


def _unique(what: str, ids: Iterable[str]) -> None:
	seen: set[str] = set()
	for item in ids:
		if item in seen:
			raise OrderError(
				"{field} has the id {id} twice: each needs its own.", field=what, id=item, code="duplicate"
			)
		seen.add(item)
