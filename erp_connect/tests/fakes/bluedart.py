"""An account at BlueDart in memory, behaving as docs/systems/bluedart.md gathers it: a part of that is not confirmed.

Promises: gives a token for client and secret, and takes nothing without one, nor without the licence key; makes one
waybill of a reference, and refuses a second one with the number of the first; tells the label once, as the numbers of its
bytes; takes back what was not scanned yet; registers pickups, of reverse waybills one each; tells the state of a parcel
as XML. What it takes is in `bluedart_rules`. Errors come with status 400, or in an answer of success.
"""

from __future__ import annotations

import json
import secrets
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import requests

from erp_connect.tests.fakes.bluedart_rules import (
	AREAS,
	check_pickup,
	check_waybill,
	fits_area,
	wrong,
)
from erp_connect.tests.fakes.carrier_http import CarrierHandler, label
from erp_connect.tests.fakes.provider_http import Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "bluedart" / "fixtures"
CLIENT = ("fake-client", "fake-secret")
LOGIN, LICENCE, TRACKING_KEY = "JAI12345", "fake-licence", "fake-tracking-licence"
PUSH_KEY = "license-key-of-the-notices"
TRANSIT, DELIVERED, RETURNED = "UD", "DL", "RT"
WORDS = {TRANSIT: "SHIPMENT ARRIVED", DELIVERED: "SHIPMENT DELIVERED", RETURNED: "RETURN TO ORIGIN"}
CODES = {TRANSIT: "001", DELIVERED: "000", RETURNED: "074"}


def fixture(name: str) -> Any:
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def _status(code: str, words: str) -> list[dict[str, str]]:
	return [{"StatusCode": code, "StatusInformation": words}]


