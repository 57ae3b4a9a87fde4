"""What FedEx refuses of the parties, a return and the customs data of a shipment:
https://developer.fedex.com/api/en-us/catalog/ship/docs.html"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes.customs_rules import Article, fault
from erp_connect.tests.fakes.provider_http import Refused

OF_ADDRESS = ("streetLines", "city", "countryCode")


def wrong(code: str, message: str, status: int = 400) -> Refused:
	return Refused(status, {"transactionId": "1", "errors": [{"code": code, "message": message}]})


def check_return(said: dict[str, Any]) -> None:
	special = said.get("shipmentSpecialServices") or {}
	told = "RETURN_SHIPMENT" in (special.get("specialServiceTypes") or ())
	if told != (special.get("returnShipmentDetail") == {"returnType": "PRINT_RETURN_LABEL"}):
		raise wrong("RETURNSHIPMENTDETAIL.INVALID", "Return shipment detail is required for a return.")


def check_parties(said: dict[str, Any]) -> None:
	parties = [said["shipper"], *said["recipients"]]
	for party in parties:
		address, contact = party.get("address") or {}, party.get("contact") or {}
		if not all(address.get(name) for name in OF_ADDRESS) or not contact.get("phoneNumber"):
			raise wrong("ADDRESS.INVALID", "Address and phone number of shipper and recipient are required.")
		if not isinstance(address["streetLines"], list) or len(address["countryCode"]) != 2:
			raise wrong("COUNTRY.CODE.INVALID", "Invalid country code.")
	abroad = len({party["address"]["countryCode"] for party in parties}) > 1
	customs = said.get("customsClearanceDetail") or {}
	if not abroad and customs:
		raise wrong("CUSTOMSCLEARANCEDETAIL.INVALID", "Customs clearance detail is for shipments abroad.")
	if abroad and not (customs.get("dutiesPayment") and customs.get("commodities")):
		raise wrong("CUSTOMSCLEARANCEDETAIL.REQUIRED", "Customs clearance detail is required.")
	if abroad and (words := _fault(customs, said["requestedPackageLineItems"])):
		raise wrong("COMMODITY.INVALID", f"Customs clearance detail: {words}.")


def _fault(customs: dict[str, Any], packages: list[dict[str, Any]]) -> str:
	"""What is wrong with customs data, empty where nothing is."""
	duties = customs["dutiesPayment"]
	if (duties["paymentType"] == "SENDER") != ("payor" in duties):
		return "payor of the duties is required where that is the sender, and there alone"
	if any(one["weight"]["units"] != "KG" or one["quantityUnits"] != "PCS" for one in customs["commodities"]):
		return "unit of weight or quantity is invalid"
	articles = [
		Article(
			description=one["description"],
			pieces=one["quantity"],
			price=one["unitPrice"]["amount"],
			origin=one["countryOfManufacture"],
			tariff=one.get("harmonizedCode"),
			value=one["customsValue"]["amount"],
			weight=one["weight"]["value"],
			currencies=(one["unitPrice"]["currency"], one["customsValue"]["currency"]),
		)
		for one in customs["commodities"]
	]
	total = customs["totalCustomsValue"]
	most = sum(one["weight"]["value"] * one.get("groupPackageCount", 1) for one in packages)
	return fault(articles, total["amount"], total["currency"], most)
