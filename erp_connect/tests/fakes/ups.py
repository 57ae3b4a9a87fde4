"""An account at UPS in memory, behaving as its descriptions say: https://github.com/UPS-API/api-documentation

Promises: gives tokens for a client in Basic authentication, whose numbers are texts; ships what has all that a label needs,
one label for each package; takes pounds and inches in the United States; wants an invoice where a border is crossed; makes
return labels; finds parcels by their reference, and labels by number; voids once; orders pickups and takes them back; tells
the state of one parcel, and 404 for what it does not know. It knows no keys for repeated requests.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

from erp_connect.tests.fakes import ups_rules as rules
from erp_connect.tests.fakes.carrier_http import CarrierHandler, image
from erp_connect.tests.fakes.provider_http import Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble
from erp_connect.tests.fakes.ups_rules import ACCOUNT, SERVICES, wrong

FIXTURES = Path(__file__).parents[2] / "presets" / "ups" / "fixtures"
CLIENT = ("fake-client", "fake-secret")
MANIFEST, TRANSIT, DELIVERED, RETURNED, VOIDED = "M", "I", "D", "RS", "MV"
WORDS = {
	MANIFEST: "Shipper created a label, UPS has not received the package yet. ",
	TRANSIT: "Arrived at Facility ",
	DELIVERED: "DELIVERED ",
	RETURNED: "Returned to Sender ",
	VOIDED: "Shipment voided ",
}


def fixture(name: str) -> Any:
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class Ups(FakeSystem):
	"""shipments: by number, with what was sent (`said`). destinations: of notices, by number.
	no_notices: it refuses to send any. pickups: by number. calls: (method, path, query, body) that came."""

	def __init__(self) -> None:
		self.client, self.tokens, self.given = CLIENT, set(), 0
		self.shipments: dict[str, dict[str, Any]] = {}
		self.pickups: dict[str, dict[str, Any]] = {}
		self.labels: dict[str, bytes] = {}
		self.no_notices = False
		self.destinations: dict[str, dict[str, str]] = {}
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		# Numbers are never given twice, whatever other accounts there are.
		self._last = secrets.randbelow(10**9)
		self.lock = threading.RLock()
		self.serve(CarrierHandler)

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		word = "Quota Limit Exceeded" if status == 429 else "Internal Server Error"
		return {"response": {"errors": [{"code": str(status), "message": word}]}}

	def made(self) -> list[dict[str, Any]]:
		"""The shipments that stand."""
		return [one for one in self.shipments.values() if one["type"] != VOIDED]

	def reach(self, number: str, kind: str, place: str = "MEMPHIS") -> None:
		"""A parcel comes to a state."""
		self.shipments[number].update(type=kind, place=place)

	def send(self, site: str, number: str, moment: str, **headers: str) -> int:
		"""Tell what is known of a number, where that is subscribed to. moment: HHMMSS. site: in the place of its own."""
		destination, shipment = self.destinations[number], self.shipments[number]
		notice = rules.notice(number, shipment["type"], shipment["place"], WORDS[shipment["type"]], moment)
		sent = {"credential": destination["credential"], "User-Agent": "UPSPubSubTrackingService", **headers}
		address = f"{site}{urlsplit(destination['url']).path}"
		return requests.post(address, json=notice, headers=sent, timeout=30).status_code

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.path == "/security/v1/oauth/token":
			return 200, self._token(request)
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise wrong("250002", "Invalid Authentication Information.", 401)
		if "/track/" in request.path and not (
			request.headers.get("transId") and request.headers.get("transactionSrc")
		):
			raise wrong("VSS000", "Invalid request: transId and transactionSrc are missing")
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, request.query, body))
		known = {
			("POST", "/api/shipments/v2409/ship"): lambda: self._ship(body["ShipmentRequest"]),
			("POST", "/api/labels/v1/recovery"): lambda: self._recover(body["LabelRecoveryRequest"]),
			("POST", "/api/track/v1/subscription/standard/package"): lambda: self._subscribe(body),
			("POST", "/api/addressvalidation/v2/3"): lambda: rules.addresses(body["XAVRequest"]),
			("POST", "/api/rating/v2409/Shop"): lambda: self._rates(body["RateRequest"], SERVICES),
			("POST", "/api/rating/v2409/Rate"): lambda: self._rates(body["RateRequest"], ["03"]),
			("POST", "/api/pickupcreation/v2409/pickup"): lambda: self._pick(body["PickupCreationRequest"]),
			("DELETE", "/api/shipments/v2409/pickup/02"): lambda: self._cancel_pickup(request.headers),
		}
		if found := known.get((request.method, request.path)):
			return 200, found()
		*way, last = request.path.rsplit("/", 1)
		ways = {
			("DELETE", "/api/shipments/v2409/void/cancel"): self._void,
			("GET", "/api/track/v1/details"): self._tracked,
			("GET", "/api/track/v1/reference/details"): lambda text: self._by_reference(text, request.query),
		}
		if found := ways.get((request.method, *way)):
			return 200, found(unquote(last))
		raise wrong("404", "The requested resource was not found.", 404)

	def _token(self, request: Request) -> dict[str, Any]:
		pair = base64.b64encode(":".join(self.client).encode()).decode()
		form = dict(parse_qsl(request.raw.decode()))
		if request.headers.get("Authorization") != f"Basic {pair}":
			raise wrong("10401", "ClientId is Invalid", 401)
		if form.get("grant_type") != "client_credentials":
			raise wrong("10400", "Invalid/Missing Grant Type")
		self.given += 1
		self.tokens.add(f"token-{self.given}")
		return {
			"token_type": "Bearer",
			"issued_at": "1795870800000",
			"client_id": self.client[0],
			"access_token": f"token-{self.given}",
			"expires_in": "14399",
			"status": "approved",
		}

	def _number(self) -> str:
		self._last += 1
		return f"1Z{ACCOUNT}03{self._last:08d}"

	def _ship(self, body: dict[str, Any]) -> dict[str, Any]:
		said = rules.shipment(body)
		found = deepcopy(fixture("shipped"))
		results = found["ShipmentResponse"]["ShipmentResults"]
		numbers = [self._number() for _ in said["Package"]]
		price = SERVICES[said["Service"]["Code"]] * len(numbers)
		results["NegotiatedRateCharges"]["TotalCharge"]["MonetaryValue"] = f"{price:.2f}"
		results["ShipmentIdentificationNumber"] = numbers[0]
		results["PackageResults"] = [self._package(number) for number in numbers]
		if rules.is_abroad(said):
			form = {"ImageFormat": {"Code": "PDF"}, "GraphicImage": base64.b64encode(rules.INVOICE).decode()}
			results["Form"] = {"Code": "01", "Image": form}
		self.shipments[numbers[0]] = {"said": said, "numbers": numbers, "type": MANIFEST, "place": ""}
		return found

	def _package(self, number: str) -> dict[str, Any]:
		found = deepcopy(fixture("package"))
		self.labels[number] = image(number)
		found["TrackingNumber"] = number
		found["ShippingLabel"]["GraphicImage"] = self._label(number)
		return found

	def _label(self, number: str) -> str:
		return base64.b64encode(self.labels[number]).decode()

	def _recover(self, body: dict[str, Any]) -> dict[str, Any]:
		number = body.get("TrackingNumber")
		if (body.get("LabelSpecification") or {}).get("LabelImageFormat", {}).get("Code") != "GIF":
			raise wrong("300036", "Missing or invalid label image format.")
		for lead, one in self.shipments.items():
			if number in one["numbers"] and one["type"] != VOIDED:
				labels = [
					{"TrackingNumber": each, "LabelImage": {"GraphicImage": self._label(each)}}
					for each in one["numbers"]
				]
				# One result is no list there, in the first version of this API.
				shown = labels if len(labels) > 1 else labels[0]
				return {
					"LabelRecoveryResponse": {"ShipmentIdentificationNumber": lead, "LabelResults": shown}
				}
		raise wrong("300020", "No label was found for the tracking number.")

	def _void(self, number: str) -> dict[str, Any]:
		shipment = self.shipments.get(number)
		if shipment is None:
			raise wrong("190102", "No shipment found within the allowed void period.")
		if shipment["type"] == VOIDED:
			raise wrong("190117", "The shipment has already been voided.")
		shipment["type"] = VOIDED
		status = {"Code": "1", "Description": "Voided"}
		return {
			"VoidShipmentResponse": {
				"Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
				"SummaryResult": {"Status": status},
			}
		}

	def _subscribe(self, body: dict[str, Any]) -> dict[str, Any]:
		known = rules.subscription(body, {} if self.no_notices else self.shipments)
		self.destinations |= dict.fromkeys(known, body["destination"])
		return {"validTrackingNumbers": known}

	def _rates(self, body: dict[str, Any], services: Any) -> dict[str, Any]:
		said = rules.rate(body)
		found = deepcopy(fixture("rated"))
		(one,) = found["RateResponse"]["RatedShipment"]
		rated = []
		for code in services:
			price = f"{SERVICES[code] * len(said['Package']):.2f}"
			amount = {"CurrencyCode": "USD", "MonetaryValue": price}
			charge = {"BaseServiceCharge": amount, "ItemizedCharges": [], "TotalCharge": amount}
			rated.append({**one, "Service": {"Code": code}, "NegotiatedRateCharges": charge})
		found["RateResponse"]["RatedShipment"] = rated[::-1]
		return found

	def _pick(self, body: dict[str, Any]) -> dict[str, Any]:
		rules.pickup(body)
		number = f"29{secrets.randbelow(10**9):09d}"
		self.pickups[number] = body
		return {"PickupCreationResponse": {"PRN": number, "RateStatus": {"Code": "05"}}}

	def _cancel_pickup(self, headers: Any) -> dict[str, Any]:
		if self.pickups.pop(headers.get("Prn", ""), None) is None:
			raise wrong("9510113", "The PRN is not known.")
		return {"PickupCancelResponse": {"Response": {"ResponseStatus": {"Code": "1"}}, "PickupType": "01"}}

	def _by_reference(self, text: str, query: dict[str, str]) -> dict[str, Any]:
		for lead, one in self.shipments.items():
			if text in rules.references(one["said"]) and query.get("shipperNum") == ACCOUNT:
				return self._tracked(lead)
		raise wrong("TW0001", "Tracking Information Not Found", 404)

	def _tracked(self, number: str) -> dict[str, Any]:
		shipment = self.shipments.get(number)
		if shipment is None:
			raise wrong("TW0001", "Tracking Information Not Found", 404)
		found = fixture("tracked")
		(told,) = found["trackResponse"]["shipment"]
		(package,) = told["package"]
		told["inquiryNumber"] = package["trackingNumber"] = number
		(activity,) = package["activity"]
		activity["status"].update(type=shipment["type"], description=WORDS[shipment["type"]])
		activity["location"]["address"]["city"] = shipment["place"]
		return found
