"""What a shop may sell of an item."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.commerce import StockLevel, StockPolicy, sellable, sellable_bundle
from erp_connect.core.commerce.stock import missing_warehouses
from erp_connect.core.errors import ConfigurationError

D = Decimal
LEVELS = [
	StockLevel("Main", D(20), reserved=D(5), reserved_for_production=D(2), ordered=D(100)),
	StockLevel("Shop", D(4), reserved=D(6)),
	StockLevel("Scrap", D(50)),
]
TWO = frozenset({"Main", "Shop"})


@pytest.mark.parametrize(
	("policy", "expected"),
	[
		(StockPolicy(), 61),
		(StockPolicy(warehouses=TWO), 11),
		(StockPolicy(warehouses=frozenset({"Main"})), 13),
		(StockPolicy(warehouses=TWO, subtract_production=False), 13),
		(StockPolicy(warehouses=TWO, subtract_reserved=False), 22),
		(StockPolicy(warehouses=TWO, count_ordered=True), 111),
		(StockPolicy(warehouses=TWO, safety=D(3)), 8),
		(StockPolicy(warehouses=TWO, safety=D(30)), 0),
		(StockPolicy(warehouses=TWO, safety=D(1), safety_percent=D(50)), 5),
		(StockPolicy(warehouses=TWO, per_unit=D(6)), 1),
		(StockPolicy(warehouses=TWO, per_unit=D(4), whole=False), D("2.75")),
		(StockPolicy(warehouses=TWO, limit=D(10)), 10),
		(StockPolicy(warehouses=frozenset({"Shop"})), 0),
		(StockPolicy(warehouses=frozenset({"Shop"}), allow_negative=True), -2),
		(StockPolicy(warehouses=frozenset()), 0),
	],
)
def test_sellable(policy, expected):
	assert sellable(LEVELS, policy) == expected


def test_orders_that_erpnext_does_not_know_yet_are_not_sold_twice():
	assert sellable(LEVELS, StockPolicy(warehouses=TWO), pending=D(4)) == 7
	assert sellable(LEVELS, StockPolicy(warehouses=TWO), pending=D(40)) == 0


def test_bundles_are_as_many_as_the_scarcest_part_allows():
	parts = {"A": D(2), "B": D(1), "Gift": D(0)}
	assert sellable_bundle(parts, {"A": D(7), "B": D(9)}) == 3
	assert sellable_bundle(parts, {"A": D(7)}) == 0
	assert sellable_bundle(parts, {"A": D(7), "B": D(-1)}) == 0
	with pytest.raises(ConfigurationError, match="no items"):
		sellable_bundle({}, {})


def test_names_warehouses_without_stock():
	assert missing_warehouses(LEVELS, {"Main", "Mian"}) == ["Mian"]


@pytest.mark.parametrize(
	"wrong", [{"per_unit": D(0)}, {"safety": D(-1)}, {"safety_percent": D(101)}, {"limit": D(-1)}]
)
def test_refuses_policies_that_make_no_sense(wrong):
	with pytest.raises(ConfigurationError):
		StockPolicy(**wrong)


@given(
	st.lists(st.tuples(st.integers(-50, 200), st.integers(0, 80)), max_size=5),
	st.integers(1, 12),
	st.integers(0, 40),
	st.integers(0, 30),
)
def test_never_more_than_there_is(rows, per_unit, safety, pending):
	levels = [StockLevel(str(index), D(actual), D(reserved)) for index, (actual, reserved) in enumerate(rows)]
	units = sellable(levels, StockPolicy(per_unit=D(per_unit), safety=D(safety)), pending=D(pending))
	free = sum(actual - reserved for actual, reserved in rows) - pending
	assert units >= 0 and units == int(units)
	assert not units or units * per_unit <= free - safety
