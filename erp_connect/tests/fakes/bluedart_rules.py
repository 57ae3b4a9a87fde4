"""What BlueDart refuses of a waybill or a pickup, as docs/systems/bluedart.md gathers it from clients of others."""

from __future__ import annotations

import re
from typing import Any

from erp_connect.tests.fakes.provider_http import Refused

CUSTOMER, AREA = "940111", "JAI"
# The areas of postal codes.
AREAS = {"302001": "JAI", "110001": "DEL", "400001": "BOM"}
# What a waybill cannot do without, and the most characters of each.
NEEDED = {
	"Consignee": {"ConsigneeName": 30, "ConsigneeAddress1": 30, "ConsigneeMobile": 15},
	"Shipper": {"OriginArea": 3, "CustomerCode": 6, "CustomerName": 30, "CustomerAddress1": 30, "CustomerPincode": 6,
		"CustomerMobile": 15},
	"Returnadds": {"ReturnAddress1": 30, "ReturnPincode": 6, "ReturnMobile": 15},
	"Services": {"ProductCode": 1, "CreditReferenceNo": 20, "PickupTime": 4, "PickupDate": 25},
}  # fmt: skip
FOR_A_PICKUP = (
	"AreaCode", "CustomerCode", "CustomerName", "ContactPersonName", "CustomerAddress1", "CustomerPincode", "MobileTelNo",
	"ProductCode", "NumberofPieces", "WeightofShipment", "ShipmentPickupDate", "ShipmentPickupTime", "OfficeCloseTime",
)  # fmt: skip
MOMENT = re.compile(r"/Date\(\d{13}\)/")
PINCODE, COUNTRY, CURRENCY, TARIFF = (
	re.compile(pattern) for pattern in (r"\d{6}", r"[A-Z]{2}", r"[A-Z]{3}", r"\d{6,10}")
)
TERMS = ("DAP", "DDP", "CIF", "CPT", "EXW", "FCA", "FOB")
ABROAD = "I"


def wrong(code: str, words: str, status: int = 400) -> Refused:
	said = [{"StatusCode": code, "StatusInformation": words}]
	return Refused(status, {"status": status, "title": "Bad Request", "error-response": said})


def check_waybill(request: dict[str, Any]) -> None:
	"""Raises `Refused` for a waybill that is not whole, or says one thing here and another there."""
	_check_fields(request)
	_check_reverse(request)
	if request["Consignee"].get("ConsigneeCountryCode", "IN") != "IN":
		_check_abroad(request)
	elif not PINCODE.fullmatch(request["Consignee"].get("ConsigneePincode") or ""):
		raise wrong("InvalidConsigneePincode", "ConsigneePincode is not one of India")
	elif request["Services"]["ProductCode"] == ABROAD or request["Services"].get("itemdtl"):
		raise wrong("InvalidProductCode", "Product is for parcels abroad")


def fits_area(request: dict[str, Any]) -> bool:
	"""Whether a parcel is fetched in the area that the waybill names."""
	shipper = request["Shipper"]
	return shipper["OriginArea"] == AREAS.get(shipper["CustomerPincode"])


def check_pickup(request: dict[str, Any], fetched: dict[str, Any] | None) -> None:
	"""Raises `Refused`. fetched: the waybill that is named, None where there is none."""
	if missing := [name for name in FOR_A_PICKUP if not request.get(name)]:
		raise wrong("InvalidRequest", f"{missing[0]} cannot be blank ")
	if not MOMENT.fullmatch(request["ShipmentPickupDate"]):
		raise wrong("InvalidPickupDate", "Invalid pickup date")
	if request["AreaCode"] != AREAS.get(request["CustomerPincode"]):
		raise wrong("InvalidAreaCode", "Area code is not that of the pincode")
	if not request["IsReversePickup"]:
		if request["AWBNo"] != [""]:
			raise wrong("InvalidAWBNo", "AWBNo is for reverse pickups")
	elif fetched is None or not fetched["Services"].get("IsReversePickup"):
		raise wrong("InvalidAWBNo", "AWBNo is no reverse waybill")
	elif fetched["Shipper"]["CustomerPincode"] != request["CustomerPincode"]:
		raise wrong("InvalidCustomerPincode", "The waybill is fetched elsewhere")


