"""A project at FedEx in memory, behaving as its documentation says: https://developer.fedex.com/api/en-us/catalog.html

Promises: gives tokens for a client in a form, for an hour; ships what has all that a label needs, one label for each
package; wants customs data where a border is crossed; cancels by number; tracks up to 30 numbers in a request, and says of
each that it does not know what was wrong. It knows no keys for repeated requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import requests

from erp_connect.tests.fakes.carrier_http import CarrierHandler, label
from erp_connect.tests.fakes.fedex_rules import check_parties, check_return, wrong
from erp_connect.tests.fakes.provider_http import Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "fedex" / "fixtures"
CLIENT, ACCOUNT, TOKEN = ("l7-fake-key", "fake-secret"), "740561073", "security-token-of-the-tests"
NEEDED = ("shipper", "recipients", "serviceType", "packagingType", "pickupType", "shippingChargesPayment",
	"labelSpecification", "requestedPackageLineItems")  # fmt: skip
SERVICES = {"FEDEX_GROUND": 21.45, "FEDEX_2_DAY": 38.1, "FEDEX_INTERNATIONAL_PRIORITY": 97.8}
MOST_TRACKED = 30
DELIVERED, TRANSIT, RETURNED = "DL", "IT", "RS"
WORDS = {DELIVERED: "Delivered", TRANSIT: "In transit", RETURNED: "Returned to shipper"}


def fixture(name: str) -> Any:
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class FedEx(FakeSystem):
	"""shipments: by master number, with what was sent (`said`). calls: (method, path, query, body) that came."""

	def __init__(self) -> None:
		self.client, self.tokens, self.given = CLIENT, set(), 0
		self.shipments: dict[str, dict[str, Any]] = {}
		self.pickups: dict[str, dict[str, Any]] = {}
		self.labels: dict[str, bytes] = {}
		self.fetched: list[dict[str, str]] = []
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self._last = 79_000_000_0000 + secrets.randbelow(10**9)
		self.lock = threading.RLock()
		self.serve(CarrierHandler)

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		return {
			"errors": [
				{"code": "SERVICE.UNAVAILABLE.ERROR", "message": "The service is currently unavailable."}
			]
		}

	def made(self) -> list[dict[str, Any]]:
		return [one for one in self.shipments.values() if not one["cancelled"]]

	def reach(self, number: str, code: str, place: str = "MEMPHIS") -> None:
		"""A parcel comes to a state."""
		self.shipments[number].update(code=code, place=place)

	def send(self, address: str, number: str, change: bytes = b"") -> int:
		"""Tell what is known of a number, signed. change: appended to the body after that."""
		body = json.dumps({"output": {"completeTrackResults": [self._tracked(number)]}}).encode()
		signed = base64.b64encode(hmac.new(TOKEN.encode(), body, hashlib.sha256).digest()).decode()
		headers = {"fdx-signature": signed, "Content-Type": "application/json"}
		return requests.post(address, data=body + change, headers=headers, timeout=30).status_code

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.path == "/oauth/token":
			return 200, self._token(dict(parse_qsl(request.raw.decode())))
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise wrong(
				"NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again.", 401
			)
		if request.headers.get("x-locale") != "en_US":
			raise wrong("LOCALE.INVALID", "Invalid locale.")
		body = json.loads(request.raw)
		self.calls.append((request.method, request.path, request.query, body))
		known = {
			("POST", "/ship/v1/shipments"): self._ship,
			("PUT", "/ship/v1/shipments/cancel"): self._cancel,
			("POST", "/track/v1/trackingnumbers"): self._track,
			("POST", "/rate/v1/rates/quotes"): self._rates,
			("POST", "/address/v1/addresses/resolve"): self._resolve,
			("POST", "/pickup/v1/pickups"): self._pick,
			("PUT", "/pickup/v1/pickups/cancel"): self._cancel_pickup,
		}
		if found := known.get((request.method, request.path)):
			return 200, found(body)
		raise wrong("NOT.FOUND.ERROR", "The resource you requested is no longer available.", 404)

	def _token(self, form: dict[str, str]) -> dict[str, Any]:
		client = (form.get("client_id"), form.get("client_secret"))
		if form.get("grant_type") != "client_credentials" or client != self.client:
			raise wrong("NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.", 401)
		self.given += 1
		token = f"token-{self.given}"
		self.tokens.add(token)
		return {"access_token": token, "token_type": "bearer", "expires_in": 3599, "scope": "CXS"}

	def _ship(self, body: dict[str, Any]) -> dict[str, Any]:
		said = body.get("requestedShipment") or {}
		if missing := [name for name in NEEDED if not said.get(name)]:
			raise wrong("REQUESTEDSHIPMENT.MISSING", f"{missing[0]} is required.")
		if body.get("accountNumber") != {"value": ACCOUNT} or body.get("labelResponseOptions") != "LABEL":
			raise wrong("ACCOUNT.NUMBER.MISMATCH", "Account number and label response options are required.")
		check_parties(said)
		check_return(said)
		if said["serviceType"] not in SERVICES:
			raise wrong(
				"SERVICETYPE.NOT.SUPPORTED",
				"Requested service is not available for the origin and destination.",
			)
		number = self._number()
		found = deepcopy(fixture("shipped"))
		(shipped,) = found["output"]["transactionShipments"]
		count = sum(item.get("groupPackageCount", 1) for item in said["requestedPackageLineItems"])
		if said.get("totalPackageCount") != count:
			raise wrong("TOTALPACKAGECOUNT.INVALID", "Total package count does not match the packages.")
		shipped.update(masterTrackingNumber=number, serviceType=said["serviceType"])
		shipped["completedShipmentDetail"]["shipmentRating"]["shipmentRateDetails"][0]["totalNetCharge"] = (
			SERVICES[said["serviceType"]] * count
		)
		shipped["pieceResponses"] = [self._piece(number, place) for place in range(count)]
		self.shipments[number] = {"said": said, "cancelled": False, "code": "", "place": ""}
		return found

	@staticmethod
	def _rates(body: dict[str, Any]) -> dict[str, Any]:
		said = body.get("requestedShipment") or {}
		for name in ("shipper", "recipient"):
			address = (said.get(name) or {}).get("address") or {}
			if not address.get("postalCode") or len(address.get("countryCode", "")) != 2:
				raise wrong(
					"RATE.ADDRESS.INVALID", "Postal code and country of shipper and recipient are required."
				)
		items = said.get("requestedPackageLineItems") or []
		if body.get("accountNumber") != {"value": ACCOUNT} or not items or not said.get("pickupType"):
			raise wrong("RATE.REQUEST.INVALID", "Account number, packages and pickup type are required.")
		found = [
			{
				"serviceType": service,
				"serviceName": service.replace("_", " ").title(),
				"commit": {"dateDetail": {"dayFormat": "2026-12-01T20:00:00"}},
				"ratedShipmentDetails": [
					{"rateType": "ACCOUNT", "totalNetCharge": price * len(items), "currency": "USD"}
				],
			}
			for service, price in reversed(SERVICES.items())
		]
		return {"output": {"rateReplyDetails": found}}

	@staticmethod
	def _resolve(body: dict[str, Any]) -> dict[str, Any]:
		(one,) = body["addressesToValidate"]
		address = one["address"]
		if address.get("countryCode") != "US" or not address.get("streetLines"):
			raise wrong("COUNTRY.CODE.INVALID", "Country code is invalid.")
		known = {
			"streetLinesToken": [line.upper() for line in address["streetLines"]],
			"city": address["city"].upper(),
			"stateOrProvinceCode": address["stateOrProvinceCode"],
			"postalCode": f"{address['postalCode'][:5]}-1234",
			"parsedPostalCode": {"base": address["postalCode"][:5], "addOn": "1234"},
			"countryCode": "US",
			"classification": "RESIDENTIAL",
			"attributes": {"Resolved": "true", "DPV": "true", "POBox": "false"},
		}
		return {"output": {"resolvedAddresses": [known]}}

	def _pick(self, body: dict[str, Any]) -> dict[str, Any]:
		origin = body.get("originDetail") or {}
		place = origin.get("pickupLocation") or {}
		if body.get("associatedAccountNumber") != {"value": ACCOUNT} or not place.get("contact", {}).get(
			"phoneNumber"
		):
			raise wrong("PICKUP.REQUEST.INVALID", "Account number and contact are required.")
		if body.get("carrierCode") not in ("FDXE", "FDXG") or not origin.get("customerCloseTime"):
			raise wrong("CARRIERCODE.INVALID", "Carrier code and close time are required.")
		code = str(secrets.randbelow(900) + 100)
		self.pickups[code] = body
		where = {"location": "NQAA"} if body["carrierCode"] == "FDXE" else {}
		return {"output": {"pickupConfirmationCode": code, **where}}

	def _cancel_pickup(self, body: dict[str, Any]) -> dict[str, Any]:
		pickup = self.pickups.get(body.get("pickupConfirmationCode", ""))
		if pickup is None or body.get("carrierCode") != pickup["carrierCode"]:
			raise wrong("PICKUP.CONFIRMATIONCODE.INVALID", "The pickup is not known.")
		if pickup["carrierCode"] == "FDXE" and body.get("location") != "NQAA":
			raise wrong("LOCATION.REQUIRED", "The location of the pickup is required.")
		del self.pickups[body["pickupConfirmationCode"]]
		return {
			"output": {
				"pickupConfirmationCode": body["pickupConfirmationCode"],
				"cancelConfirmationMessage": "ok",
			}
		}

	def _number(self) -> str:
		self._last += 1
		return str(self._last)

	def _piece(self, master: str, place: int) -> dict[str, Any]:
		number = master if not place else self._number()
		found = deepcopy(fixture("piece"))
		found.update(masterTrackingNumber=master, trackingNumber=number, packageSequenceNumber=place + 1)
		self.labels[number] = label(number)
		found["packageDocuments"][0]["encodedLabel"] = base64.b64encode(self.labels[number]).decode()
		return found

	def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
		shipment = self.shipments.get(body.get("trackingNumber", ""))
		if body.get("accountNumber") != {"value": ACCOUNT} or shipment is None:
			raise wrong("SHIPMENT.NUMBER.INVALID", "The tracking number is not known.")
		if body.get("deletionControl") != "DELETE_ALL_PACKAGES" or set(body) - {
			"accountNumber", "deletionControl", "trackingNumber", "emailShipment", "senderCountryCode"
		}:  # fmt: skip
			raise wrong("REQUEST.INVALID", "Invalid field value in the input.")
		shipment["cancelled"] = True
		return {"output": {"cancelledShipment": True, "cancelledHistory": True, "successMessage": "Success"}}

	def _track(self, body: dict[str, Any]) -> dict[str, Any]:
		asked = [one["trackingNumberInfo"]["trackingNumber"] for one in body["trackingInfo"]]
		if not 0 < len(asked) <= MOST_TRACKED:
			raise wrong("TRACKING.TRACKINGNUMBERLIMIT.EXCEEDED", "Up to 30 tracking numbers are allowed.")
		return {"output": {"completeTrackResults": [self._tracked(number) for number in asked]}}

	def _tracked(self, number: str) -> dict[str, Any]:
		shipment = self.shipments.get(number)
		info = {"trackingNumber": number}
		if shipment is None or not shipment["code"]:
			error = {
				"code": "TRACKING.TRACKINGNUMBER.NOTFOUND",
				"message": "Tracking number cannot be found.",
			}
			return {"trackingNumber": number, "trackResults": [{"trackingNumberInfo": info, "error": error}]}
		found = fixture("tracked")
		found["trackingNumber"] = number
		(result,) = found["trackResults"]
		result["trackingNumberInfo"].update(info)
		result["latestStatusDetail"].update(code=shipment["code"], statusByLocale=WORDS[shipment["code"]])
		result["latestStatusDetail"]["scanLocation"]["city"] = shipment["place"]
		return found
