"""An account at Shiprocket in memory, behaving as its documentation says: https://apidocs.shiprocket.in/

Promises: gives a token for e-mail address and password, and takes nothing without one; makes an order of what has all
that it needs; assigns a number once, of a courier that serves the way; takes a pickup once; labels what has a number;
tells the state of a parcel, or that there is none yet. It knows no keys for repeated requests.
"""

from __future__ import annotations

import json
import secrets
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import requests

from erp_connect.tests.fakes.carrier_http import LABELS, CarrierHandler, label
from erp_connect.tests.fakes.provider_http import Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "shiprocket" / "fixtures"
EMAIL, PASSWORD, TOKEN = "api@alder.example.com", "fake-password", "webhook-token-of-the-tests"
# Of an order that is billed and shipped to one address.
NEEDED = (
	"order_id", "order_date", "pickup_location", "billing_customer_name", "billing_address", "billing_city",
	"billing_pincode", "billing_state", "billing_country", "billing_phone", "order_items", "payment_method", "sub_total",
	"length", "breadth", "height", "weight",
)  # fmt: skip
# Of an order that comes back.
NEEDED_BACK = (
	"order_id", "order_date", "pickup_customer_name", "pickup_address", "pickup_city", "pickup_state", "pickup_country",
	"pickup_pincode", "pickup_phone", "shipping_customer_name", "shipping_address", "shipping_city", "shipping_country",
	"shipping_pincode", "shipping_state", "shipping_phone", "order_items", "payment_method", "sub_total", "length",
	"breadth", "height", "weight",
)  # fmt: skip
COURIERS = {142: ("Amazon Surface", 68.5, "4"), 10: ("Delhivery Air", 112.0, "2")}
DELIVERED, TRANSIT, RETURNED, CANCELLED = 7, 18, 10, 8
LABELS_OF = {DELIVERED: "DELIVERED", TRANSIT: "IN TRANSIT", RETURNED: "RTO DELIVERED", CANCELLED: "CANCELED"}


def fixture(name: str) -> Any:
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def wrong(message: str, status: int = 400, **more: Any) -> Refused:
	return Refused(status, {"message": message, "status_code": status, **more})


def _locality(postcode: str) -> dict[str, Any]:
	if postcode != "110001":
		raise wrong("Postcode is not serviceable", 404, success=False)
	known = {
		"postcode": "110001",
		"city": "New Delhi",
		"state": "Delhi",
		"state_code": "DL",
		"country": "India",
	}
	return {"success": True, "postcode_details": {**known, "locality": ["Connaught Place", "Janpath"]}}


