"""What Authorize.net's preset makes of transactions, and that what it sends is as the vendor's schema wants it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.mapping.rows import Row, compile_mapping
from erp_connect.tests.fakes.authorize_net_api import require_schema

FILE = Path(__file__).parents[4] / "presets" / "authorize_net" / "preset.json"
FLOWS = {flow["mapping"]["mapping_name"]: flow["mapping"] for flow in json.loads(FILE.read_text())["flows"]}
# transactionStatusEnum of AnetApiSchema.xsd, and whether the money is there, is on its way, or was taken back.
STATES = {
	"authorizedPendingCapture": "no", "capturedPendingSettlement": "yes", "communicationError": "no",
	"refundSettledSuccessfully": "no", "refundPendingSettlement": "no", "approvedReview": "no", "declined": "no",
	"couldNotVoid": "no", "expired": "no", "generalError": "no", "pendingFinalSettlement": "no",
	"pendingSettlement": "no", "failedReview": "no", "settledSuccessfully": "yes", "settlementError": "no",
	"underReview": "no", "updatingSettlement": "no", "voided": "back", "FDSPendingReview": "no",
	"FDSAuthorizedPendingReview": "no", "returnedItem": "back", "chargeback": "back", "chargebackReversal": "yes",
	"authorizedPendingRelease": "no",
}  # fmt: skip
IN, BACK = {"captured", "settled"}, {"voided", "returned", "chargeback"}
ENTRY = {
	"name": "ACC-PAY-2026-00012",
	"reference_no": "60020981676 XXXX1111",
	"paid_amount": 10.5,
	"paid_from_account_currency": "USD",
	"references": [{"matched_doc": {"currency": "USD"}}],
}


def row_of(flow: str, field: str):
	(row,) = [row for row in FLOWS[flow]["rows"] if row["source"] == field]
	return compile_expression(row["target"])


@pytest.mark.parametrize("state", STATES)
def test_each_state_of_a_transaction_is_told_apart(state):
	word = row_of("Payments", "status").search({"transactionStatus": state})
	assert ("yes" if word in IN else "back" if word in BACK else "no") == STATES[state]


def test_states_of_refunds():
	status = row_of("Refunds", "status").search
	assert status({"transactionStatus": "refundPendingSettlement"}) == "succeeded"
	assert status({"transactionStatus": "voided"}) == "voided"
	assert status({"transactionStatus": "underReview"}) == "pending"


def sent(**changes):
	rows = [
		Row(**{name: row[name] for name in ("source", "target")})
		for row in FLOWS["Refunds from ERPNext"]["rows"]
	]
	return compile_mapping(rows, "out").apply({**ENTRY, **changes})


def test_a_refund_is_asked_for_in_the_sequence_of_the_schema():
	body = sent()
	((name, value),) = body.items()
	require_schema(name, value)
	asked = value["transactionRequest"]
	assert (Decimal(str(asked["amount"])), asked["refTransId"]) == (Decimal("10.5"), "60020981676")
	assert asked["payment"]["creditCard"] == {"cardNumber": "1111", "expirationDate": "XXXX"}
	assert asked["transactionSettings"]["setting"] == {
		"settingName": "duplicateWindow",
		"settingValue": "28800",
	}


def test_a_name_that_is_too_long_to_tell_duplicates_by_is_not_sent():
	asked = sent(name="A-VERY-LONG-NAMING-SERIES-00001")["createTransactionRequest"]["transactionRequest"]
	assert "order" not in asked or not asked["order"].get("invoiceNumber")


@pytest.mark.parametrize(
	("reference", "goes"),
	[
		("60020981676 XXXX1111", True),
		("60020981676", False),
		("CHEQUE 4711", False),
		("", False),
		(None, False),
	],
)
def test_only_a_card_payment_of_the_gateway_is_refunded(reference, goes):
	entry = {"payment_type": "Pay", "party_type": "Customer", "company": "A", "_account": {"company": "A"}}
	condition = compile_expression(FLOWS["Refunds from ERPNext"]["condition"])
	assert bool(condition.search({**entry, "reference_no": reference})) is goes


def test_a_batch_is_worth_what_was_charged_less_what_went_back():
	net = row_of("Settlements", "accounts[0].debit_in_account_currency").search
	statistics = [
		{"chargeAmount": 100.1, "refundAmount": 20.0, "chargeReturnedItemsAmount": 5.05},
		{"chargeAmount": 50.0, "refundAmount": 0.0, "refundReturnedItemsAmount": 1.0},
	]
	assert Decimal(str(net({"statistics": statistics}))) == Decimal("126.05")
	assert net({"statistics": [{"chargeAmount": 1.0, "refundAmount": 3.0}]}) == 0