class BlueDart(FakeSystem):
	"""shipments: by number, with what was sent (`said`). pickups: by token. calls: (method, path, query, body) that came."""

	base = "/in/transportation"

	def __init__(self) -> None:
		self.client, self.tokens, self.logins = CLIENT, {"first"}, 0
		self.shipments: dict[str, dict[str, Any]] = {}
		self.pickups: dict[int, dict[str, Any]] = {}
		self.labels: dict[str, bytes] = {}
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		# Whether a second waybill of a reference is refused with an error's status, or in an answer of success.
		self.refuses_by_status = True
		# Labels as base64 text, where that is how the account gets them.
		self.label_as: Any = list
		# Numbers are never given twice, whatever other accounts there are.
		self._last = 60_000_000_000 + secrets.randbelow(9 * 10**9)
		self.lock = threading.RLock()
		self.serve(BlueDartHandler)

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		return {"status": status, "title": "Too Many Requests" if status == 429 else "Internal Server Error"}

	def made(self) -> list[dict[str, Any]]:
		"""The waybills that stand."""
		return [one for one in self.shipments.values() if not one["cancelled"]]

	def reach(self, number: str, kind: str, place: str = "JAIPUR HUB") -> dict[str, Any]:
		"""A parcel comes to a state. The body of the notice that tells it."""
		events = self.shipments[number]["events"]
		events.append((kind, place, f"{8 + len(events):02d}15"))
		told = fixture("pushed")
		told["statustracking"][0]["Shipment"]["WaybillNo"] = number
		(scan,) = told["statustracking"][0]["Shipment"]["Scans"]["ScanDetail"]
		scan.update(ScanType=kind, ScanCode=CODES[kind], Scan=WORDS[kind], ScannedLocation=place)
		scan["ScanTime"] = events[-1][2]
		return told

	def send(self, address: str, notice: dict[str, Any], key: str = PUSH_KEY) -> int:
		headers = {"client-id": "LiveID", "license-key": key}
		return requests.post(address, json=notice, headers=headers, timeout=30).status_code

	def answered(self, request: Request) -> tuple[int, Any]:
		path = request.path.removeprefix(self.base)
		if path == "/token/v1/login":
			return 200, self._login(request)
		if request.headers.get("JWTToken") not in self.tokens:
			raise Refused(
				401, {"status": 401, "title": "Unauthorized", "error-response": [{"msg": "Invalid JWT"}]}
			)
		body = json.loads(request.raw) if request.raw else {}
		self.calls.append((request.method, path, request.query, body))
		known = {
			("POST", "/waybill/v1/GenerateWayBill"): lambda: self._ship(body),
			("POST", "/waybill/v1/CancelWaybill"): lambda: self._cancel(body),
			("POST", "/pickup/v1/RegisterPickup"): lambda: self._pick(body),
			("POST", "/cancel-pickup/v1/CancelPickup"): lambda: self._cancel_pickup(body),
			("POST", "/finder/v1/GetServicesforPincode"): lambda: self._postcode(body),
			("GET", "/tracking/v1/shipment"): lambda: self._track(request.query),
		}
		if found := known.get((request.method, path)):
			return 200, found()
		raise Refused(404, {"status": 404, "title": "Not Found"})

	def _login(self, request: Request) -> dict[str, Any]:
		given = (request.headers.get("ClientID"), request.headers.get("clientSecret"))
		if request.method != "GET" or given != self.client:
			raise Refused(
				401, {"title": "Unauthorized", "error-response": [{"msg": "Invalid client credentials"}]}
			)
		self.logins += 1
		self.tokens.add(f"token-{self.logins}")
		return {"JWTToken": f"token-{self.logins}"}

	@staticmethod
	def _entitled(profile: Any) -> bool:
		given = profile or {}
		return (given.get("LoginID"), given.get("LicenceKey"), given.get("Api_type")) == (LOGIN, LICENCE, "S")

	def _ship(self, body: dict[str, Any]) -> dict[str, Any]:
		if not self._entitled(body.get("Profile")):
			return self._refused("GenerateWayBillResult", "UnauthorizedUser", "Unauthorized User")
		request = body["Request"]
		check_waybill(request)
		if not fits_area(request):
			return self._refused(
				"GenerateWayBillResult", "InvalidAreaScNotInRegion", "Origin area is not in region"
			)
		return self._waybill(request)

	def _waybill(self, request: dict[str, Any]) -> dict[str, Any]:
		reference = request["Services"]["CreditReferenceNo"]
		for known in self.shipments.values():
			if known["said"]["Services"]["CreditReferenceNo"] == reference:
				words = (
					f"Waybill already generated for this CreditReferenceNo. Waybill No : {known['number']} Dest Area : DEL "
					"Dest Scrcd : CNP"
				)
				if self.refuses_by_status:
					raise wrong("WayBillAlreadyGenerated", words)
				return self._refused("GenerateWayBillResult", "WayBillAlreadyGenerated", words)
		self._last += 1
		number, found = str(self._last), deepcopy(fixture("shipped"))
		self.labels[number] = label(number)
		printed = self.label_as(self.labels[number])
		found["GenerateWayBillResult"].update(AWBNo=number, CCRCRDREF=reference, AWBPrintContent=printed)
		self.shipments[number] = {"number": number, "said": request, "events": [], "cancelled": False}
		return found

	@staticmethod
	def _refused(result: str, code: str, words: str) -> dict[str, Any]:
		return {result: {"IsError": True, "AWBNo": None, "Status": _status(code, words)}}

	def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
		shipment = self.shipments.get((body.get("Request") or {}).get("AWBNo"))
		if not self._entitled(body.get("Profile")) or shipment is None:
			return self._refused(
				"CancelWaybillResult", "InvalidWaybill", "Waybill is not valid for this customer"
			)
		if shipment["events"]:
			return self._refused("CancelWaybillResult", "AlreadyInscanned", "Waybill is in-scanned already")
		shipment["cancelled"] = True
		done = _status("Valid", "Waybill Cancellation Successful")
		return {"CancelWaybillResult": {"AWBNo": shipment["number"], "IsError": False, "Status": done}}

	def _pick(self, body: dict[str, Any]) -> dict[str, Any]:
		if not self._entitled(body.get("profile")):
			return self._refused("RegisterPickupResult", "UnauthorizedUser", "Unauthorized User")
		request = body["request"]
		(number,) = request["AWBNo"]
		fetched = next((one["said"] for one in self.made() if one["number"] == number), None)
		check_pickup(request, fetched)
		day = request["ShipmentPickupDate"]
		if any(
			(known["ShipmentPickupDate"], known["AWBNo"]) == (day, [number])
			for known in self.pickups.values()
		):
			return self._refused("RegisterPickupResult", "InsertFailure", "PickupIsAlreadyRegister")
		token = 100_000 + secrets.randbelow(800_000)
		self.pickups[token] = request
		done = {
			"IsError": False,
			"Status": _status("InsertSuccess", "Pickup registered"),
			"TokenNumber": token,
		}
		return {"RegisterPickupResult": {**done, "ShipmentPickupDate": day}}

	def _cancel_pickup(self, body: dict[str, Any]) -> dict[str, Any]:
		request = body["request"]
		known = self.pickups.get(request["TokenNumber"])
		if not self._entitled(body.get("profile")) or known is None:
			return self._refused("CancelPickupResult", "InvalidToken", "Pickup is not known")
		if request["PickupRegistrationDate"] != known["ShipmentPickupDate"]:
			return self._refused("CancelPickupResult", "InvalidDate", "Pickup is of another day")
		del self.pickups[request["TokenNumber"]]
		return {"CancelPickupResult": {"IsError": False, "Status": _status("CancelSuccess", "Cancelled")}}

	def _postcode(self, body: dict[str, Any]) -> dict[str, Any]:
		found = fixture("postcode")
		result = found["GetServicesforPincodeResult"]
		if not self._entitled(body.get("profile")):
			return {"GetServicesforPincodeResult": {"IsError": True, "ErrorMessage": "UserDoesNotExists"}}
		if body.get("pinCode") not in AREAS:
			return {"GetServicesforPincodeResult": {"IsError": True, "ErrorMessage": "InvalidPincode"}}
		result["AreaCode"] = AREAS[body["pinCode"]]
		return found

	def _track(self, query: dict[str, str]) -> str:
		wanted = {"handler": "tnt", "action": "custawbquery", "awb": "awb", "format": "xml", "scan": "1"}
		if any(query.get(name) != value for name, value in wanted.items()):
			raise wrong("BadRequest", "Request validation error")
		if (query.get("loginid"), query.get("lickey")) != (LOGIN, TRACKING_KEY):
			return "<ShipmentData><Error>License Mismatch</Error></ShipmentData>"
		shipment = self.shipments.get(query["numbers"])
		if shipment is None or not shipment["events"]:
			return "<ShipmentData><Error>Incorrect waybill number or No information</Error></ShipmentData>"
		return _tracked(shipment)