def _check_fields(request: dict[str, Any]) -> None:
	for part, names in NEEDED.items():
		for name, most in names.items():
			value = request[part].get(name) or ""
			if not value or len(value) > most:
				raise wrong(f"Invalid{name}", f"{name} cannot be blank, or have more than {most} characters ")
	services = request["Services"]
	if not MOMENT.fullmatch(services["PickupDate"]) or not services["ActualWeight"] > 0:
		raise wrong("InvalidPickupDate", "Invalid pickup date or weight")
	if services["PieceCount"] != sum(one["Count"] for one in services["Dimensions"]):
		raise wrong("InvalidPieceCount", "Pieces and dimensions differ")


def _check_reverse(request: dict[str, Any]) -> None:
	"""A reverse waybill is paid by whoever gets the parcel, to whom it also comes back; any other one by who sends it."""
	services, shipper = request["Services"], request["Shipper"]
	reverse = services.get("IsReversePickup", False)
	if shipper["IsToPayCustomer"] is not reverse or services["RegisterPickup"]:
		raise wrong("InvalidIsToPayCustomer", "IsToPayCustomer does not go with the waybill")
	home = request["Consignee"]["ConsigneePincode"] if reverse else shipper["CustomerPincode"]
	if request["Returnadds"]["ReturnPincode"] != home:
		raise wrong("InvalidReturnPincode", "Return address is elsewhere")


def _check_abroad(request: dict[str, Any]) -> None:
	consignee, services = request["Consignee"], request["Services"]
	if services["ProductCode"] != ABROAD or services["ProductType"] != 2 or services["SubProductCode"]:
		raise wrong("InvalidProductCode", "Product is not for parcels abroad")
	if not COUNTRY.fullmatch(consignee["ConsigneeCountryCode"]) or not consignee.get("ConsigneeCityName"):
		raise wrong("InvalidConsigneeCountryCode", "Country and city are needed")
	if not CURRENCY.fullmatch(services.get("CurrencyCode") or ""):
		raise wrong("InvalidCurrencyCode", "Invalid currency")
	_check_terms(services)
	articles = services.get("itemdtl") or []
	if not articles or services.get("ItemCount") != len(articles):
		raise wrong("InvalidItemCount", "Items are needed, and their number")
	for article in articles:
		_check_article(article)
	if abs(sum(one["TotalValue"] for one in articles) - services["DeclaredValue"]) > 0.01:
		raise wrong("InvalidDeclaredValue", "Declared value is not that of the items")
	if sum(one["Weight"] for one in articles) > services["ActualWeight"] + 0.01:
		raise wrong("InvalidWeight", "Items weigh more than the parcel")


def _check_terms(services: dict[str, Any]) -> None:
	terms = services.get("IncotermCode")
	if terms not in TERMS or services.get("TermsOfTrade") != terms:
		raise wrong("InvalidIncotermCode", "Invalid incoterm")
	if services["IsDutyTaxPaidByShipper"] is not (terms == "DDP"):
		raise wrong("InvalidIsDutyTaxPaidByShipper", "Duties do not go with the incoterm")


def _check_article(article: dict[str, Any]) -> None:
	if not TARIFF.fullmatch(article.get("HSCode") or ""):
		raise wrong("InvalidHSCode", "HSCode cannot be blank")
	origins = [article.get("countryOfOrigin") or "", article.get("ManufactureCountryCode") or ""]
	if not all(map(COUNTRY.fullmatch, origins)):
		raise wrong("InvalidcountryOfOrigin", "Country of origin cannot be blank")
	if abs(article["PerUnitRate"] * article["Itemquantity"] - article["TotalValue"]) > 0.01:
		raise wrong("InvalidTotalValue", "Rate and quantity do not make the value")
	if not article.get("ItemName") or not article.get("InvoiceNumber") or article.get("Unit") != "PCS":
		raise wrong("InvalidItem", "Name, invoice and unit are needed")
	if not MOMENT.fullmatch(article.get("InvoiceDate") or "") or not article.get("Weight", 0) > 0:
		raise wrong("InvalidInvoiceDate", "Invalid date of invoice, or weight")
