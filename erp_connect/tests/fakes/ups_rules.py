"""What UPS refuses of shipments, rates and pickups: https://github.com/UPS-API/api-documentation"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes.carrier_http import label
from erp_connect.tests.fakes.customs_rules import Article, fault
from erp_connect.tests.fakes.provider_http import Refused

ACCOUNT = "A12B34"
# What each service costs for a package.
SERVICES = {"03": 14.35, "02": 27.9, "65": 88.2}
INVOICE = label("invoice")
NORTH_AMERICA = ("US", "PR", "CA")
UNION = ("DE", "FR", "NL", "AT")


def wrong(code: str, message: str, status: int = 400) -> Refused:
	return Refused(status, {"response": {"errors": [{"code": code, "message": message}]}})


def _need(values: dict[str, Any], names: tuple[str, ...], where: str) -> None:
	if missing := [name for name in names if not values.get(name)]:
		raise wrong("120100", f"Missing or invalid {where} {missing[0]}.")


def is_abroad(said: dict[str, Any]) -> bool:
	"""Whether a shipment crosses a border of customs, to be delivered there."""
	first, second = _country(said, "ShipFrom"), _country(said, "ShipTo")
	return first != second and not (first in UNION and second in UNION) and "ReturnService" not in said


def references(said: dict[str, Any]) -> set[str]:
	"""All references of a shipment and its packages."""
	found = [*said.get("ReferenceNumber", ())]
	for package in said["Package"]:
		found.extend(package.get("ReferenceNumber", ()))
	return {one["Value"] for one in found}


def _country(said: dict[str, Any], party: str) -> str:
	return said[party]["Address"]["CountryCode"]


def _address(party: dict[str, Any], where: str) -> None:
	address = party.get("Address") or {}
	_need(address, ("AddressLine", "City", "CountryCode"), where)
	lines = address["AddressLine"]
	if not isinstance(lines, list) or any(len(line) > 35 for line in lines) or len(lines) > 3:
		raise wrong("120104", f"Invalid {where} address line.")
	if address["CountryCode"] in ("US", "CA"):
		_need(address, ("StateProvinceCode", "PostalCode"), where)
	if not address.get("PostalCode", "1").isalnum():
		raise wrong("120115", f"Invalid {where} postal code.")


def _party(said: dict[str, Any], name: str) -> None:
	party = said.get(name) or {}
	_need(party, ("Name", "Address"), name)
	_address(party, name)
	phone = (party.get("Phone") or {}).get("Number", "")
	ten = party["Address"]["CountryCode"] in NORTH_AMERICA
	if phone and (not phone.isdigit() or len(phone) > 15 or (ten and len(phone) != 10)):
		raise wrong("120217", f"{name} phone number must be digits only, 10 in this country.")


def shipment(body: dict[str, Any]) -> dict[str, Any]:
	"""The shipment of a request. Raises `Refused`."""
	if body.get("Request", {}).get("RequestOption") not in ("validate", "nonvalidate"):
		raise wrong("120001", "Invalid or missing request option.")
	said = body.get("Shipment") or {}
	_need(said, ("Shipper", "ShipTo", "PaymentInformation", "Service", "Package"), "shipment")
	for name in ("Shipper", "ShipFrom", "ShipTo"):
		_party(said, name)
	charges = said["PaymentInformation"]["ShipmentCharge"]
	if said["Shipper"].get("ShipperNumber") != ACCOUNT:
		raise wrong("120120", "Invalid shipper number.")
	if {"Type": "01", "BillShipper": {"AccountNumber": ACCOUNT}} not in charges:
		raise wrong("120401", "Invalid payment information.")
	if any(one.get("BillShipper") != {"AccountNumber": ACCOUNT} for one in charges):
		raise wrong("120402", "Invalid payer of charges.")
	if said["Service"].get("Code") not in SERVICES:
		raise wrong("121210", "The requested service is unavailable between the selected locations.")
	label_format = body.get("LabelSpecification") or {}
	if (label_format.get("LabelImageFormat") or {}).get("Code") not in ("GIF", "PNG") or not label_format.get(
		"LabelStockSize"
	):
		raise wrong("120500", "Invalid label specification.")
	_packages(said, "Packaging")
	_references(said)
	_return(said)
	_customs(said)
	return said


def _packages(said: dict[str, Any], kind: str) -> None:
	us = _country(said, "ShipFrom") == "US"
	for package in said["Package"]:
		if (package.get(kind) or {}).get("Code") != "02":
			raise wrong("120600", "Missing or invalid packaging.")
		weight = package.get("PackageWeight") or {}
		if weight["UnitOfMeasurement"]["Code"] != ("LBS" if us else "KGS"):
			raise wrong("111057", "This measurement system is not valid for the selected country.")
		if not 0 < float(weight["Weight"]) <= 150 or len(weight["Weight"]) > 5:
			raise wrong("120601", "Invalid package weight.")
		size = package.get("Dimensions")
		if size and (
			size["UnitOfMeasurement"]["Code"] != ("IN" if us else "CM")
			or not all(
				float(size[name]) >= 1 and len(size[name]) <= 5 for name in ("Length", "Width", "Height")
			)
		):
			raise wrong("120602", "Invalid package dimensions.")


def _references(said: dict[str, Any]) -> None:
	domestic = _country(said, "ShipFrom") == _country(said, "ShipTo") and _country(said, "ShipTo") in (
		"US",
		"PR",
	)
	if domestic and said.get("ReferenceNumber"):
		raise wrong("120300", "Shipment reference numbers are not allowed within US and PR.")
	if not domestic and any(package.get("ReferenceNumber") for package in said["Package"]):
		raise wrong("120301", "Package reference numbers are allowed within US and PR only.")
	if any(not text or len(text) > 35 for text in references(said)):
		raise wrong("120302", "Invalid reference number.")


def _return(said: dict[str, Any]) -> None:
	if "ReturnService" not in said:
		return
	if said["ReturnService"] != {"Code": "9"}:
		raise wrong("120700", "Invalid return service.")
	if any(not package.get("Description") for package in said["Package"]):
		raise wrong("120701", "Merchandise description is required for a return.")
	if said["Shipper"]["Address"] != said["ShipTo"]["Address"]:
		raise wrong("120702", "The shipper of this account is not at this address.")


def _customs(said: dict[str, Any]) -> None:
	forms = (said.get("ShipmentServiceOptions") or {}).get("InternationalForms")
	if not is_abroad(said):
		if forms:
			raise wrong("120900", "International forms are for shipments abroad.")
		return
	if not forms:
		raise wrong("120901", "An invoice is required.")
	_need(forms, ("InvoiceNumber", "InvoiceDate", "ReasonForExport", "CurrencyCode", "Product"), "invoice")
	if forms["FormType"] != ["01"] or not said.get("Description"):
		raise wrong("120902", "Missing or invalid form type, or description.")
	_party(forms["Contacts"], "SoldTo")
	for one in forms["Product"]:
		_product(one)
	_total(said["InvoiceLineTotal"], forms)


def _product(one: dict[str, Any]) -> None:
	_need(one, ("Description", "Unit", "PartNumber", "OriginCountryCode"), "product")
	if not isinstance(one["Description"], list) or any(len(text) > 35 for text in one["Description"]):
		raise wrong("120905", "Invalid product description.")
	unit = one["Unit"]
	if unit["UnitOfMeasurement"]["Code"] != "PCS" or not unit["Number"].isdigit():
		raise wrong("120903", "Invalid product unit.")
	if len(unit["Value"].partition(".")[2]) > 6:
		raise wrong("120903", "Invalid product value.")


def _total(total: dict[str, str], forms: dict[str, Any]) -> None:
	if not total["MonetaryValue"].isdigit() or total["MonetaryValue"] == "0":
		raise wrong("120904", "Invalid invoice line total.")
	if total["CurrencyCode"] != forms["CurrencyCode"]:
		raise wrong("120906", "The invoice has several currencies.")
	articles = [
		Article(
			description=one["Description"][0],
			pieces=int(one["Unit"]["Number"]),
			price=float(one["Unit"]["Value"]),
			origin=one["OriginCountryCode"],
			tariff=one.get("CommodityCode"),
		)
		for one in forms["Product"]
	]
	# The total of the invoice is told in whole numbers.
	if words := fault(articles, int(total["MonetaryValue"]), forms["CurrencyCode"], off=1):
		raise wrong("120907", f"Invalid invoice: {words}.")


def rate(body: dict[str, Any]) -> dict[str, Any]:
	"""The shipment of a question for rates. Raises `Refused`."""
	said = body.get("Shipment") or {}
	if (said.get("Shipper") or {}).get("ShipperNumber") != ACCOUNT:
		raise wrong("111580", "Missing or invalid shipper number.")
	for name in ("ShipFrom", "ShipTo"):
		address = (said.get(name) or {}).get("Address") or {}
		_need(address, ("CountryCode", "PostalCode"), name)
	_need(said, ("Package",), "shipment")
	_packages(said, "PackagingType")
	return said


def pickup(body: dict[str, Any]) -> None:
	"""Raises `Refused` for a pickup that lacks something."""
	_need(
		body,
		("RatePickupIndicator", "PickupDateInfo", "PickupAddress", "AlternateAddressIndicator", "PickupPiece",
		"PaymentMethod"),
		"pickup",
	)  # fmt: skip
	when, address = body["PickupDateInfo"], body["PickupAddress"]
	_need(address, ("CompanyName", "ContactName", "AddressLine", "City", "CountryCode", "ResidentialIndicator", "Phone"), "pickup")  # fmt: skip
	if body["PaymentMethod"] == "01" and body["Shipper"]["Account"]["AccountNumber"] != ACCOUNT:
		raise wrong("9500500", "Invalid shipper account.")
	if (
		len(when["PickupDate"]) != 8
		or not when["ReadyTime"] < when["CloseTime"]
		or len(when["CloseTime"]) != 4
	):
		raise wrong("9500512", "Invalid pickup date or times.")
	if any(len(piece["ServiceCode"]) != 3 or piece["ContainerCode"] != "01" for piece in body["PickupPiece"]):
		raise wrong("9500550", "Invalid pickup piece.")


def subscription(body: dict[str, Any], shipments: Any) -> list[str]:
	"""The numbers of a request for notices (Track Alert, version 1) that are parcels. Raises `Refused`."""
	destination = body.get("destination") or {}
	for code, what, said in (
		("VSS200", "Tracking Number List", body.get("trackingNumberList")),
		("VSS300", "Locale", body.get("locale")),
		("VSS400", "Country code", body.get("countryCode")),
		("VSS500", "Destination", destination),
		("VSS600", "URL", destination.get("url")),
		("VSS700", "Credential", destination.get("credential")),
		("VSS800", "CredentialType", destination.get("credentialType")),
	):
		if not said:
			raise wrong(code, f"{what} is required. The Subscription request has been rejected.")
	if known := [number for number in body["trackingNumberList"] if number in shipments]:
		return known
	raise wrong("VSS210", "The Subscription request should have at least one valid tracking number.")


def notice(number: str, kind: str, place: str, words: str, moment: str) -> dict[str, Any]:
	"""What is sent of an event of a parcel."""
	return {
		"trackingNumber": number,
		"localActivityDate": "20261128",
		"localActivityTime": moment,
		"activityLocation": {"city": place, "stateProvince": "TN", "country": "US"},
		"activityStatus": {"type": kind, "code": "FS", "description": words, "descriptionCode": "011"},
		"scheduledDeliveryDate": "20261128",
		"gmtActivityDate": "20261128",
		"gmtActivityTime": moment,
	}


def addresses(body: dict[str, Any]) -> dict[str, Any]:
	"""What is known of an address in the United States: that of one street. Raises `Refused`."""
	said = body.get("AddressKeyFormat") or {}
	if said.get("CountryCode") not in ("US", "PR"):
		raise wrong("264002", "Country code is invalid or missing.")
	found: dict[str, Any] = {"Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}}}
	if "OAK ST" not in said["AddressLine"][0].upper():
		return {"XAVResponse": {**found, "NoCandidatesIndicator": ""}}
	known = {
		"AddressLine": [said["AddressLine"][0].upper()],
		"PoliticalDivision2": said["PoliticalDivision2"].upper(),
		"PoliticalDivision1": said["PoliticalDivision1"],
		"PostcodePrimaryLow": said["PostcodePrimaryLow"],
		"PostcodeExtendedLow": "1234",
		"CountryCode": "US",
	}
	kind = {"Code": "2", "Description": "Residential"}
	candidate = {"AddressClassification": kind, "AddressKeyFormat": known}
	return {"XAVResponse": {**found, "ValidAddressIndicator": "", "Candidate": [candidate]}}
