"""What Paytm's preset makes of payments and refunds, and that the fake signs as Paytm's own library checks."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import paytmchecksum
import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.tests.fakes.paytm import KEY, OF_REFUND, fixture, form

FILE = Path(__file__).parents[4] / "presets" / "paytm" / "preset.json"
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in json.loads(FILE.read_text())["flows"]}
REFERENCE = "20251125111212800110168470100000001 SAL-ORD-2026-00012"
ENTRY = {
	"name": "ACC-PAY-2026-00012",
	"reference_no": REFERENCE,
	"paid_amount": 1234567.5,
	"payment_type": "Pay",
	"party_type": "Customer",
	"company": "A",
	"_account": {"company": "A"},
	"paid_from_account_currency": "INR",
	"references": [{"matched_doc": {"currency": "INR"}}],
}


def test_the_fake_signs_a_form_as_the_library_checks_it():
	values = dict(parse_qsl(form(fixture("webhook"), KEY).decode(), keep_blank_values=True))
	seal = values.pop("CHECKSUMHASH")
	assert paytmchecksum.verifySignature(dict(values), KEY, seal)
	assert not paytmchecksum.verifySignature({**values, "TXNAMOUNT": "94.00"}, KEY, seal)


@pytest.mark.parametrize(
	("status", "word"),
	[
		("TXN_SUCCESS", "success"),
		("TXN_FAILURE", "failure"),
		("PENDING", "pending"),
		("NO_RECORD", "pending"),
	],
)
def test_states_of_payments(status, word):
	(row,) = [row for row in FLOWS["Payments"]["rows"] if row["source"] == "status"]
	assert compile_expression(row["target"]).search({"resultInfo": {"resultStatus": status}}) == word


def sent(**changes):
	rows = [
		Row(**{name: row[name] for name in ("source", "target")})
		for row in FLOWS["Refunds from ERPNext"]["rows"]
	]
	return compile_mapping(rows, "out").apply({**ENTRY, **changes})


def test_a_refund_names_payment_and_order_and_its_amount_as_text():
	body = sent()["body"]
	assert set(body) == OF_REFUND - {"mid"}
	assert (body["txnId"], body["orderId"]) == tuple(REFERENCE.split())
	assert (body["refId"], body["refundAmount"]) == ("ACC-PAY-2026-00012", "1234567.5")


def test_a_refund_in_another_currency_has_no_amount():
	assert not sent(references=[{"matched_doc": {"currency": "USD"}}])["body"].get("refundAmount")


@pytest.mark.parametrize(
	("changes", "goes"),
	[
		({}, True), ({"reference_no": "CHEQUE 4711"}, False), ({"reference_no": None}, False),
		({"reference_no": REFERENCE.split()[0]}, False), ({"paid_from_account_currency": "USD"}, False),
	],
)  # fmt: skip
def test_only_a_payment_of_paytm_is_refunded(changes, goes):
	condition = compile_expression(FLOWS["Refunds from ERPNext"]["condition"])
	assert bool(condition.search({**ENTRY, **changes})) is goes