def _tracked(shipment: dict[str, Any]) -> str:
	"""The state of a parcel and its scans, the newest first."""
	events = shipment["events"][::-1]
	kind, _place, hour = events[0]
	scans = "".join(
		f"<ScanDetail><Scan>{WORDS[kind]}</Scan><ScanCode>{CODES[kind]}</ScanCode><ScanType>{kind}</ScanType>"
		f"<ScanDate>01-Dec-2026</ScanDate><ScanTime>{hour[:2]}:{hour[2:]}</ScanTime>"
		f"<ScannedLocation>{place}</ScannedLocation></ScanDetail>"
		for kind, place, hour in events
	)
	reference = shipment["said"]["Services"]["CreditReferenceNo"]
	return (
		'<?xml version="1.0" encoding="UTF-8"?>'
		f"<ShipmentData><Shipment WaybillNo={quoteattr(shipment['number'])} RefNo={quoteattr(reference)}>"
		f"<Destination>NEW DELHI</Destination><Status>{WORDS[kind]}</Status><StatusType>{kind}</StatusType>"
		f"<StatusDate>01 December 2026</StatusDate><StatusTime>{hour[:2]}:{hour[2:]}</StatusTime><ReceivedBy/>"
		f"<Scans>{scans}</Scans></Shipment></ShipmentData>"
	)


class BlueDartHandler(CarrierHandler):
	"""What is a text is XML."""

	def send_json(self, status: int, data: Any, headers: Any = None, mark: bytes = b"") -> None:
		if not isinstance(data, str):
			super().send_json(status, data, headers, mark)
			return
		self.send_content(status, data.encode(), "text/xml; charset=utf-8")
