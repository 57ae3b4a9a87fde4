"""What Stripe's preset makes of amounts, and that the fake signs as Stripe's own library checks."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.tests.fakes.stripe import signature
from erp_connect.tests.fakes.stripe_http import read_form

FILE = Path(__file__).parents[4] / "presets" / "stripe" / "preset.json"
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in json.loads(FILE.read_text())["flows"]}


def expression(flow: str, field: str, column: str = "source", other: str = "target"):
	(text,) = [row[other] for row in FLOWS[flow]["rows"] if row.get(column) == field]
	return compile_expression(text)


# https://docs.stripe.com/currencies#minor-units : ISK and UGX count two decimals, though ISO has none.
@pytest.mark.parametrize(
	("currency", "minor", "major"),
	[
		("usd", 1050, "10.5"), ("jpy", 500, "500"), ("krw", 1000, "1000"), ("isk", 500, "5"), ("ugx", 500, "5"),
		("kwd", 5120, "5.12"), ("clp", 990, "990"), ("huf", 1045, "10.45"), ("twd", 80045, "800.45"),
	],
)  # fmt: skip
def test_amounts_count_as_stripe_does(currency, minor, major):
	charge = {"currency": currency, "captured": True, "amount": 1, "amount_captured": minor}
	for flow in ("Payments", "Refunds"):
		record = charge if flow == "Payments" else {"currency": currency, "amount": minor}
		assert Decimal(str(expression(flow, "amount").search(record))) == Decimal(major)
	entry = {
		"paid_from_account_currency": currency.upper(),
		"paid_amount": float(major),
		"references": [{"matched_doc": {"currency": currency.upper()}}],
	}
	sent = expression("Refunds from ERPNext", "amount", "target", "source").search(entry)
	assert Decimal(str(sent)) == minor


ZERO = [
	"BIF",
	"CLP",
	"DJF",
	"GNF",
	"JPY",
	"KMF",
	"KRW",
	"MGA",
	"PYG",
	"RWF",
	"VND",
	"VUV",
	"XAF",
	"XOF",
	"XPF",
]
THREE = ["BHD", "JOD", "KWD", "OMR", "TND"]


@pytest.mark.parametrize(
	("currencies", "minor"), [(ZERO, 7), (THREE, 7000), (["EUR", "ISK", "UGX", "HUF", "TWD", "INR"], 700)]
)
def test_every_currency_of_the_vendors_list_counts_as_it_says(currencies, minor):
	for currency in currencies:
		record = {"currency": currency.lower(), "amount": minor}
		assert Decimal(str(expression("Refunds", "amount").search(record))) == 7, currency


def test_a_refund_is_sent_only_where_its_currency_is_sure():
	amount = expression("Refunds from ERPNext", "amount", "target", "source")
	matched = {"matched_doc": {"currency": "EUR"}}
	for references in ([], [matched], [matched, matched]):
		entry = {"paid_from_account_currency": "USD", "paid_amount": 10, "references": references}
		assert amount.search(entry) is None


def test_a_fee_is_in_the_currency_of_the_payment():
	fee = expression("Payments", "fee").search
	transaction = {"fee": 320, "currency": "usd", "exchange_rate": 1.6}
	assert Decimal(str(fee({"currency": "eur", "balance_transaction": transaction}))) == 2
	assert Decimal(
		str(fee({"balance_transaction": {"fee": 320, "currency": "usd", "exchange_rate": None}}))
	) == Decimal("3.2")
	assert fee({"currency": "eur", "balance_transaction": None}) is None


def test_the_fake_signs_as_the_vendors_library_checks():
	stripe = pytest.importorskip("stripe")
	payload, secret = b'{"id": "evt_1", "object": "event"}', "whsec_of_the_test"
	header = signature(payload, secret, 1764057600)
	assert stripe.WebhookSignature.verify_header(payload.decode(), header, secret)
	with pytest.raises(stripe.SignatureVerificationError):
		stripe.WebhookSignature.verify_header(payload.decode() + " ", header, secret)


def test_the_fake_reads_forms_as_stripe_does():
	assert read_form(b"a=1&b%5Bc%5D=2&d%5B0%5D=x&d%5B1%5D=y&e%5B%5D=z") == {
		"a": "1",
		"b": {"c": "2"},
		"d": ["x", "y"],
		"e": ["z"],
	}
