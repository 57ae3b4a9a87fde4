"""What Paytm's preset makes of payments and refunds, and that the fake signs as Paytm's own library checks."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import paytmchecksum
import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.expressions.text_template import fill_json
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.core.verify.alternatives import chosen
from erp_connect.core.verify.events import events_of
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.verification import VerificationError, inbound_request, verify
from erp_connect.tests.fakes.paytm import KEY, OF_REFUND, document, fixture, form

FILE = Path(__file__).parents[4] / "presets" / "paytm" / "preset.json"
PRESET = json.loads(FILE.read_text())
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in PRESET["flows"]}
SCHEME = scheme_from_dict(next(iter(PRESET["webhooks"]["schemes"].values())))
FORM, JSON = "application/x-www-form-urlencoded", "application/json; charset=UTF-8"
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
	assert (body["refId"], body["refundAmount"]) == ("ERPNEXT-ACC-PAY-2026-00012", "1234567.5")


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


def came(content_type, body):
	"""The topics of a webhook, as the app takes it in."""
	request = inbound_request("POST", "https://erp.example/hook", {"Content-Type": content_type}, body)
	way = chosen(SCHEME, request)
	return [event.topic for event in events_of(way, request, verify(way, request, [Secret(KEY)], 0))]


def refused(content_type, body):
	with pytest.raises(VerificationError) as caught:
		came(content_type, body)
	return caught.value.reason


REFUND = {
	"refundId": "2020",
	"refId": "R-1",
	"orderId": "O-1",
	"acceptRefundTimestamp": "2020-09-03 16:52:10.0",
}
CREDITED = {"userCreditInitiateTimestamp": "2020-09-03 16:52:10.0"}


@pytest.mark.parametrize(
	("said", "topic"),
	[({"status": "SUCCESS"}, "REFUND_ACCEPTED"), ({"status": "FAILED"}, "REFUND_REJECTED"), (CREDITED, "REFUND_SUCCESS")],
)  # fmt: skip
def test_a_refund_that_the_library_signed_is_believed(said, topic):
	text = json.dumps({**REFUND, **said})
	seal = paytmchecksum.generateSignature(text, KEY)
	body = f'{{"head":{{"signature":"{seal}","version":"v1"}},"body":{text}}}'.encode()
	assert came(JSON, body) == [topic]
	assert refused(JSON, body.replace(b"R-1", b"R-2")) == "mismatch"


def test_the_fake_signs_a_refund_as_the_library_checks_it():
	body = document({**REFUND, **CREDITED}, KEY).decode()
	seal = json.loads(body)["head"]["signature"]
	assert paytmchecksum.verifySignature(body[body.index('"body":') + 7 : -1], KEY, seal)


def test_a_payment_that_the_library_signed_is_believed_as_a_form_only():
	body = form(fixture("webhook"), KEY)
	assert came(FORM, body) == ["TXN_SUCCESS"]
	assert refused("text/plain", body) == "no_way"
	assert refused(JSON, body) in ("no_way", "malformed")


def test_neither_way_brings_what_is_the_others():
	assert refused(FORM, form({**fixture("webhook"), "STATUS": "REFUND_SUCCESS"}, KEY)) == "wrong_topic"
	# A signed refund, sent again as the fields of a form between which the same text stands.
	text = json.dumps({**REFUND, **CREDITED, "refundReason": "x|TXN_SUCCESS"})
	order, _, status = text.partition("|")
	seal = json.loads(document(json.loads(text), KEY))["head"]["signature"]
	assert (
		refused(FORM, urlencode({"ORDERID": order, "STATUS": status, "CHECKSUMHASH": seal}).encode())
		== "wrong_topic"
	)


@pytest.mark.parametrize(
	("since", "asked"),
	[
		(None, "2026-11-01T00:00:00+05:30"), ("2026-11-25 15:18:22", "2026-11-25T15:18:22+05:30"),
		("2026-11-25 15:18:22.0", "2026-11-25T15:18:22+05:30"), ("2026-11-25T15:18:22Z", "2026-11-25T15:18:22Z"),
		("2026-11-25T15:18:22+05:30", "2026-11-25T15:18:22+05:30"),
	],
)  # fmt: skip
@pytest.mark.parametrize(
	("flow", "start", "end"), [("Payments", "fromDate", "toDate"), ("Refunds", "startDate", "endDate")]
)
def test_lists_are_asked_for_by_times_as_paytm_reads_them(flow, start, end, since, asked):
	known = {"since": since, "until": "2026-11-28T12:30:00", "input": {"first_day": "2026-11-01"}}
	body = fill_json(json.loads(FLOWS[flow]["pull_body"]), known)
	assert (body["body"][start], body["body"][end]) == (asked, "2026-11-28T12:30:00+05:30")
	window = {**known, "window_start": "2025-06-01", "window_end": "2025-07-01"}
	body = fill_json(json.loads(FLOWS[flow]["pull_body"]), window)["body"]
	assert (body[start], body[end]) == ("2025-06-01T00:00:00+05:30", "2025-07-01T00:00:00+05:30")
	assert fill_json(json.loads(FLOWS[flow]["pull_body"]), known)["head"] == {"tokenType": "CHECKSUM"}


def test_a_refused_list_is_not_an_empty_one():
	records = {name: compile_expression(FLOWS[name]["pull_records"]) for name in ("Payments", "Refunds")}
	info = {"resultStatus": "FAILURE", "resultMsg": "Date range is invalid."}
	assert records["Payments"].search({"body": {"resultInfo": info}}) is None
	assert records["Payments"].search({"body": {"resultInfo": {"resultStatus": "SUCCESS"}}}) == []
	assert records["Refunds"].search({"status": "FAILURE", "errorMessage": "Date range is invalid."}) is None
	assert records["Refunds"].search({"status": "SUCCESS", "count": 0}) == []


@pytest.mark.parametrize(
	("result", "accepted", "word"),
	[
		("TXN_SUCCESS", "SUCCESS", "succeeded"), ("PENDING", "SUCCESS", "succeeded"), ("PENDING", None, "pending"),
		("TXN_FAILURE", "SUCCESS", "failed"), ("TXN_FAILURE", "FAILED", "failed"), (None, None, "pending"),
	],
)  # fmt: skip
def test_states_of_refunds(result, accepted, word):
	(row,) = [row for row in FLOWS["Refunds"]["rows"] if row["source"] == "status"]
	refund = {"resultInfo": {"resultStatus": result}, "acceptRefundStatus": accepted}
	assert compile_expression(row["target"]).search(refund) == word


def test_refunds_of_erpnext_are_told_from_others_unless_they_failed():
	listed = compile_expression(FLOWS["Refunds"]["pull_records"])
	told = compile_expression(FLOWS["Refunds"]["record_expression"])
	for ref_id, failed, taken in (("R-1", False, 1), ("ERPNEXT-A", False, 0), ("ERPNEXT-A", True, 1)):
		one = {"refId": ref_id, "acceptRefundStatus": "FAILED" if failed else "SUCCESS"}
		assert len(listed.search({"status": "SUCCESS", "orders": [one]})) == taken
		assert len(told.search({"body": {"refId": ref_id, "status": one["acceptRefundStatus"]}})) == taken