class Shiprocket(FakeSystem):
	"""orders: by id, with what was sent (`said`). calls: (method, path, query, body) that came."""

	def __init__(self) -> None:
		self.password, self.tokens, self.logins = PASSWORD, {"first"}, 0
		self.orders: dict[int, dict[str, Any]] = {}
		self.labels: dict[str, bytes] = {}
		self.fetched: list[dict[str, str]] = []
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self.label_host = ""
		self.balance = 10_000.0
		self._last = 1000
		# Numbers are never given twice, whatever other accounts there are.
		self.series = secrets.randbelow(10**8)
		self.lock = threading.RLock()
		self.serve(CarrierHandler)

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		return {"message": "Too Many Attempts." if status == 429 else "Server Error", "status_code": status}

	def made(self) -> list[dict[str, Any]]:
		"""The orders that stand."""
		return [order for order in self.orders.values() if order["status"] != "CANCELED"]

	def reach(self, awb: str, status: int, place: str = "Jaipur_Hub (Rajasthan)") -> dict[str, Any]:
		"""A parcel comes to a state. The body of the webhook that tells it."""
		order = next(order for order in self.orders.values() if order["awb"] == awb)
		order.update(state=status, place=place)
		told = fixture("webhook")
		told["scans"][-1].update({"location": place, "sr-status": str(status)})
		names = {"current_status": LABELS_OF[status], "shipment_status": LABELS_OF[status]}
		ids = {"current_status_id": status, "shipment_status_id": status, "sr_order_id": order["id"]}
		return {**told, **names, **ids, "awb": awb, "order_id": order["said"]["order_id"]}

	def send(self, address: str, event: dict[str, Any], token: str = TOKEN) -> int:
		return requests.post(address, json=event, headers={"x-api-key": token}, timeout=30).status_code

	def answered(self, request: Request) -> tuple[int, Any]:
		if not request.path.startswith("/v1/external/"):
			raise wrong("Not Found", 404)
		body = json.loads(request.raw) if request.raw else {}
		path = request.path.removeprefix("/v1/external/").strip("/")
		if path == "auth/login":
			return 200, self._login(body)
		if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
			raise wrong("Token has expired", 401)
		self.calls.append((request.method, path, request.query, body))
		known = {
			("GET", "settings/company/pickup"): lambda: {
				"data": {"shipping_address": [{"pickup_location": "Primary"}]}
			},
			("GET", "orders"): lambda: {"data": self._found(request.query.get("search", ""))},
			("GET", "orders/processing/return"): lambda: {"data": self._found("", back=True)},
			("POST", "orders/create/adhoc"): lambda: self._create(body, NEEDED),
			("POST", "orders/create/return"): lambda: self._create(body, NEEDED_BACK, back=True),
			("POST", "orders/cancel"): lambda: self._cancel(body),
			("GET", "courier/serviceability"): lambda: self._couriers(request.query),
			("GET", "open/postcode/details"): lambda: _locality(request.query.get("postcode", "")),
			("POST", "courier/assign/awb"): lambda: self._assign(body),
			("POST", "courier/generate/pickup"): lambda: self._pickup(body),
			("POST", "courier/generate/label"): lambda: self._label(body),
		}
		if found := known.get((request.method, path)):
			return 200, found()
		kind, _, id_ = path.rpartition("/")
		if request.method == "GET" and kind in ("orders/show", "shipments", "courier/track/awb"):
			return 200, self._one(kind, id_)
		raise wrong("Not Found", 404)

	def _login(self, body: dict[str, Any]) -> dict[str, Any]:
		self.logins += 1
		if (body.get("email"), body.get("password")) != (EMAIL, self.password):
			raise wrong("Invalid email and password combination")
		token = f"token-{self.logins}"
		self.tokens.add(token)
		return {"id": 1, "email": EMAIL, "company_id": 25149, "token": token}

	def _found(self, search: str, *, back: bool = False) -> list[dict[str, Any]]:
		return [
			{
				"id": order["id"],
				"channel_order_id": order["said"]["order_id"],
				"status": order["status"],
				"shipments": [{"id": order["shipment"], "awb": order["awb"]}],
			}
			for order in self.orders.values()
			if search in order["said"]["order_id"] and order["back"] == back
		]

	def _create(self, body: dict[str, Any], needed: tuple[str, ...], *, back: bool = False) -> dict[str, Any]:
		missing = {
			name: [f"The {name} field is required."] for name in needed if body.get(name) in (None, "", [])
		}
		if missing:
			raise wrong("Oops! Invalid Data.", 422, errors=missing)
		if not all(
			type(item.get("units")) in (int, float) and item.get("sku") for item in body["order_items"]
		):
			raise wrong("Oops! Invalid Data.", 422, errors={"order_items": ["units and sku are required."]})
		self._last += 1
		id_, shipment = self._last, self._last + 500_000
		self.orders[id_] = {
			"id": id_, "shipment": shipment, "said": body, "status": "NEW", "awb": "", "courier": 0, "pickup": 0,
			"state": 0, "place": "", "back": back,
		}  # fmt: skip
		return {**fixture("created"), "order_id": id_, "shipment_id": shipment}

	def _of_shipment(self, shipment: Any) -> dict[str, Any]:
		found = next((one for one in self.orders.values() if one["shipment"] == shipment), None)
		if found is None:
			raise wrong("Invalid shipment id.", 404)
		return found

	def _couriers(self, query: dict[str, str]) -> dict[str, Any]:
		if "order_id" in query:
			order = self.orders.get(int(query["order_id"]))
			if order is None or order["back"] != (query.get("is_return") == "1"):
				raise wrong("Order not found", 404)
		if "order_id" not in query and not {"pickup_postcode", "delivery_postcode", "weight", "cod"} <= set(
			query
		):
			raise wrong("The pickup postcode field is required when order id is not present.", 422)
		names = ("courier_name", "rate", "estimated_delivery_days")
		found = [
			{**fixture("courier"), "courier_company_id": id_, **dict(zip(names, values, strict=True))}
			for id_, values in COURIERS.items()
		]
		return {"status": 200, "currency": "INR", "data": {"available_courier_companies": found}}

	def _assign(self, body: dict[str, Any]) -> dict[str, Any]:
		order = self._of_shipment(body.get("shipment_id"))
		if order["awb"]:
			raise wrong("AWB is already assigned for this shipment.")
		if order["back"] != (body.get("is_return") == 1):
			raise wrong("This shipment is not of the kind that is_return says.")
		courier = body.get("courier_id") or 142
		name, rate, _days = COURIERS[courier]
		if self.balance < rate:
			error = "Please recharge your ShipRocket wallet. The minimum required balance is Rs 100"
			return {"awb_assign_status": 0, "response": {"data": {"awb_assign_error": error}}}
		self.balance -= rate
		order.update(awb=f"{self.series:08d}{order['id']}", courier=courier, status="AWB ASSIGNED")
		found = deepcopy(fixture("assigned"))
		ids = {"order_id": order["id"], "shipment_id": order["shipment"], "courier_company_id": courier}
		found["response"]["data"].update({**ids, "awb_code": order["awb"], "courier_name": name})
		return found

	def _pickup(self, body: dict[str, Any]) -> dict[str, Any]:
		(shipment,) = body["shipment_id"]
		order = self._of_shipment(shipment)
		if order["pickup"]:
			raise wrong("Already in Pickup Queue.")
		order["pickup"] += 1
		order["status"] = "PICKUP SCHEDULED"
		return {"pickup_status": 1, "response": {"pickup_scheduled_date": "2026-11-25 14:00:00", "status": 3}}

	def _label(self, body: dict[str, Any]) -> dict[str, Any]:
		(shipment,) = body["shipment_id"]
		order = self._of_shipment(shipment)
		if not order["awb"]:
			return {"label_created": 0, "response": "Awb not assigned", "not_created": [shipment]}
		name = f"{order['awb']}.pdf"
		self.labels[name] = label(order["awb"])
		address = f"{self.label_host or self.url}{LABELS}{name}"
		return {
			"label_created": 1,
			"label_url": address,
			"response": "Label has been created",
			"not_created": [],
		}

	def _cancel(self, body: dict[str, Any]) -> dict[str, Any]:
		for id_ in body["ids"]:
			if type(id_) is not int or id_ not in self.orders:
				raise wrong("Order not found", 404)
			self.orders[id_]["status"] = "CANCELED"
		return {"status_code": 200, "message": "Order cancelled successfully."}

	def _one(self, kind: str, id_: str) -> dict[str, Any]:
		if kind == "courier/track/awb":
			return self._tracked(id_)
		if kind == "shipments":
			order = self._of_shipment(int(id_))
			name = COURIERS.get(order["courier"], ("",))[0]
			return {"data": {"id": order["shipment"], "awb": order["awb"] or None, "courier": name}}
		if int(id_) not in self.orders:
			raise wrong("Order not found", 404)
		return {"data": {"id": int(id_), "status": self.orders[int(id_)]["status"]}}

	def _tracked(self, awb: str) -> dict[str, Any]:
		order = next((order for order in self.orders.values() if order["awb"] == awb), None)
		if order is None or not order["state"]:
			none = {"track_status": 0, "shipment_status": 0, "shipment_track": [{"awb_code": awb}]}
			return {
				"tracking_data": {
					**none,
					"shipment_track_activities": None,
					"error": "There is no activities found",
				}
			}
		found = fixture("tracked")
		data, status = found["tracking_data"], order["state"]
		data["shipment_status"] = status
		data["shipment_track"][0].update({"awb_code": awb, "current_status": LABELS_OF[status].title()})
		data["shipment_track_activities"][0]["location"] = order["place"]
		return found
