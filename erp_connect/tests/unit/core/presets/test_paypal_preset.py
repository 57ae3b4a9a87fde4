"""What PayPal's preset makes of amounts and orders, and that the fake behaves as PayPal's own libraries expect."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.text_template import render_text
from erp_connect.tests.fakes.paypal import PayPal, fixture, signed_text

FILE = Path(__file__).parents[4] / "presets" / "paypal" / "preset.json"
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in json.loads(FILE.read_text())["flows"]}
OUT = "Refunds from ERPNext"
ID = "2GG279541U471931P"


def expression(flow: str, field: str, column: str = "source", other: str = "target"):
	(text,) = [row[other] for row in FLOWS[flow]["rows"] if row.get(column) == field]
	return compile_expression(text)


def decimal(value: object) -> Decimal:
	return Decimal(str(value))


def entry(amount: float, currency: str, **changes: object) -> dict[str, object]:
	values = {"paid_from_account_currency": currency, "paid_amount": amount}
	return {**values, "references": [{"matched_doc": {"currency": currency}}], **changes}


# The whole list: https://developer.paypal.com/reference/currency-codes/ . None of it has three decimals.
WHOLE = "HUF JPY TWD"
HUNDREDTHS = "AUD BRL CAD CNY CZK DKK EUR HKD ILS INR MYR MXN NZD NOK PHP PLN GBP SGD SEK CHF THB USD"


@pytest.mark.parametrize(("currencies", "texts"), [(WHOLE, ("7", "8")), (HUNDREDTHS, ("7", "7.56"))])
def test_every_currency_of_the_vendors_list_goes_out_and_comes_in_as_it_says(currencies, texts):
	for currency in currencies.split():
		sent = expression(OUT, "amount.value", "target", "source")
		assert tuple(sent.search(entry(amount, currency)) for amount in (7.0, 7.56)) == texts, currency
		for flow in ("Payments", "Refunds"):
			for text in (*texts, f"{texts[0]}.00"):
				came = {"amount": {"value": text, "currency_code": currency}}
				assert decimal(expression(flow, "amount").search(came)) == Decimal(text), currency


# https://developer.paypal.com/reference/currency-codes/ : decimal texts, and none for three currencies.
@pytest.mark.parametrize(
	("amount", "currency", "text"),
	[(10.0, "USD", "10"), (10.5, "EUR", "10.5"), (0.07, "GBP", "0.07"), (500.0, "JPY", "500"), (1045.4, "HUF", "1045"), (80.0, "TWD", "80")],
)  # fmt: skip
def test_amounts_go_out_as_texts(amount, currency, text):
	assert expression(OUT, "amount.value", "target", "source").search(entry(amount, currency)) == text


def test_a_refund_is_sent_only_where_its_currency_is_sure():
	amount = expression(OUT, "amount.value", "target", "source")
	matched = {"matched_doc": {"currency": "EUR"}}
	for references in ([], [matched], [matched, matched]):
		assert amount.search(entry(10, "USD", references=references)) is None


@pytest.mark.parametrize(
	("reference", "is_ours"),
	[
		(ID, True), (None, False), ("CHEQUE 4711", False), ("ACC-PAY-2026-0001", False), ("pay_QfAlderBirch1", False),
		(f"{ID}X", False), ("2GG279541U4719/1P", False), ("2GG279541U4719 1P", False),
	],
)  # fmt: skip
def test_only_the_id_of_a_capture_is_refunded(reference, is_ours):
	paid = {"payment_type": "Pay", "party_type": "Customer", "company": "A", "_account": {"company": "A"}}
	condition = compile_expression(FLOWS[OUT]["condition"])
	assert condition.is_true({**paid, "reference_no": reference}) is is_ours
	assert not condition.is_true({**paid, "reference_no": reference, "company": "B"})


@pytest.mark.parametrize(
	("capture", "found"),
	[
		({"custom_id": "SO-1", "invoice_id": "WC-7"}, "SO-1"),
		({"custom_id": None, "invoice_id": "SINV-1"}, "SINV-1"),
		({"custom_id": '{"order_id": 7001}', "invoice_id": "WC-7"}, 7001),
		({"custom_id": "7001"}, "7001"),
		({"custom_id": "{not json"}, "{not json"),
		({}, None),
	],
)
def test_the_order_is_named_by_custom_id_or_invoice_id(capture, found):
	assert expression("Payments", "order_id").search(capture) == found


def test_amount_fee_and_status_of_a_capture():
	capture = fixture("capture")
	read = {field: expression("Payments", field).search(capture) for field in ("amount", "fee", "status")}
	assert (decimal(read["amount"]), decimal(read["fee"]), read["status"]) == (93, 3, "completed")
	status = expression("Payments", "status")
	assert [status.search({"status": one}) for one in ("PARTIALLY_REFUNDED", "REFUNDED", "PENDING")] == [
		"completed",
		"completed",
		"pending",
	]
	assert expression("Payments", "fee").search({"status": "PENDING"}) is None


def test_a_refund_names_its_capture_and_what_was_given_back_of_the_fee():
	links = [
		{"rel": "self", "href": "https://api-m.paypal.com/v2/payments/refunds/R"},
		{"rel": "up", "href": f"https://api-m.paypal.com/v2/payments/captures/{ID}"},
	]
	assert expression("Refunds", "payment_id").search({"links": links}) == ID
	fee = expression("Refunds", "fee")
	given = [{"seller_payable_breakdown": {"paypal_fee": {"value": value}}} for value in ("0.50", "0.00")]
	assert [fee.search(one) for one in given] == [-0.5, None]
	assert fee.search({}) is None


@pytest.mark.parametrize(
	("amount", "fee", "clearing"),
	[("-93.00", None, (0, 93)), ("-93.00", "3.00", (0, 90)), ("93.00", "0.00", (93, 0)), ("-20.00", "-1.50", (0, 21.5))],
)  # fmt: skip
def test_a_reversal_moves_what_it_takes_or_gives_with_its_fee(amount, fee, clearing):
	moved = {"transaction_amount": {"value": amount}, "fee_amount": fee and {"value": fee}}
	flow = "Reversals and chargebacks"
	sides = [(0, "debit"), (0, "credit"), (1, "credit"), (1, "debit")]
	found = [expression(flow, f"accounts[{n}].{side}_in_account_currency").search(moved) for n, side in sides]
	assert [decimal(one) for one in found] == [decimal(one) for one in (*clearing, *clearing)]


def test_the_first_search_begins_with_the_day_that_was_entered():
	start = {row["key"]: row["value"] for row in FLOWS["Payments"]["pull_parameters"]}["start_date"]
	entered = {"input": {"first_day": "2026-11-01"}}
	assert render_text(start, {"since": None, **entered}) == "2026-11-01T00:00:00Z"
	assert render_text(start, {"since": "2026-11-20T08:00:00+0000", **entered}) == "2026-11-20T08:00:00+0000"


class TestTheFake:
	@pytest.fixture
	def fake(self):
		fake = PayPal()
		yield fake
		fake.stop()

	@pytest.fixture
	def session(self, fake):
		asked = {"data": {"grant_type": "client_credentials"}, "timeout": 10}
		token = requests.post(f"{fake.url}/v1/oauth2/token", auth=fake.client, **asked).json()["access_token"]
		with requests.Session() as session:
			session.headers["Authorization"] = f"Bearer {token}"
			yield session

	def search(self, session, fake, **query):
		return session.get(f"{fake.url}/v1/reporting/transactions", params=query, timeout=10)

	def test_a_search_has_two_ends_that_are_31_days_apart_at_most(self, fake, session):
		start = "2025-11-01T00:00:00Z"
		assert self.search(session, fake, start_date=start).status_code == 400
		assert (
			self.search(session, fake, start_date=start, end_date="2025-12-03T00:00:00Z").status_code == 400
		)
		assert self.search(session, fake, start_date=start, end_date="2025-11-20T00:00:00").status_code == 400
		assert (
			self.search(session, fake, start_date=start, end_date="2025-12-02T00:00:00Z").status_code == 200
		)

	def test_nothing_is_answered_without_a_token(self, fake):
		assert requests.get(f"{fake.url}/v1/notifications/webhooks", timeout=10).status_code == 401

	def test_the_vendors_library_signs_the_same_text(self):
		sdk = pytest.importorskip("paypalrestsdk")
		text = sdk.WebhookEvent._get_expected_sig("tr-1", "2025-11-25T08:00:00Z", "WH-1", '{"id": "ü"}')
		assert text == signed_text("tr-1", "2025-11-25T08:00:00Z", "WH-1", '{"id": "ü"}'.encode())

	def test_the_vendors_library_makes_lists_and_removes_webhooks(self, fake):
		sdk = pytest.importorskip("paypalrestsdk")
		client_id, client_secret = fake.client
		api = sdk.Api(endpoint=fake.url, client_id=client_id, client_secret=client_secret)
		asked = {"url": "https://erp.example.com", "event_types": [{"name": "PAYMENT.CAPTURE.COMPLETED"}]}
		made = sdk.Webhook(asked, api=api)
		assert made.create()
		assert [one.id for one in sdk.Webhook.all(api=api).webhooks] == [made.id]
		assert made.delete()
		assert fake.webhooks == {}
