"""What Razorpay's preset makes of amounts and orders, and that its own library gets on with the fake."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.path_template import render_path
from erp_connect.tests.fakes.razorpay import Razorpay, fixture, signature

FILE = Path(__file__).parents[4] / "presets" / "razorpay" / "preset.json"
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in json.loads(FILE.read_text())["flows"]}


def expression(flow: str, field: str, column: str = "source", other: str = "target"):
	(text,) = [row[other] for row in FLOWS[flow]["rows"] if row.get(column) == field]
	return compile_expression(text)


def decimal(value: object) -> Decimal:
	return Decimal(str(value))


# The whole list, with its exponents: https://razorpay.com/docs/payments/international-payments/#supported-currencies
ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
THREE = "BHD IQD JOD KWD OMR TND"
TWO = (
	"AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC CUP CVE "
	"CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR JMD KES KGS "
	"KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
	"NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK SGD SLL SOS SVC SZL THB TRY TTD TWD TZS UAH USD "
	"UYU UZS XCD YER ZAR ZMW"
)


@pytest.mark.parametrize(("currencies", "minor"), [(ZERO, 7), (TWO, 700), (THREE, 7000)])
def test_every_currency_of_the_vendors_list_counts_as_it_says(currencies, minor):
	for currency in currencies.split():
		for spelled in (currency, currency.lower()):
			test_amounts_count_as_razorpay_does(spelled, minor, "7")
			paid = {"amount": minor, "currency": spelled, "captured": True, "fee": minor}
			assert decimal(expression("Payments", "fee").search({"_event": paid})) == 7, currency


@pytest.mark.parametrize(
	("currency", "minor", "major"),
	[
		("INR", 29900, "299"), ("USD", 1050, "10.5"), ("JPY", 295, "295"), ("ISK", 500, "500"), ("UGX", 500, "500"),
		("KWD", 295990, "295.99"), ("IQD", 5000, "5"), ("HUF", 1045, "10.45"), ("CLP", 990, "990"), ("VND", 1000, "1000"),
	],
)  # fmt: skip
def test_amounts_count_as_razorpay_does(currency, minor, major):
	came = {"amount": minor, "currency": currency, "captured": True}
	assert decimal(expression("Payments", "amount").search({"_event": came})) == Decimal(major)
	assert decimal(expression("Refunds", "amount").search(came)) == Decimal(major)
	taken = {"amount_deducted": minor, "currency": currency}
	lost = expression("Lost disputes", "accounts[1].debit_in_account_currency")
	assert decimal(lost.search(taken)) == Decimal(major)
	entry = {
		"paid_from_account_currency": currency,
		"paid_amount": float(major),
		"references": [{"matched_doc": {"currency": currency}}],
	}
	sent = expression("Refunds from ERPNext", "amount", "target", "source").search(entry)
	assert decimal(sent) == minor


def test_a_refund_is_sent_only_where_its_currency_is_sure():
	amount = expression("Refunds from ERPNext", "amount", "target", "source")
	matched = {"matched_doc": {"currency": "EUR"}}
	for references in ([], [matched], [matched, matched]):
		entry = {"paid_from_account_currency": "INR", "paid_amount": 10, "references": references}
		assert amount.search(entry) is None


# https://razorpay.com/docs/payments/international-payments/currency-conversion/ : fees count in the base currency.
@pytest.mark.parametrize(
	("payment", "fee"),
	[
		({"amount": 9900, "currency": "INR", "fee": 198}, "1.98"),
		({"amount": 500000, "currency": "INR", "base_amount": 500000, "fee": 11800}, "118"),
		({"amount": 100, "currency": "USD", "base_amount": 7129, "base_currency": "INR", "fee": 207}, "0.03"),
		({"amount": 10000, "currency": "JPY", "base_amount": 560000, "base_currency": "INR", "fee": 16800}, "300"),
	],
)  # fmt: skip
def test_a_fee_is_in_the_currency_of_the_payment(payment, fee):
	found = expression("Payments", "fee").search({"_event": {**payment, "captured": True}})
	assert decimal(found) == Decimal(fee)


def test_a_fee_that_is_not_there_is_none():
	for payment in (
		{"captured": False, "fee": 5},
		{"captured": True, "fee": None},
		{"captured": True, "fee": 0},
	):
		assert expression("Payments", "fee").search({"_event": {"currency": "INR", **payment}}) is None


@pytest.mark.parametrize(
	("payment", "order", "found"),
	[
		({"sales_order": "SO-1"}, {"notes": [], "receipt": "r"}, "SO-1"),
		([], {"notes": {"order_id": "7"}, "receipt": "r"}, "7"),
		([], {"notes": [], "receipt": "R-9"}, "R-9"),
		({"woocommerce_order_id": 7, "woocommerce_order_number": "W7"}, {"notes": [], "receipt": None}, "W7"),
		({"colour": "red"}, {"notes": {"order_id": ""}, "receipt": None}, None),
	],
)  # fmt: skip
def test_the_order_is_named_by_notes_or_receipt(payment, order, found):
	record = {**order, "_event": {"notes": payment}}
	assert expression("Payments", "order_id").search(record) == found


def test_a_payment_is_looked_up_by_its_order_or_by_itself():
	path = FLOWS["Payments"]["fetch_path"]
	assert render_path(path, {"id": "pay_1", "order_id": "order_1"}) == "/v1/orders/order_1"
	assert render_path(path, {"id": "pay_1", "order_id": None}) == "/v1/payments/pay_1"


def test_a_captured_payment_that_was_refunded_has_come_in_all_the_same():
	status = expression("Payments", "status")
	assert status.search({"_event": {**fixture("payment"), "status": "refunded"}}) == "captured"
	assert status.search({"_event": {"status": "authorized", "captured": False}}) == "authorized"


class TestTheVendorsLibrary:
	@pytest.fixture
	def fake(self):
		fake = Razorpay()
		yield fake
		fake.stop()

	@pytest.fixture
	def client(self, fake):
		razorpay = pytest.importorskip("razorpay")
		return razorpay.Client(auth=fake.key, base_url=fake.url)

	def test_it_believes_what_the_fake_signs(self, client):
		payload, secret = '{"event":"payment.captured"}', "secret of the test"
		assert client.utility.verify_webhook_signature(payload, signature(payload.encode(), secret), secret)

	def test_it_reads_pages_and_refunds_once(self, client, fake):
		paid = [fake.payment(1000) for _ in range(3)]
		page = client.payment.all({"count": 2, "skip": 1})
		assert [one["id"] for one in page["items"]] == [paid[1]["id"], paid[0]["id"]]
		headers = {"X-Refund-Idempotency": "key-of-the-test"}
		asked = {"amount": 300, "notes": {"a": "b"}, "receipt": "ACC-PAY-1"}
		twice = [client.payment.refund(paid[0]["id"], asked, headers=dict(headers)) for _ in range(2)]
		assert twice[0] == twice[1]
		assert client.refund.fetch(twice[0]["id"])["amount"] == 300

	def test_it_makes_lists_and_removes_webhooks(self, client, fake):
		asked = {"url": "https://erp.example.com", "secret": "s", "events": ["payment.captured"]}
		made = client.webhook.create(asked, fake.account)
		assert [one["id"] for one in client.webhook.all({}, fake.account)["items"]] == [made["id"]]
		assert client.webhook.delete(made["id"], fake.account) == []
