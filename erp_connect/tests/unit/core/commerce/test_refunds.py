"""Refunds: what they give back is what the shop paid back, and together never more than was bought."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.commerce import (
	Order,
	PlanSettings,
	Refund,
	RefundPlan,
	item_fields,
	plan_order,
	plan_refund,
)
from erp_connect.core.commerce.order.planner import exact
from erp_connect.core.commerce.totals.rounding import BANKERS, COMMERCIAL, LEGACY
from erp_connect.tests.unit.core.commerce.shops import random_order


def vat(amount: str) -> dict[str, Any]:
	return {"title": "VAT", "rate": 20, "amount": amount}


@pytest.fixture
def order() -> Order:
	"""3 for 10.00 and 1 for 20.00, 20 % on top, shipping 5.00 + 1.00: 42.00."""
	return Order.read(
		{
			"id": "1",
			"currency": "EUR",
			"total": "42.00",
			"lines": [
				{"id": "a", "sku": "A", "quantity": 3, "total": "10.00", "tax_lines": [vat("2.00")]},
				{"id": "b", "sku": "B", "quantity": 1, "unit_price": "20.00", "tax_lines": [vat("4.00")]},
			],
			"shipping": [{"title": "Post", "amount": "5.00", "tax_lines": [vat("1.00")]}],
		}
	)


def refund(number: str = "r", **fields: Any) -> Refund:
	return Refund.read({"id": number, **fields})


def back(line: str, quantity: Any = 1, **more: Any) -> dict[str, Any]:
	return {"line_id": line, "quantity": quantity, **more}


def total(plan: RefundPlan) -> str:
	"""What a plan that is exact gives back."""
	assert not plan.held, [str(note) for note in plan.held]
	assert plan.predicted and exact(plan.predicted.grand_total) == plan.expected_total
	return f"{-plan.expected_total:.2f}"


def codes(plan: RefundPlan) -> list[str]:
	return [note.code for note in plan.held]


def test_some_pieces_of_a_line(order):
	plan = plan_refund(order, refund(lines=[back("a", 2, restock=True, location="L1")]))
	assert total(plan) == "8.00"
	assert [(item.quantity, str(item.rate), item.row) for item in plan.items] == [
		(-1, "3.34", 1),
		(-1, "3.33", 0),
	]
	assert [(row.title, str(row.amount), dict(row.shares)) for row in plan.taxes] == [
		("VAT", "-1.33", {"a": Decimal("-1.33")})
	]
	assert {item.location for item in plan.items if item.restock} == {"L1"}


def test_one_by_one_adds_up_to_the_whole_line(order):
	past: list[Refund] = []
	amounts = []
	for number in range(3):
		this = refund(str(number), lines=[back("a")])
		amounts.append(total(plan_refund(order, this, earlier=past)))
		past.append(this)
	assert amounts == ["4.00", "4.00", "4.00"]
	rows = [plan_refund(order, past[2], earlier=past[:2])]
	assert [(str(item.rate), str(item.amount)) for item in rows[0].items] == [("3.33", "-3.33")]
	held = plan_refund(order, refund("4", lines=[back("a")]), earlier=past)
	assert codes(held) == ["quantity_exceeded"]
	assert "1 given back, but only 0 of 3" in str(held.held[0])


def test_amounts_the_shop_states_win(order):
	plan = plan_refund(order, refund(lines=[back("a", 1, amount="3.00", tax="0.60")], amount="3.60"))
	assert total(plan) == "3.60"
	without_tax = plan_refund(order, refund(lines=[back("b", 1, amount="10.00")]))
	assert total(without_tax) == "12.00"


def test_a_rate_is_never_above_that_of_the_row(order):
	# ERPNext refuses it. The shop pays back 3.34 each; only one row has that rate.
	past = [refund("1", lines=[back("a", 1, amount="3.34", tax="0.67")])]
	plan = plan_refund(order, refund("2", lines=[back("a", 1, amount="3.34", tax="0.67")]), earlier=past)
	assert total(plan) == "4.01"
	rates = plan_order(order).items
	assert all(item.rate <= rates[item.row].rate for item in plan.items)
	assert [str(row.amount) for row in plan.taxes if row.kind == "rounding"] == ["-0.01"]


def test_shipping_alone(order):
	plan = plan_refund(order, refund(shipping="2.50"))
	assert total(plan) == "3.00"
	assert [(row.kind, str(row.amount)) for row in plan.taxes] == [("shipping", "-2.50"), ("tax", "-0.50")]
	assert [(item.quantity, item.rate) for item in plan.items] == [(0, 0)]
	assert total(plan_refund(order, refund(shipping="5", shipping_tax="1"))) == "6.00"
	assert codes(plan_refund(order, refund(shipping="5.01"))) == ["amount_exceeded"]


def test_shipping_that_was_never_charged():
	order = Order.read(
		{"id": 1, "currency": "EUR", "total": 1, "lines": [{"id": "a", "quantity": 1, "unit_price": 1}]}
	)
	assert "no_shipping" in codes(plan_refund(order, refund(shipping="1")))


def test_an_amount_without_goods(order):
	plan = plan_refund(order, refund(amount="21.00"))
	assert total(plan) == "21.00"
	assert plan.amount_only and not any(item.restock for item in plan.items)
	assert {row.kind: str(row.amount) for row in plan.taxes} == {
		"refund": "-5.00",
		"shipping": "-2.50",
		"tax": "-3.50",
	}
	# 10.00 of B is within its rate; 5.00 of A is not, so that is a charge.
	assert [(item.sku, item.quantity, item.rate) for item in plan.items] == [("B", 0, 10)]
	assert total(plan_refund(order, refund(amount="42.00"))) == "42.00"
	held = plan_refund(order, refund(amount="42.01"))
	assert codes(held)[0] == "amount_exceeded" and "42.00 EUR" in str(held.held[0])


def test_an_amount_after_the_goods_went_back(order):
	past = [refund("1", lines=[back("a", 3), back("b")])]
	plan = plan_refund(order, refund("2", amount="6.00"), earlier=past)
	assert codes(plan) == ["no_items"]
	assert codes(plan_refund(order, refund("2", amount="6.01"), earlier=past))[0] == "amount_exceeded"


def test_a_restocking_fee_and_an_unexplained_difference(order):
	fee = {"title": "Restocking", "amount": "-2.00"}
	assert total(plan_refund(order, refund(lines=[back("b")], adjustments=[fee], amount="22.00"))) == "22.00"
	held = plan_refund(order, refund(lines=[back("b")], amount="22.00"))
	assert codes(held) == ["refund_total"]
	assert "-2.00 EUR" in str(held.held[0])
	assert total(plan_refund(order, refund(lines=[back("b")], amount="24.01"))) == "24.01"


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"lines": [back("z")]}, "unknown_line"),
		({"lines": [back("a", 4)]}, "quantity_exceeded"),
		({"lines": [back("b", 1, amount="20.01", tax="4.00")]}, "amount_exceeded"),
		({"lines": [back("b", 1, amount="19.00", tax="5.00")]}, "amount_exceeded"),
	],
)
def test_refuses_more_than_was_bought(order, fields, code):
	assert code in codes(plan_refund(order, refund(**fields)))


def test_the_refund_of_a_held_order_is_held():
	order = Order.read(
		{"id": 1, "currency": "EUR", "total": 9, "lines": [{"id": "a", "quantity": 1, "unit_price": 1}]}
	)
	assert "order_held" in codes(plan_refund(order, refund(lines=[back("a")])))


def test_prices_with_tax_and_a_discount_on_the_order():
	order = Order.read(
		{
			"id": 1,
			"currency": "EUR",
			"total": "108.00",
			"prices_include_tax": True,
			"lines": [{"id": "a", "quantity": 2, "unit_price": "60.00", "tax_lines": [vat("18.00")]}],
			"order_discount": {"amount": "12.00"},
		}
	)
	plan = plan_refund(order, refund(lines=[back("a")]))
	assert total(plan) == "54.00"
	assert total(plan_refund(order, refund(lines=[back("a", 1, amount="54.00")]))) == "54.00"
	assert item_fields(plan.items[0])["qty"] == -1.0


def _pieces(rnd: Random, left: dict[str, Decimal]) -> list[dict[str, Any]]:
	return [
		back(line, str(rnd.choice((quantity, min(quantity, Decimal(1))))))
		for line, quantity in left.items()
		if quantity > 0 and rnd.random() < 0.6
	]


def _given_back(
	order: Order, site: PlanSettings, rnd: Random
) -> tuple[Decimal, list[Refund], dict[str, Decimal]]:
	left = {line.id: line.quantity for line in order.lines}
	past: list[Refund] = []
	paid = Decimal(0)
	for number in range(3):
		lines = _pieces(rnd, left)
		this = refund(str(number), lines=lines)
		plan = plan_refund(order, this, site, earlier=past)
		if lines and "no_items" not in codes(plan):
			paid += Decimal(total(plan))
			_within_the_rows(plan_order(order, site).items, plan)
		past.append(this)
		for line in lines:
			left[line["line_id"]] -= Decimal(line["quantity"])
	return paid, past, left


def _within_the_rows(rows: Sequence[Any], plan: RefundPlan) -> None:
	for item in plan.items:
		assert item.rate <= rows[item.row].rate and -item.quantity <= rows[item.row].quantity


@settings(max_examples=120, deadline=None)
@given(
	st.integers(0, 2**32),
	st.sampled_from([BANKERS, LEGACY, COMMERCIAL]),
	st.sampled_from(["actual", "rate"]),
	st.sampled_from([2, 2, 3, 4]),
	st.sampled_from(["split", "charge"]),
)
def test_any_refunds_in_steps_come_to_the_whole_order(seed, method, tax_rows, digits, uneven):
	order = Order.read(random_order(seed))
	site = PlanSettings(method=method, tax_rows=tax_rows, digits=digits, uneven_lines=uneven)
	if plan_order(order, site).held:
		return
	paid, past, left = _given_back(order, site, Random(seed))
	rest = order.total - paid
	if rest > 0 and any(quantity > 0 for quantity in left.values()):
		last = plan_refund(order, refund("rest", amount=str(rest)), site, earlier=past)
		assert "amount_exceeded" not in codes(last)
		if not last.held:
			assert Decimal(total(last)) == rest
		more = refund("more", amount=str(rest + Decimal("0.01")))
		assert plan_refund(order, more, site, earlier=past).held


def test_what_is_computed_of_a_price_without_tax_is_rounded(order):
	plan = plan_refund(order, refund(shipping="1.23456", shipping_tax="0.24691"))
	assert total(plan) == "1.48"
	plan = plan_refund(order, refund(adjustments=[{"title": "Kindness", "amount": "2.3451"}]))
	assert total(plan) == "2.35"


def test_money_with_more_decimals_than_there_are_is_held(order):
	for fields in ({"amount": "1.2345"}, {"amount": "4.0001", "lines": [back("a")]}):
		(note, *_rest) = plan_refund(order, refund(**fields)).held
		assert note.code == "precision", str(note)
