"""What a source charges for an order now, and did not before."""

from __future__ import annotations

import pytest

from erp_connect.core.commerce import Order
from erp_connect.core.commerce.order.changes import CHARGED, differences

ORDER = {
	"id": "1",
	"currency": "EUR",
	"prices_include_tax": False,
	"lines": [
		{"id": "a", "sku": "A", "quantity": 2, "unit_price": "10.00", "tax_lines": [{"rate": 20, "amount": "4"}]},
		{"id": "b", "sku": "B", "quantity": 1, "unit_price": "5.00"},
	],
	"shipping": [{"title": "Parcel", "amount": "4.00"}],
	"fees": [{"title": "Wrap", "amount": "1.00"}],
	"order_discount": {"amount": "1.00"},
	"tax_lines": [{"rate": 20, "amount": "4"}],
	"total_tax": "4.00",
	"rounding": "0.01",
	"total": "33.01",
}  # fmt: skip
CHANGES = {
	"currency": ("USD", "The currency was EUR, now it is USD."),
	"prices_include_tax": (True, "Whether prices include tax has changed."),
	"lines": ([{**ORDER["lines"][0], "quantity": 1}], "Line A (a): the quantity was 2, now it is 1."),
	"shipping": ([], "Shipping was 4.00 EUR, now it is 0.00 EUR."),
	"fees": ([{"title": "Wrap", "amount": "2"}], "Fees were 1.00 EUR, now they are 2.00 EUR."),
	"order_discount": (None, "The discount on the order was 1.00 EUR, now it is 0.00 EUR."),
	"tax_lines": ([{"rate": 10, "amount": "4"}], "Taxes were 4.00 EUR, now they are 4.00 EUR."),
	"total_tax": ("3.00", "Taxes were 4.00 EUR, now they are 3.00 EUR."),
	"rounding": (None, "The rounding was 0.01 EUR, now it is 0.00 EUR."),
	"total": ("30.00", "The total was 33.01 EUR, now it is 30.00 EUR."),
}


def changed(**values) -> list[str]:
	return [str(note) for note in differences(Order.read(ORDER), Order.read({**ORDER, **values}))]


def test_every_field_that_is_charged_is_compared():
	assert set(CHANGES) == set(CHARGED)


@pytest.mark.parametrize("field", CHARGED)
def test_each_difference_is_told(field):
	value, words = CHANGES[field]
	assert words in changed(**{field: value})


def test_the_same_in_other_words_is_no_difference():
	other = {
		"lines": [
			{**ORDER["lines"][1], "quantity": "1.0"},
			{**ORDER["lines"][0], "unit_price": 10, "tax_lines": [{"rate_fraction": "0.20", "amount": 4}]},
		],
		"total": 33.01,
		"note": "other",
		"number": "other",
		"customer": {"name": "other"},
	}
	assert changed(**other) == []


@pytest.mark.parametrize(
	("line", "words"),
	[
		({"sku": "C"}, "the article was A, now it is C"),
		({"uom": "Box"}, "the unit was -, now it is Box"),
		({"unit_price": "11"}, "it cost 20.00 EUR, now it costs 22.00 EUR"),
		({"tax_lines": []}, "its name, tax or discount has changed"),
		({"name": "New"}, "its name, tax or discount has changed"),
		({"id": "c"}, "is new: 2 for 20.00 EUR"),
		({"id": "c"}, "is gone: it was 2 for 20.00 EUR"),
	],
)
def test_lines(line, words):
	found = changed(lines=[{**ORDER["lines"][0], **line}, ORDER["lines"][1]])
	assert any(words in text for text in found), found
