"""An account of MyDHL API in memory, behaving as it is documented:
https://developer.dhl.com/api-reference/dhl-express-mydhl-api

Promises: takes Basic authentication alone; ships what has all that a label needs, one label for each package; wants an
export declaration for goods that cross a border of customs, and none else; prices products; orders pickups and takes them
back; finds parcels by number and by reference, and answers 404 for what it does not know. It cancels no shipments, and
knows no keys for repeated requests.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from erp_connect.tests.fakes import dhl_rules as rules
from erp_connect.tests.fakes.carrier_http import CarrierHandler, label
from erp_connect.tests.fakes.dhl_rules import PRICES, wrong
from erp_connect.tests.fakes.provider_http import Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "dhl" / "fixtures"
KEY = ("fake-key", "fake-secret")
TRANSIT, DELIVERED, RETURNED = "AF", "OK", "RT"
WORDS = {TRANSIT: "Arrived at DHL Sort Facility", DELIVERED: "Delivered", RETURNED: "Returned to shipper"}


def fixture(name: str) -> Any:
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class Dhl(FakeSystem):
	"""shipments: by number, with what was sent (`said`). pickups: by number. calls: (method, path, query, body) that came."""

	def __init__(self) -> None:
		self.key = KEY
		self.shipments: dict[str, dict[str, Any]] = {}
		self.pickups: dict[str, dict[str, Any]] = {}
		self.labels: dict[str, bytes] = {}
		self.fetched: list[dict[str, str]] = []
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		# Numbers are never given twice, whatever other accounts there are.
		self._last = 1_000_000_000 + secrets.randbelow(8 * 10**9)
		self.lock = threading.RLock()
		self.serve(CarrierHandler)

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		return {"title": "Too many requests" if status == 429 else "Process failure", "status": str(status)}

	def made(self) -> list[dict[str, Any]]:
		return list(self.shipments.values())

	def reach(self, number: str, code: str, place: str = "Leipzig-DE") -> None:
		"""A parcel comes to a state."""
		self.shipments[number]["events"].append((code, place))

	def answered(self, request: Request) -> tuple[int, Any]:
		pair = base64.b64encode(":".join(self.key).encode()).decode()
		if request.headers.get("Authorization") != f"Basic {pair}":
			raise wrong(401, "Unauthorized", "Invalid username or password")
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, request.query, body))
		known = {
			("POST", "/shipments"): (201, lambda: self._ship(body)),
			("POST", "/rates"): (200, lambda: self._rates(body)),
			("POST", "/pickups"): (201, lambda: self._pick(body)),
			("GET", "/tracking"): (200, lambda: self._track(request.query)),
			("GET", "/address-validate"): (200, lambda: rules.known_address(request.query)),
		}
		if found := known.get((request.method, request.path)):
			status, answer = found
			return status, answer()
		if request.method == "DELETE" and request.parts[0] == "pickups":
			return 200, self._cancel_pickup(unquote(request.parts[1]), request.query)
		raise wrong(404, "Not Found", "No such resource")

	def _ship(self, body: dict[str, Any]) -> dict[str, Any]:
		rules.shipment(body)
		self._last += 1
		number, found = str(self._last), deepcopy(fixture("shipped"))
		count = len(body["content"]["packages"])
		found.update(shipmentTrackingNumber=number, trackingUrl=f"{self.url}/shipments/{number}/tracking")
		found["packages"] = [
			{"referenceNumber": place, "trackingNumber": f"JD0146{number}{place}"}
			for place in range(1, count + 1)
		]
		found["documents"] = [self._document("label", f"{number}-{place}") for place in range(1, count + 1)]
		if rules.is_abroad(body):
			found["documents"].append(self._document("invoice", number))
		found["shipmentCharges"][0]["price"] = PRICES[body["productCode"]] * count
		self.shipments[number] = {"said": body, "events": [], "number": number}
		return found

	def _document(self, kind: str, mark: str) -> dict[str, str]:
		content = label(f"{kind} {mark}")
		if kind == "label":
			self.labels[mark] = content
		return {"imageFormat": "PDF", "typeCode": kind, "content": base64.b64encode(content).decode()}

	def _rates(self, body: dict[str, Any]) -> dict[str, Any]:
		rules.rates(body)
		(product,) = fixture("rated")["products"]
		found = []
		for code, price in PRICES.items():
			amount = {"currencyType": "BILLC", "priceCurrency": "EUR", "price": price * len(body["packages"])}
			others = [{**amount, "currencyType": "PULCL", "price": 0}, amount]
			found.append({**product, "productCode": code, "totalPrice": others})
		# A product that is offered without a price.
		return {"products": [*found, {**product, "productCode": "Q", "totalPrice": []}]}

	def _pick(self, body: dict[str, Any]) -> dict[str, Any]:
		rules.pickup(body)
		number = f"PRG{secrets.randbelow(10**12):012d}"
		self.pickups[number] = body
		return {
			"dispatchConfirmationNumbers": [number],
			"readyByTime": body["plannedPickupDateAndTime"][11:16],
		}

	def _cancel_pickup(self, number: str, query: dict[str, str]) -> None:
		if not query.get("requestorName") or not query.get("reason"):
			raise wrong(400, "Bad request", "requestorName and reason are required")
		if self.pickups.pop(number, None) is None:
			raise wrong(404, "Not Found", "The pickup is not known")

	def _track(self, query: dict[str, str]) -> dict[str, Any]:
		if number := query.get("shipmentTrackingNumber"):
			found = [one for one in self.shipments.values() if one["number"] == number]
		else:
			found = [one for one in self.shipments.values() if rules.has_reference(one["said"], query)]
		if not found:
			raise wrong(404, "Not Found", "No data found")
		return {"shipments": [self._tracked(one) for one in found]}

	@staticmethod
	def _tracked(shipment: dict[str, Any]) -> dict[str, Any]:
		(told,) = deepcopy(fixture("tracked"))["shipments"]
		(event,) = told["events"]
		told["shipmentTrackingNumber"] = shipment["number"]
		told["events"] = [
			{
				**event,
				"time": f"08:{place:02d}:00",
				"typeCode": code,
				"description": WORDS[code],
				"serviceArea": [{"code": "LEJ", "description": where}],
			}
			for place, (code, where) in enumerate(shipment["events"])
		]
		return told
