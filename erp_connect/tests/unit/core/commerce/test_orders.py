"""Orders as Shopify, WooCommerce and Magento send them, and random ones: the plan's total is the shop's, or held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erp_connect.core.commerce import (
	Order,
	OrderPlan,
	PlanSettings,
	item_fields,
	plan_order,
)
from erp_connect.core.commerce.order.planner import exact
from erp_connect.core.commerce.order.rows import rows_total
from erp_connect.core.commerce.totals.rounding import BANKERS, COMMERCIAL, LEGACY
from erp_connect.core.errors import ConfigurationError
from erp_connect.tests.unit.core.commerce.shops import random_order

SEEDS = st.integers(0, 2**32)
METHODS = st.sampled_from([BANKERS, LEGACY, COMMERCIAL])


def vat(amount: str, rate: Any = 19, title: str = "VAT") -> dict[str, Any]:
	return {"title": title, "rate": rate, "amount": amount}


def line(number: int, price: str, quantity: Any = 1, **more: Any) -> dict[str, Any]:
	return {
		"id": number,
		"sku": f"S{number}",
		"name": f"T{number}",
		"quantity": quantity,
		"unit_price": price,
		**more,
	}


def plan(total: str, lines: list[dict[str, Any]], site: PlanSettings | None = None, **more: Any) -> OrderPlan:
	order = Order.read({"id": "1", "currency": "EUR", "total": total, "lines": lines, **more})
	return plan_order(order, site)


def booked(result: OrderPlan) -> dict[str, str]:
	"""The charges of a plan that is exact: kind and title → amount."""
	assert not result.held, [str(note) for note in result.held]
	assert result.predicted and exact(result.predicted.grand_total) == result.expected_total
	assert result.difference == 0
	return {f"{row.kind} {row.title}": f"{row.amount:.2f}" for row in result.taxes}


def codes(result: OrderPlan) -> list[str]:
	return [note.code for note in result.held]


# --- the fixtures of the commerce rules -------------------------------------------------------------------------


def test_prices_with_tax_in_them():
	# Shopify, taxes_included: 3 × 3.33 and 22.00, shipping 4.99, all with 19 % in it.
	result = plan(
		"36.98",
		[line(1, "3.33", 3, tax_lines=[vat("1.60")]), line(2, "22.00", tax_lines=[vat("3.51")])],
		prices_include_tax=True,
		shipping=[{"title": "DHL", "amount": "4.99", "tax_lines": [vat("0.80")]}],
		total_tax="5.91",
	)
	assert booked(result) == {"shipping DHL": "4.19", "tax VAT": "5.91"}
	# 9.99 − 1.60 = 8.39 for three pieces.
	rows = [(item.quantity, str(item.rate)) for item in result.items]
	assert rows == [(1, "2.79"), (2, "2.80"), (1, "18.49")]
	assert sum(item.amount for item in result.items) == Decimal("26.88")


def test_tax_on_the_first_line_only():
	result = plan(
		"31.90",
		[line(1, "10.00", tax_lines=[vat("1.90")]), line(2, "20.00")],
		total_tax="1.90",
	)
	assert booked(result) == {"tax VAT": "1.90"}
	tax = result.taxes[0]
	assert tax.shares == {"1": Decimal("1.90")}


def test_discount_on_net():
	# 100 net, 10 off before tax, 19 % of 90.
	result = plan(
		"107.10",
		[line(1, "60"), line(2, "40")],
		order_discount={"amount": "10", "on": "net", "code": "TEN"},
		tax_lines=[vat("17.10")],
	)
	assert booked(result) == {"tax VAT": "17.10"}
	assert (result.discount_on, result.discount_amount) == ("Net Total", 10)
	assert result.predicted and result.predicted.item_nets == (54.0, 36.0)


def test_discount_on_grand_total_leaves_the_tax_as_it_is():
	lines = [line(1, "60", tax_lines=[vat("11.40")]), line(2, "40", tax_lines=[vat("7.60")])]
	discount = {"amount": "10", "on": "grand", "code": "TEN"}
	result = plan("109.00", lines, order_discount=discount)
	assert booked(result) == {"tax VAT": "19.00"}
	assert (result.discount_on, result.discount_amount) == ("Grand Total", 10)
	charged = plan("109.00", lines, PlanSettings(discount_as="charge"), order_discount=discount)
	assert booked(charged) == {"discount TEN": "-10.00", "tax VAT": "19.00"}


def test_discount_larger_than_the_goods_becomes_a_charge():
	# ERPNext drops a document discount when the goods are free, and here it has to reduce the shipping.
	result = plan(
		"2.00",
		[line(1, "0", is_free=True)],
		shipping=[{"title": "Post", "amount": "5"}],
		order_discount={"amount": "3", "on": "net"},
	)
	assert booked(result) == {"shipping Post": "5.00", "discount Discount": "-3.00"}
	assert result.discount_amount == 0


def test_taxed_shipping_with_its_own_rate():
	# WooCommerce: line totals without tax, tax_lines of the order per rate.
	result = plan(
		"131.20",
		[line(1, "50", 2, total="100.00", tax_lines=[vat("20.00", 20, "UK")])],
		shipping=[{"title": "Flat rate", "amount": "9.99", "tax_lines": [vat("0.50", 5, "UK reduced")]}],
		fees=[{"title": "COD", "amount": "0.71"}],
		tax_lines=[vat("20.00", "20.0000", "UK"), vat("0.50", "5.0000", "UK reduced")],
		total_tax="20.50",
	)
	assert booked(result) == {
		"shipping Flat rate": "9.99",
		"fee COD": "0.71",
		"tax UK": "20.00",
		"tax UK reduced": "0.50",
	}
	assert (result.taxes[-1].title, result.taxes[-1].rate) == ("UK reduced", 5)


def test_two_currencies():
	lines = [line(1, "10.00", 3, tax_lines=[vat("5.70")])]
	site = PlanSettings(company_currency="USD", conversion_rate=Decimal("1.0837"))
	result = plan("35.70", lines, site)
	booked(result)
	assert result.conversion_rate == Decimal("1.0837")
	assert result.predicted and result.predicted.base_grand_total == 38.69
	assert codes(plan("35.70", lines, PlanSettings(company_currency="USD"))) == ["conversion_rate"]
	assert plan("35.70", lines, PlanSettings(company_currency="EUR")).conversion_rate == 1


def test_a_free_item_stays_free():
	result = plan("10.00", [line(1, "10.00"), line(2, "5.00", discount="5.00")])
	booked(result)
	free = result.items[1]
	assert (free.rate, free.is_free, free.list_price) == (0, True, 5)
	row = item_fields(free)
	# With any other discount ERPNext would fill the rate from the price list.
	assert (row["discount_percentage"], row["is_free_item"]) == (100.0, 1)


def test_a_total_of_zero():
	result = plan("0.00", [line(1, "10.00", discount="10.00")], shipping=[{"amount": "5", "discount": "5"}])
	assert booked(result) == {"none No tax": "0.00"}


# --- what does not divide, add up or fit -------------------------------------------------------------------------


def test_three_for_ten():
	result = plan("10.00", [line(1, "3.333333", 3, total="10.00")])
	booked(result)
	assert [(item.quantity, str(item.rate)) for item in result.items] == [(2, "3.33"), (1, "3.34")]
	assert result.rows_of("1") == (0, 1)
	single = plan("10.00", [line(1, "3.333333", 3, total="10.00")], PlanSettings(uneven_lines="charge"))
	assert booked(single) == {"rounding Rounding": "0.01"}
	assert [(item.quantity, str(item.rate)) for item in single.items] == [(3, "3.33")]


def test_a_site_with_more_decimals_still_makes_whole_cents():
	result = plan("10.00", [line(1, "3.3333", 3, total="10.00")], PlanSettings(digits=4))
	booked(result)
	assert {str(item.rate) for item in result.items} == {"3.3333", "3.3334"}


def test_broken_quantities():
	result = plan("12.34", [line(1, "5.289", "2.333", total="12.34")])
	booked(result)
	held = plan("12.34", [line(1, "5.289", "2.3331", total="12.34")])
	assert codes(held)[0] == "quantity" and "Float Precision" in str(held.held[0])


def test_woocommerce_keeps_parts_of_cents_until_the_end():
	# Prices with 21 % in them; the lines arrive without tax and unrounded.
	lines = [
		line(1, "8.26446281", 1, total="8.26446281", tax_lines=[vat("1.73553719", 21)]),
		line(2, "4.09090909", 3, total="12.27272727", tax_lines=[vat("2.57727273", 21)]),
	]
	result = plan("24.85", lines, total_tax="4.31", tax_lines=[vat("4.31", 21)])
	assert booked(result) == {"tax VAT": "4.31"}
	assert sum(item.amount for item in result.items) == Decimal("20.54")


def test_rounding_to_five_cents_is_booked_as_the_shop_says():
	result = plan("10.05", [line(1, "10.03")], rounding="0.02")
	assert booked(result) == {"rounding Rounding": "0.02"}
	large = plan("11.00", [line(1, "10.03")], rounding="0.97")
	assert booked(large) == {"rounding Rounding": "0.97"}


def test_a_difference_is_rounding_up_to_the_limit_and_held_above():
	assert booked(plan("10.05", [line(1, "10.00")])) == {"rounding Rounding": "0.05"}
	held = plan("10.06", [line(1, "10.00")])
	assert codes(held) == ["total"]
	message = str(held.held[0])
	assert "10.00 EUR" in message and "10.06 EUR" in message and "0.06 EUR" in message
	assert codes(plan("10.01", [line(1, "10.00")], PlanSettings(rounding_limit=Decimal(0)))) == ["total"]


def test_fees_below_zero_tips_and_gift_cards():
	lines = [line(1, "30.00"), line(2, "25.00", is_gift_card=True)]
	fees = [{"title": "Loyalty", "amount": "-4.50"}, {"title": "Tip", "kind": "tip", "amount": "3.00"}]
	as_item = plan("53.50", lines, fees=fees)
	assert booked(as_item) == {"fee Loyalty": "-4.50", "tip Tip": "3.00"}
	assert [item.kind for item in as_item.items] == ["item", "gift_card"]
	as_charge = plan("53.50", lines, PlanSettings(gift_cards_as="charge"), fees=fees)
	assert booked(as_charge)["gift_card T2"] == "25.00"
	assert len(as_charge.items) == 1


def test_a_line_below_zero_is_a_charge_because_erpnext_refuses_such_rates():
	result = plan(
		"8.10", [line(1, "10.00", tax_lines=[vat("1.90")]), line(2, "-3.19", tax_lines=[vat("-0.61")])]
	)
	assert booked(result) == {"adjustment T2": "-3.19", "tax VAT": "1.29"}


def test_shipping_as_an_item():
	result = plan(
		"15.00", [line(1, "10")], PlanSettings(shipping_as="item"), shipping=[{"id": "s", "amount": "5"}]
	)
	assert booked(result) == {"none No tax": "0.00"}
	assert [(item.kind, item.line_id) for item in result.items] == [("item", "1"), ("shipping", "s")]


def test_taxes_of_the_whole_order_are_shared_out():
	result = plan("23.80", [line(1, "11.90"), line(2, "11.90")], prices_include_tax=True, total_tax="3.80")
	assert booked(result) == {"tax Tax": "3.80"}
	assert [item.amount for item in result.items] == [10, 10]
	assert "tax_spread" in [note.code for note in result.explanation]


@pytest.mark.parametrize(
	("total", "lines", "more", "code"),
	[
		("12.00", [line(1, "10", tax_lines=[vat("1.90")])], {"total_tax": "2.00"}, "tax_total"),
		("12.00", [line(1, "10")], {"total_tax": "2.00", "tax_lines": [vat("1.00")]}, "tax_total"),
		("12.00", [line(1, "4.00", 2, total="12.00")], {}, "line_total"),
		("12.00", [line(1, "12.00", 0, total="12.00")], {}, "no_quantity"),
		("5.00", [], {"fees": [{"amount": "5.00"}]}, "no_items"),
		("-5.00", [line(1, "5")], {"fees": [{"amount": "-10"}]}, "negative_total"),
		("1.234", [line(1, "1.234")], {"currency": "KWD"}, "precision"),
	],
)
def test_holds_what_contradicts_itself(total, lines, more, code):
	result = plan(total, lines, **more)
	assert code in codes(result)
	assert all("{" not in str(note) for note in result.held)


def test_a_removed_line_is_left_out():
	result = plan("10.00", [line(1, "10.00"), line(2, "5.00", 0)])
	booked(result)
	assert len(result.items) == 1


# --- percentages, where they are exact -----------------------------------------------------------------------------


def test_books_percentages_only_where_they_come_to_the_cent():
	site = PlanSettings(tax_rows="rate")
	lines = [line(1, "11.90", 2, tax_lines=[vat("3.80")])]
	shipping = [{"title": "Post", "amount": "5.95", "tax_lines": [vat("0.95")]}]
	result = plan("29.75", lines, site, prices_include_tax=True, shipping=shipping)
	booked(result)
	assert [(row.charge_type, row.included, str(row.amount)) for row in result.taxes] == [
		("Actual", False, "5.00"),
		("On Net Total", True, "3.80"),
		("Actual", False, "0.95"),
	]
	assert result.items[0].rate == Decimal("11.90")
	partial = plan("31.90", [line(1, "10.00", tax_lines=[vat("1.90")]), line(2, "20.00")], site)
	assert booked(partial) == {"tax VAT": "1.90"}
	assert [row.charge_type for row in partial.taxes] == ["Actual"]
	assert "rate_misfit" in [note.code for note in partial.explanation]


def test_a_discount_off_prices_with_tax_in_them_as_percentages():
	result = plan(
		"108.00",
		[line(1, "120.00", tax_lines=[vat("18.00", 20)])],
		PlanSettings(tax_rows="rate"),
		prices_include_tax=True,
		order_discount={"amount": "12.00"},
	)
	booked(result)
	assert [row.charge_type for row in result.taxes] == ["On Net Total"]
	assert result.discount_on == "Grand Total"
	assert result.predicted and result.predicted.net_total == 90.0


# --- any order at all ------------------------------------------------------------------------------------------------

SITES = st.builds(
	PlanSettings,
	tax_rows=st.sampled_from(["actual", "rate"]),
	shipping_as=st.sampled_from(["charge", "item"]),
	discount_as=st.sampled_from(["document", "charge"]),
	uneven_lines=st.sampled_from(["split", "charge"]),
	guard_row=st.booleans(),
	row_wise=st.booleans(),
	method=METHODS,
	digits=st.sampled_from([2, 2, 3, 4]),
)


@settings(max_examples=250, deadline=None)
@given(SEEDS, SITES)
def test_every_order_comes_to_its_total_or_is_held(seed, site):
	order = Order.read(random_order(seed))
	result = plan_order(order, site)
	if result.held:
		assert order.total < 0, [str(note) for note in result.held]
		return
	booked(result)
	added = rows_total(result.items, result.taxes) - result.discount_amount
	assert added == order.total
	for item in result.items:
		ordered = order.line(item.line_id)
		assert item.kind == "shipping" or (ordered and item.quantity <= ordered.quantity)
		assert 0 <= item.rate <= item.list_price
	for bought in order.lines:
		rows = result.rows_of(bought.id)
		if rows and site.shipping_as == "charge":
			assert sum(result.items[row].quantity for row in rows) == bought.quantity


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(-500, 500).filter(lambda wrong: abs(wrong) > 5 + 12))
def test_a_wrong_total_is_never_booked(seed, wrong):
	order = Order.read(random_order(seed))
	false = order.model_copy(update={"total": order.total + Decimal(wrong) / 100})
	assert plan_order(false).held


def test_settings_are_checked():
	for wrong in (
		{"tax_rows": "x"},
		{"digits": 10},
		{"rounding_limit": Decimal(-1)},
		{"conversion_rate": Decimal(0)},
		{"method": "x"},
	):
		with pytest.raises(ConfigurationError):
			PlanSettings(**wrong)


# --- documents ------------------------------------------------------------------------------------------------------


def test_fields_keep_erpnext_from_changing_the_rows():
	result = plan("21.40", [line(1, "20.00", discount="2.00", tax_lines=[vat("3.40")])])
	row = item_fields(result.items[0])
	assert row["item_tax_template"] == ""
	assert (row["rate"], row["price_list_rate"], row["discount_amount"]) == (18.0, 20.0, 2.0)
