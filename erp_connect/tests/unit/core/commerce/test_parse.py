"""Reading a canonical order from a dict: exact numbers, named faults, nothing overlooked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from erp_connect.core.commerce import Order, OrderError, Refund
from erp_connect.core.commerce.order.events import Payment
from erp_connect.core.errors import ConnectError
from erp_connect.tests.unit.core.commerce.shops import random_order

LINE = {"id": 1, "sku": "A", "quantity": 1, "unit_price": "10.00"}
ORDER: dict[str, Any] = {"id": 820982911946154508, "currency": "eur", "lines": [LINE], "total": 10}


def test_reads_numbers_without_float_artefacts():
	lines = [{**LINE, "unit_price": 0.1, "quantity": "3", "discounts": [0.1, {"amount": "0.1"}]}]
	order = Order.read({**ORDER, "lines": lines, "total": 0.1})
	assert order.lines[0].amount == Decimal("0.1")
	assert order.lines[0].discount == Decimal("0.2")
	assert order.total == Decimal("0.1")


def test_reads_every_record():
	order = Order.read(
		{
			**ORDER,
			"number": "#1001",
			"date": "2026-01-05T10:00:00Z",
			"customer": {"id": 7, "name": "Ann", "email": "ann@example.com"},
			"billing_address": {"line1": "Road 1", "country": "DE"},
			"shipping_address": {"line1": "Lane 2", "country": "AT"},
			"shipping": [{"title": "Post", "amount": "5", "discount": "1"}],
			"fees": [{"title": "Tip", "kind": "TIP", "amount": "2"}],
			"order_discount": {"amount": "1", "on": "grand", "code": "X"},
			"tax_lines": [{"title": "VAT", "rate_fraction": 0.2, "amount": "2"}],
		}
	)
	assert (order.id, order.currency) == ("820982911946154508", "EUR")
	assert order.tax_lines[0].rate == 20
	assert (order.discount.on, order.fees[0].kind) == ("grand", "tip")
	assert order.billing_address and order.shipping_address and order.shipping_address.country == "AT"
	assert order.line("1") is order.lines[0] and order.line("2") is None


@pytest.mark.parametrize("rate", ["19", "19.0", 19, 19.0, "19.000"])
def test_one_rate_is_one_rate_however_it_is_written(rate):
	order = Order.read({**ORDER, "tax_lines": [{"title": "VAT", "rate": rate, "amount": 1}]})
	assert str(order.tax_lines[0].rate) == "19"


@pytest.mark.parametrize(
	("change", "field"),
	[
		({"id": None}, "id"),
		({"currency": "EURO"}, "currency"),
		({"total": None}, "total"),
		({"total": "1,234.00"}, "total"),
		({"total": "NaN"}, "total"),
		({"total": True}, "total"),
		({"total": "100000000000"}, "total"),
		({"lines": {"id": 1}}, "lines"),
		({"lines": ["x"]}, "lines[0]"),
		({"lines": [{**LINE, "quantity": -1}]}, "lines[0].quantity"),
		({"lines": [{**LINE, "unitprice": 1}]}, "lines[0].unitprice"),
		({"lines": [{**LINE, "unit_price": None}]}, "lines[0].unit_price"),
		({"lines": [{**LINE, "discount": -1}]}, "lines[0].discount"),
		({"lines": [{**LINE, "discount": 1, "discounts": [1]}]}, "lines[0].discount"),
		({"lines": [{**LINE, "discounts": ["x"]}]}, "lines[0].discounts[0]"),
		({"lines": [{**LINE, "tax_lines": [{"title": "V"}]}]}, "lines[0].tax_lines[0].amount"),
		({"lines": [LINE, LINE]}, "lines"),
		({"prices_include_tax": "perhaps"}, "prices_include_tax"),
		({"order_discount": {"amount": 1, "on": "gross"}}, "order_discount.on"),
		({"note": "x" * 10**6 + "x"}, "note"),
		({"note": ["x"]}, "note"),
		({"number": ["1"]}, "number"),
		({"refunds": [{"id": 1, "amount": 5}]}, "refunds"),
		({"total_paid": "1"}, "total_paid"),
		({"surprise": 1}, "surprise"),
	],
)
def test_names_the_field_at_fault(change, field):
	with pytest.raises(OrderError) as caught:
		Order.read({**ORDER, **change})
	assert caught.value.params["field"] == field
	assert field in str(caught.value)


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_an_order_is_an_object(value):
	with pytest.raises(OrderError, match="must be an object"):
		Order.read(value)


def test_a_refund_may_come_alone():
	refund = Refund.read({"id": 1, "shipping": "4.99", "adjustments": [{"title": "Fee", "amount": -1}]})
	assert (refund.shipping, refund.adjustments[0].amount) == (Decimal("4.99"), -1)


_json = st.recursive(
	st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
	lambda inner: (
		st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(ORDER)), inner, max_size=3)
	),
	max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*sorted(ORDER), "fees", "order_discount"]), _json))
def test_whatever_comes_is_read_or_refused_in_words(change):
	try:
		Order.read({**ORDER, **change})
	except ConnectError as error:
		assert "{" not in error.template or error.params


@pytest.mark.parametrize(
	("change", "place", "kind"),
	[
		({"lines": [{**LINE, "id": 1}]}, ("lines", 0, "id"), "string_type"),
		({"lines": [{**LINE, "id": "1", "sku": "x" * 141}]}, ("lines", 0, "sku"), "string_too_long"),
		({"lines": [{**LINE, "id": "1", "discounts": [1]}]}, ("lines", 0, "discounts"), "extra_forbidden"),
		({"lines": []}, ("lines",), "too_short"),
		({"fees": [{"amount": 1}] * 51}, ("fees",), "too_long"),
		({"payments": []}, ("payments",), "extra_forbidden"),
		({"currency": "eur"}, ("currency",), "currency"),
		({"date": "29.11.2026"}, ("date",), "date"),
		({"delivery_date": "2026-11-29x"}, ("delivery_date",), "date"),
		({"note": None}, ("note",), "string_type"),
	],
)
def test_callers_of_the_api_are_held_to_what_is_described(change, place, kind):
	good = {**ORDER, "id": "1", "currency": "EUR", "lines": [{**LINE, "id": "1"}]}
	assert Order.model_validate(good).lines[0].unit_price == 10
	with pytest.raises(ValidationError) as caught:
		Order.model_validate({**good, **change})
	(fault,) = caught.value.errors()
	assert (fault["loc"], fault["type"]) == (place, kind)


def test_fields_that_only_a_flow_fills_are_not_described():
	assert set(Order.model_fields) == set(Order.model_json_schema()["properties"])
	assert set(Payment.model_fields) - set(Payment.model_json_schema()["properties"]) == {"kind", "reference"}
	with pytest.raises(ValidationError):
		Payment.model_validate({"id": "p", "amount": 1, "kind": "capture"})


@pytest.mark.parametrize("field", ["payments", "total_paid", "refunds", "fulfilments"])
def test_what_follows_an_order_is_refused_with_the_way_it_comes(field):
	with pytest.raises(OrderError, match="add another flow for the same topic"):
		Order.read({**ORDER, field: []})


@given(st.integers(0, 2**32))
def test_what_is_kept_of_an_order_reads_back_the_same(seed):
	order = Order.read(random_order(seed))
	assert Order.read(order.model_dump(mode="json", exclude_defaults=True)) == order


def test_what_people_read_has_any_length_and_what_is_nothing_elsewhere_is_nothing_here():
	record = {
		**ORDER,
		"note": "x" * 3000,
		"customer": {"name": "y" * 500, "company": False, "phone": [], "email": {}},
	}
	order = Order.read({**record, "billing_address": {"postcode": 1234.0, "line1": 5}})
	assert (len(order.note), len(order.customer.name)) == (3000, 500)
	assert (order.customer.company, order.customer.phone, order.customer.email) == ("", "", "")
	assert (order.billing_address.postcode, order.billing_address.line1) == ("1234", "5")
