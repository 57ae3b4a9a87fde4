"""What the fake of Authorize.net's transaction API refuses: credentials, elements out of their order, dates too far apart.

The order is that of AnetApiSchema.xsd, which the SDKs are made from: JSON is read there as XML, by sequence.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from erp_connect.tests.fakes.provider_http import Refused

HEAD = ["merchantAuthentication", "refId"]
SEQUENCES = {
	"authenticateTestRequest": HEAD,
	"getTransactionDetailsRequest": [*HEAD, "transId"],
	"getSettledBatchListRequest": [*HEAD, "includeStatistics", "firstSettlementDate", "lastSettlementDate"],
	"getTransactionListRequest": [*HEAD, "batchId", "sorting", "paging"],
	"getCustomerProfileIdsRequest": HEAD,
	"getCustomerProfileRequest": [
		*HEAD, "customerProfileId", "merchantCustomerId", "email", "unmaskExpirationDate", "includeIssuerInfo",
	],
	"createTransactionRequest": [*HEAD, "transactionRequest"],
	"merchantAuthentication": ["name", "transactionKey"],
	"sorting": ["orderBy", "orderDescending"],
	"paging": ["limit", "offset"],
	"transactionRequest": [
		"transactionType", "amount", "currencyCode", "payment", "profile", "solution", "callId", "terminalNumber",
		"authCode", "refTransId", "splitTenderId", "order", "lineItems", "tax", "duty", "shipping", "taxExempt", "poNumber",
		"customer", "billTo", "shipTo", "customerIP", "cardholderAuthentication", "retail", "employeeId",
		"transactionSettings", "userFields",
	],
	"payment": ["creditCard"],
	"creditCard": ["cardNumber", "expirationDate", "cardCode"],
	"order": ["invoiceNumber", "description"],
	"transactionSettings": ["setting"],
	"setting": ["settingName", "settingValue"],
}  # fmt: skip
LONGEST = {"refId": 20, "invoiceNumber": 20}
LONGEST_RANGE = dt.timedelta(days=31)


def messages(code: str = "I00001", text: str = "Successful.") -> dict[str, Any]:
	result = "Error" if code.startswith("E") else "Ok"
	return {"messages": {"resultCode": result, "message": [{"code": code, "text": text}]}}


def refused(code: str, text: str, **more: Any) -> Refused:
	"""An error, which comes with status 200."""
	return Refused(200, {**more, **messages(code, text)})


def require_schema(name: str, value: Any) -> None:
	"""Refuse elements that are unknown, too long, or not in the order of the schema, as the vendor does (E00003)."""
	sequence = SEQUENCES[name]
	found = list(value)
	for one in found:
		if one not in sequence:
			raise refused("E00003", f"The element '{name}' has invalid child element '{one}'.")
	if found != sorted(found, key=sequence.index):
		raise refused("E00003", f"The element '{name}' has its child elements in another order: {found}.")
	for one, inner in value.items():
		if isinstance(inner, dict):
			require_schema(one, inner)
		elif one in LONGEST and len(str(inner)) > LONGEST[one]:
			raise refused(
				"E00003", f"The '{one}' element is invalid - its length is more than {LONGEST[one]}."
			)


def require_credentials(value: dict[str, Any], login: str, key: str) -> None:
	if not value or next(iter(value)) != "merchantAuthentication":
		raise refused("E00003", "The element has invalid child element. Expected: 'merchantAuthentication'.")
	if value["merchantAuthentication"] != {"name": login, "transactionKey": key}:
		raise refused("E00007", "User authentication failed due to invalid authentication values.")


def settled_between(value: dict[str, Any], now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
	"""The dates that batches are asked for; without any, the last 24 hours."""
	given = [value.get(name) for name in ("firstSettlementDate", "lastSettlementDate")]
	if not any(given):
		return now - dt.timedelta(hours=24), now
	if not all(given):
		raise refused("E00003", "Both or none of firstSettlementDate and lastSettlementDate are given.")
	first, last = (dt.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in given)
	if last - first > LONGEST_RANGE or first > last:
		raise refused("E00013", "The date range is invalid: at most 31 days.")
	return first, last
