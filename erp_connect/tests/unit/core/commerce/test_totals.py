"""The predicted totals against figures that ERPNext itself computed, and the arithmetic underneath."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_connect.core.commerce.totals.calculator import calculate
from erp_connect.core.commerce.totals.money import rate_rows, settle, shown, spread
from erp_connect.core.commerce.totals.rounding import BANKERS, COMMERCIAL, LEGACY, rounder
from erp_connect.core.commerce.totals.sheet import ItemRow, SiteRules, TaxRow
from erp_connect.core.errors import ConfigurationError

CASES = json.loads((Path(__file__).parent / "data" / "erpnext_totals.json").read_text("utf-8"))["cases"]
cents = st.integers(-(10**6), 10**6).map(lambda number: Decimal(number) / 100)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_comes_to_what_erpnext_came_to(case):
	totals = calculate(
		[ItemRow(*row) for row in case["items"]],
		[
			TaxRow(kind, rate, amount, row_id, included)
			for kind, rate, amount, row_id, included in case["taxes"]
		],
		SiteRules(**case["rules"]),
		discount_amount=case["discount_amount"],
		discount_on=case["discount_on"],
		is_return=case["is_return"],
	)
	for name, figure in case["erpnext"].items():
		got = getattr(totals, name)
		assert (list(got) if isinstance(figure, list) else got) == pytest.approx(figure, abs=1e-9), name


def test_rows_of_an_item_tax_template_replace_the_rate_of_their_account():
	items = [ItemRow(1, 100.0, tax_rates={"VAT": 7}), ItemRow(1, 100.0)]
	totals = calculate(items, [TaxRow("On Net Total", rate=19, account="VAT")], SiteRules())
	assert totals.row_amounts == (26.0,)


def test_accounts_rounded_to_whole_units():
	taxes = [TaxRow("On Net Total", rate=18, account="IGST")]
	rules = SiteRules(whole_accounts=frozenset({"IGST"}))
	assert calculate([ItemRow(1, 99.0)], taxes, rules).grand_total == 117.0


def test_a_credit_note_row_without_quantity_counts_its_rate():
	assert calculate([ItemRow(0, 12.5)], [], SiteRules(), is_return=True).grand_total == -12.5


@pytest.mark.parametrize(
	("method", "number", "digits", "expected"),
	[
		(BANKERS, 2.675, 2, 2.68),
		(BANKERS, 2.665, 2, 2.66),
		(BANKERS, 0.0, 2, 0.0),
		(LEGACY, 2.665, 2, 2.67),
		(LEGACY, -2.665, 2, -2.66),
		(LEGACY, 2.5, 0, 2.0),
		(LEGACY, 3.5, 0, 4.0),
		(COMMERCIAL, 2.665, 2, 2.67),
		(COMMERCIAL, -2.665, 2, -2.67),
		(COMMERCIAL, 0.0, 2, 0.0),
		("", 2.665, 2, 2.67),
	],
)
def test_rounds_as_the_site_rounds(method, number, digits, expected):
	assert rounder(method)(number, digits) == expected


@given(st.integers(-(10**9), 10**9))
def test_rounding_of_halves_agrees_with_exact_arithmetic(thousandths):
	exact = Decimal(thousandths) / 1000
	number = float(exact)
	assert rounder(BANKERS)(number, 2) == float(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN))
	assert rounder(COMMERCIAL)(number, 2) == float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_an_unknown_rounding_method_names_the_known_ones():
	with pytest.raises(ConfigurationError, match="Commercial Rounding"):
		rounder("Swedish")


@given(st.lists(cents, min_size=1, max_size=12), cents)
def test_shares_add_up_and_are_fair(weights, total):
	shares = spread(total, weights, 2)
	assert sum(shares) == total
	whole = sum(weights)
	if whole and all(weight > 0 for weight in weights):
		for share, weight in zip(shares, weights, strict=True):
			assert abs(share - total * weight / whole) < Decimal("0.01")


def test_what_rounding_left_over_goes_where_it_came_from():
	amounts = [Decimal("1.004"), Decimal("2.004"), Decimal(0), Decimal("3.002")]
	assert settle(amounts, Decimal("6.01"), 2) == [Decimal(text) for text in ("1.00", "2.01", "0.00", "3.00")]
	with pytest.raises(ValueError, match="decimals"):
		settle(amounts, Decimal("6.005"), 2)
	with pytest.raises(ValueError, match="remainder"):
		settle([], Decimal("1"), 2)


@given(
	amount=st.integers(0, 10**7).map(lambda number: Decimal(number) / 100),
	pieces=st.integers(1, 400),
	method=st.sampled_from([BANKERS, LEGACY, COMMERCIAL]),
)
def test_every_amount_has_rates_for_whole_pieces(amount, pieces, method):
	def product(quantity: Decimal, rate: Decimal) -> Decimal:
		return Decimal(repr(rounder(method)(float(quantity) * float(rate), 2)))

	rows = rate_rows(amount, Decimal(pieces), 2, product)
	assert rows is not None and len(rows) <= 2
	assert sum(quantity for quantity, _rate in rows) == pieces
	assert sum(quantity * rate for quantity, rate in rows) == amount


def test_amounts_in_messages():
	assert [shown(Decimal(text), "EUR") for text in ("1", "0", "1.2345", "1E+3")] == [
		"1.00 EUR",
		"0.00 EUR",
		"1.2345 EUR",
		"1000.00 EUR",
	]
