"""The vendor's own library reads what Authorize.net's preset asks: a request that is not of its schema is refused there."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest

from erp_connect.core.expressions.expression import compile_expression
from erp_connect.tests.unit.core.presets.test_authorize_net_preset import FILE, FLOWS, STATES, sent

NAMESPACE = "AnetApi/xml/v1/schema/AnetApiSchema.xsd"
LOGIN = {"name": "5KP3u95bQpv", "transactionKey": "346HZ32z3fP4hTG2"}
# What is filled into a question; everything else in braces is an end of a window.
FILLED = {"external_id": "60020981676", "_parent.id": "7640", "page_size": 100}
DAY = "2026-11-20T00:00:00Z"
BODIES = ("parent_body", "pull_body", "fetch_body")


@pytest.fixture(scope="module")
def sdk():
	return pytest.importorskip("authorizenet.apicontractsv1")


def as_xml(name: str, value: Any) -> str:
	"""As the vendor reads JSON: an object is a sequence of elements, a list one element repeated."""
	if isinstance(value, list):
		return "".join(as_xml(name, one) for one in value)
	if isinstance(value, dict):
		return f"<{name}>{''.join(as_xml(key, one) for key, one in value.items())}</{name}>"
	text = str(value).lower() if isinstance(value, bool) else str(value)
	return f"<{name}>{escape(text)}</{name}>"


def document(request: dict[str, Any]) -> bytes:
	"""A request with its credentials, as the account puts them first."""
	((name, value),) = request.items()
	inner = as_xml(name, {"merchantAuthentication": LOGIN, **value})
	return inner.replace(f"<{name}>", f'<{name} xmlns="{NAMESPACE}">', 1).encode()


def judged(sdk: Any, request: dict[str, Any]) -> Any:
	"""A request as the library reads it. Raises its ValidationError, or ValueError for what it merely passes over."""
	read = sdk.CreateFromDocument(document(request))
	read.validateBinding()
	_require_known(read)
	return read


def _require_known(read: Any) -> None:
	"""Elements that are unknown are kept by the library as nodes, beside those that it understood."""
	for part in read.orderedContent() if hasattr(read, "orderedContent") else ():
		if type(part.value).__module__.endswith("saxdom"):
			raise ValueError(f"not of the schema: {part.value}")
		_require_known(part.value)


def filled(value: Any) -> Any:
	"""A template with something in each place."""
	if isinstance(value, dict):
		return {key: filled(one) for key, one in value.items()}
	if isinstance(value, str) and value.startswith("{"):
		return FILLED.get(value[1:-1], DAY)
	return value


def asked() -> list[Any]:
	preset = json.loads(FILE.read_text(encoding="utf-8"))
	bodies = {f"check {one['title']}": one["body"] for one in preset["check"]}
	for name, flow in FLOWS.items():
		bodies |= {f"{name} {field}": json.loads(flow[field]) for field in BODIES if flow.get(field)}
	return [pytest.param(filled(body), id=name) for name, body in bodies.items()]


@pytest.mark.parametrize("request_", asked())
def test_each_question_is_of_the_schema(sdk: Any, request_: dict[str, Any]):
	(name,) = request_
	assert isinstance(judged(sdk, request_), getattr(sdk, name).typeDefinition())


def test_the_refund_is_of_the_schema(sdk: Any):
	read = judged(sdk, sent())
	assert (read.transactionRequest.refTransId, str(read.transactionRequest.amount)) == (
		"60020981676",
		"10.5",
	)


def test_what_is_not_of_the_schema_is_refused(sdk: Any):
	((name, value),) = sent().items()
	inner = value["transactionRequest"]
	for wrong in (
		{**value, "transactionRequest": dict(reversed(list(inner.items())))},
		{**value, "transactionRequest": {**inner, "nothing": "1"}},
		{**value, "refId": "1" * 21},
	):
		with pytest.raises((ValueError, sdk.pyxb.ValidationError)):
			judged(sdk, {name: wrong})


def test_the_amounts_of_a_settlement_are_of_the_schema(sdk: Any):
	known = set(dir(sdk.batchStatisticType))
	(paid,) = [
		row["target"]
		for row in FLOWS["Settlements"]["rows"]
		if row["source"] == "accounts[0].debit_in_account_currency"
	]
	amounts = [
		"chargeAmount", "refundReturnedItemsAmount", "refundChargeBackAmount",
		"refundAmount", "chargeReturnedItemsAmount", "chargeChargeBackAmount",
	]  # fmt: skip
	assert all(amount in paid for amount in amounts)
	assert known.issuperset(amounts)
	statistics = [dict.fromkeys(amounts, 1) | {"chargeAmount": 93}]
	assert float(compile_expression(paid).search({"statistics": statistics})) == 92


def test_the_states_of_transactions_are_those_of_the_schema(sdk: Any):
	assert set(STATES) == {str(value) for value in sdk.transactionStatusEnum.values()}
