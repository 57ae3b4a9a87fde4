"""What Magento's preset makes of orders: each line's share of discounts and taxes, and what is charged besides."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from erp_connect.core.commerce import Order, plan_order
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.presets.reading import read_preset

FOLDER = Path(__file__).parents[4] / "presets" / "magento"
PRESET = read_preset((FOLDER / "preset.json").read_text(encoding="utf-8"), "magento")


def fixture(name: str) -> dict[str, Any]:
	return json.loads((FOLDER / "fixtures" / f"{name}.json").read_text(encoding="utf-8"))


def mapped(flow: str, record: dict[str, Any]) -> dict[str, Any]:
	rows = [
		Row(source=row["target"], target=row["source"], default=row.get("default_value"))
		for row in PRESET.flow(flow).mapping["rows"]
	]
	return compile_mapping(rows, "in").apply(record)


def booked(record: dict[str, Any]) -> Order:
	"""The order that a record becomes, of which the plan must come to the shop's total."""
	order = Order.read(mapped("Orders", record))
	plan = plan_order(order)
	assert not plan.held, [note.template for note in plan.held]
	return order


def line(number: int, total: float, tax: float = 0.0, **more: Any) -> dict[str, Any]:
	values = {
		"item_id": number,
		"sku": f"S{number}",
		"name": f"T{number}",
		"row_total": total,
		"tax_amount": tax,
	}
	return {"product_type": "simple", "qty_ordered": 1, "price": total, "tax_percent": 0, **values, **more}


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
	"""An order of these lines without shipping and taxes by name, of which only `grand_total` has to be told."""
	record = {**fixture("order"), "items": list(items), "shipping_amount": 0, "coupon_code": None}
	assignments = record["extension_attributes"]["shipping_assignments"]
	return {**record, "extension_attributes": {"shipping_assignments": assignments}, **more}


def test_prices_with_tax_a_coupon_and_taxed_shipping():
	found = booked(fixture("order"))
	assert [(one.id, one.sku, one.amount) for one in found.lines] == [
		("301", "MAG-TEAPOT", Decimal("37.82")),
		("302", "MAG-SCARF-RED", Decimal(20)),
	]
	taxes = [[(tax.title, tax.rate, tax.amount) for tax in one.tax_lines] for one in found.lines]
	assert taxes == [[("VAT 19", 19, Decimal("7.18"))], [("VAT 7", 7, Decimal("1.4"))]]
	assert (found.shipping[0].amount, found.shipping[0].tax_lines[0].amount) == (5, Decimal("0.95"))
	assert (found.number, found.date, found.note) == (
		"000000106",
		"2026-11-20T09:14:22Z",
		"Leave it at the neighbour; Coupon autumn10",
	)
	assert (found.shipping_address.line1, found.billing_address.line2) == ("Hafenstrasse 3", "Hinterhaus")


def test_prices_without_tax_and_a_discount_on_them():
	item = line(
		1,
		100.0,
		17.1,
		discount_amount=10.0,
		discount_tax_compensation_amount=0,
		qty_ordered=4,
		tax_percent=19,
	)
	found = booked(order(item, tax_amount=17.1, grand_total=107.1))
	(one,) = found.lines
	assert (one.amount, one.unit_price, one.discount, one.tax_lines[0].amount) == (
		90,
		25,
		10,
		Decimal("17.1"),
	)


def test_a_discount_on_shipping():
	shipping = {"shipping_amount": 10.0, "shipping_discount_amount": 4.0, "shipping_tax_amount": 1.14}
	found = booked(order(line(1, 20.0), tax_amount=1.14, grand_total=27.14, **shipping))
	assert (found.shipping[0].amount, found.shipping[0].tax_lines[0].amount) == (6, Decimal("1.14"))


def test_a_bundle_is_its_parts_where_these_have_the_prices():
	bundle = line(1, 30.0, product_type="bundle", sku="SET-A-B")
	parts = [line(2, 20.0, parent_item_id=1), line(3, 10.0, parent_item_id=1)]
	assert [one.id for one in booked(order(bundle, *parts, tax_amount=0, grand_total=30)).lines] == ["2", "3"]


def test_a_bundle_with_a_price_of_its_own_is_one_line():
	bundle = line(1, 30.0, product_type="bundle", sku="SET-A-B")
	parts = [line(2, 0.0, parent_item_id=1), line(3, 0.0, parent_item_id=1)]
	assert [one.id for one in booked(order(bundle, *parts, tax_amount=0, grand_total=30)).lines] == ["1"]


