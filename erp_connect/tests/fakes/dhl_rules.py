"""What MyDHL API refuses: https://developer.dhl.com/api-reference/dhl-express-mydhl-api"""

from __future__ import annotations

import re
from typing import Any

from erp_connect.tests.fakes.customs_rules import Article, fault
from erp_connect.tests.fakes.provider_http import Refused

ACCOUNT = "123456789"
# What each product costs for a package.
PRICES = {"U": 24.5, "P": 61.2, "N": 12.8}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d GMT[+-]\d\d:\d\d")
UNION = ("DE", "FR", "NL", "AT")


def wrong(status: int, title: str, detail: str, *more: str) -> Refused:
	told = {"instance": "/expapi", "title": title, "detail": detail, "status": str(status)}
	return Refused(status, {**told, **({"additionalDetails": list(more)} if more else {})})


def _need(values: Any, names: tuple[str, ...], where: str) -> None:
	missing = [name for name in names if not (values or {}).get(name)]
	if missing:
		said = [f"#/{where}: required key [{name}] not found" for name in missing]
		raise wrong(422, "Unprocessable Entity", "Validation error", *said)


def _address(address: dict[str, Any], where: str) -> None:
	_need(address, ("cityName", "countryCode", "addressLine1"), where)
	if not isinstance(address.get("postalCode"), str) or len(address["countryCode"]) != 2:
		raise wrong(400, "Bad request", f"Invalid postal code or country of {where}")
	if len(address["addressLine1"]) > 45:
		raise wrong(400, "Bad request", f"The address line of {where} is too long")


def _party(body: dict[str, Any], name: str) -> None:
	party = (body.get("customerDetails") or {}).get(name)
	_need(party, ("postalAddress", "contactInformation"), name)
	_address(party["postalAddress"], name)
	_need(party["contactInformation"], ("phone", "companyName", "fullName"), name)


def _account(body: dict[str, Any]) -> None:
	if body.get("accounts") != [{"typeCode": "shipper", "number": ACCOUNT}]:
		raise wrong(400, "Bad request", "Requested account is not valid")


def _packages(packages: list[dict[str, Any]]) -> None:
	for package in packages or [{}]:
		size = package.get("dimensions") or {}
		if not package.get("weight") or not all(size.get(name) for name in ("length", "width", "height")):
			raise wrong(422, "Unprocessable Entity", "Weight and dimensions of each package are required")


def _moment(text: Any) -> None:
	if not MOMENT.fullmatch(str(text)):
		raise wrong(422, "Unprocessable Entity", "plannedShippingDateAndTime does not match its pattern")


def _countries(body: dict[str, Any]) -> list[str]:
	parties = body["customerDetails"].values()
	return [(party.get("postalAddress") or party)["countryCode"] for party in parties]


def is_abroad(body: dict[str, Any]) -> bool:
	"""Whether goods cross a border of customs."""
	first, second = _countries(body)
	return first != second and not (first in UNION and second in UNION)


def has_reference(body: dict[str, Any], query: dict[str, str]) -> bool:
	"""Whether a shipment is asked for by its reference. Raises `Refused` where no time is told."""
	_need(query, ("shipmentReference", "shipperAccountNumber", "dateRangeFrom", "dateRangeTo"), "query")
	wanted = {"value": query["shipmentReference"], "typeCode": query.get("shipmentReferenceType", "CU")}
	return wanted in body.get("customerReferences", ()) and query["shipperAccountNumber"] == ACCOUNT


def shipment(body: dict[str, Any]) -> None:
	"""Raises `Refused` for a shipment that lacks something."""
	_need(body, ("plannedShippingDateAndTime", "pickup", "productCode", "accounts", "customerDetails", "content"), "shipment")  # fmt: skip
	_moment(body["plannedShippingDateAndTime"])
	_account(body)
	for name in ("shipperDetails", "receiverDetails"):
		_party(body, name)
	content = body["content"]
	_need(content, ("packages", "description", "unitOfMeasurement"), "content")
	_packages(content["packages"])
	if body["productCode"] not in PRICES:
		raise wrong(
			400, "Bad request", "The requested product(s) not available based on your search criteria"
		)
	if content.get("isCustomsDeclarable") is not is_abroad(body):
		raise wrong(400, "Bad request", "isCustomsDeclarable does not fit the way")
	if not is_abroad(body):
		return
	_need(content, ("declaredValue", "declaredValueCurrency", "incoterm", "exportDeclaration"), "content")
	_need(content["exportDeclaration"], ("lineItems", "invoice"), "exportDeclaration")
	_need(content["exportDeclaration"]["invoice"], ("number", "date"), "invoice")
	_declaration(content)


def _declaration(content: dict[str, Any]) -> None:
	items = content["exportDeclaration"]["lineItems"]
	for place, item in enumerate(items, 1):
		_need(
			item, ("number", "description", "price", "quantity", "manufacturerCountry", "weight"), "lineItems"
		)
		codes = item.get("commodityCodes", [{"typeCode": "outbound", "value": "000000"}])
		if item["number"] != place or any(set(code) != {"typeCode", "value"} for code in codes):
			raise wrong(
				422, "Unprocessable Entity", f"Invalid number or commodity codes of line item {place}"
			)
		if item["quantity"]["unitOfMeasurement"] != "PCS" or round(item["price"], 3) != item["price"]:
			raise wrong(422, "Unprocessable Entity", f"Invalid unit or price of line item {place}")
	articles = [
		Article(
			description=item["description"],
			pieces=item["quantity"]["value"],
			price=item["price"],
			origin=item["manufacturerCountry"],
			tariff=item["commodityCodes"][0]["value"] if "commodityCodes" in item else None,
			weight=item["weight"]["netValue"],
		)
		for item in items
	]
	most = sum(package["weight"] for package in content["packages"])
	if words := fault(articles, content["declaredValue"], content["declaredValueCurrency"], most):
		raise wrong(400, "Bad request", f"Export declaration: {words}")


def rates(body: dict[str, Any]) -> None:
	"""Raises `Refused` for a question that lacks something."""
	_need(body, ("customerDetails", "plannedShippingDateAndTime", "unitOfMeasurement", "packages"), "rates")
	_moment(body["plannedShippingDateAndTime"])
	_account(body)
	for name in ("shipperDetails", "receiverDetails"):
		_need(body["customerDetails"][name], ("cityName", "countryCode"), name)
	_packages(body["packages"])
	if body.get("isCustomsDeclarable") is not is_abroad(body):
		raise wrong(400, "Bad request", "isCustomsDeclarable does not fit the way")


def pickup(body: dict[str, Any]) -> None:
	"""Raises `Refused` for a pickup that lacks something."""
	_need(body, ("plannedPickupDateAndTime", "accounts", "customerDetails", "shipmentDetails"), "pickup")
	_moment(body["plannedPickupDateAndTime"])
	_account(body)
	_party(body, "shipperDetails")
	for one in body["shipmentDetails"]:
		_need(one, ("productCode", "unitOfMeasurement", "packages"), "shipmentDetails")
		_packages(one["packages"])


def known_address(query: dict[str, str]) -> dict[str, Any]:
	"""What is known of a postal code. Raises `Refused`."""
	_need(query, ("type", "countryCode"), "query")
	if query.get("postalCode") == "99999":
		raise wrong(404, "Not Found", "No location can be found based on your search criteria")
	place = {name: query.get(name, "") for name in ("countryCode", "postalCode", "cityName")}
	return {"address": [{**place, "cityName": place["cityName"].upper(), "serviceArea": {"code": "LYS"}}]}