def test_the_choice_of_a_configurable_product_is_no_line_of_its_own():
	parent = line(1, 12.0, product_type="configurable", sku="S-RED")
	found = booked(order(parent, line(2, 0.0, parent_item_id=1, sku="S-RED"), tax_amount=0, grand_total=12))
	assert [(one.id, one.sku) for one in found.lines] == [("1", "S-RED")]


def test_what_is_charged_and_given_besides_the_goods():
	record = order(line(1, 50.0, weee_tax_applied_row_amount=1.5), tax_amount=0, grand_total=28.5)
	record["extension_attributes"] |= {
		"gw_price": 2.0,
		"gift_cards_amount": 20.0,
		"customer_balance_amount": 5.0,
	}
	fees = [(fee.title, fee.amount) for fee in booked(record).fees]
	assert fees == [
		("Fixed product tax", Decimal("1.5")),
		("Gift wrapping", 2),
		("Gift card", -20),
		("Store credit", -5),
	]


def test_a_virtual_order_has_no_address_to_ship_to():
	record = order(line(1, 12.0, product_type="virtual"), tax_amount=0, grand_total=12)
	record["extension_attributes"] = {"shipping_assignments": [{"shipping": {"total": {}}, "items": []}]}
	found = booked(record)
	assert found.shipping_address is None and found.billing_address.line1 == "Lindenweg 8"


def test_an_order_that_a_coupon_makes_free():
	item = line(1, 20.0, discount_amount=20.0, qty_ordered=2)
	(one,) = booked(order(item, tax_amount=0, grand_total=0)).lines
	assert (one.amount, one.discount, one.unit_price) == (0, 20, 10)


def test_two_taxes_on_one_line():
	record = order(line(1, 100.0, 8.88), tax_amount=8.88, grand_total=108.88)
	taxes = [
		{"title": name, "percent": rate, "amount": rate} for name, rate in (("State", 4.0), ("City", 4.88))
	]
	record["extension_attributes"] |= {
		"applied_taxes": taxes,
		"item_applied_taxes": [{"type": "product", "item_id": 1, "applied_taxes": taxes}],
	}
	(one,) = booked(record).lines
	assert [(tax.title, tax.amount) for tax in one.tax_lines] == [("State", 4), ("City", Decimal("4.88"))]


def test_a_guest_is_named_by_his_address():
	record = fixture("order")
	for name in ("customer_id", "customer_firstname", "customer_lastname"):
		del record[name]
	found = booked({**record, "customer_is_guest": 1})
	assert (found.customer.id, found.customer.first_name, found.customer.email) == (
		"",
		"Greta",
		"greta.ohlsen@example.com",
	)


def test_a_credit_memo_says_what_each_line_gives_back():
	memo = fixture("creditmemo")
	# What is nothing but the choice of a configurable product stands there without an amount.
	memo["items"].append({"order_item_id": 303, "qty": 1, "sku": "MAG-SCARF-RED"})
	memo |= {"adjustment_positive": 3.0, "adjustment_negative": 1.0}
	found = mapped("Refunds with restock", memo)
	assert found["lines"] == [
		{"line_id": "301", "quantity": 1, "amount": 18.91, "tax": 3.59, "restock": True}
	]
	assert found["adjustments"] == [
		{"title": "Adjustment refund", "amount": 3.0},
		{"title": "Adjustment fee", "amount": -1},
	]
	assert mapped("Refunds without restock", memo)["lines"][0]["restock"] is False


def test_a_credit_memo_gives_back_what_was_charged_besides_or_paid_by_other_means():
	memo = fixture("creditmemo")
	memo["items"][0]["weee_tax_applied_row_amount"] = 1.0
	memo["extension_attributes"] = {"gw_price": 2.0, "gift_cards_amount": 10.0, "customer_balance_amount": 0}
	assert mapped("Refunds without restock", memo)["adjustments"] == [
		{"title": "Fixed product tax", "amount": 1.0},
		{"title": "Gift wrapping", "amount": 2.0},
		{"title": "Gift card", "amount": -10},
	]


def test_an_error_is_told_with_what_it_is_about():
	told = compile_expression(PRESET.settings["error_expression"]).search
	assert told({"message": "No such entity with %fieldName", "parameters": {"fieldName": "sku"}}) == (
		'No such entity with %fieldName {"fieldName":"sku"}'
	)
	assert told({"message": "Wrong", "parameters": []}) == told({"message": "Wrong"}) == "Wrong"
