"""A shop that does not exist and speaks JSON over REST, as one that somebody wrote for himself does.

	GET   /api/ping                                                        {"shop": "lantern"}
	GET   /api/orders|customers|products?page=&per_page=&updated_since=&created_from=&created_to=
	                                                                       {"data": […], "page": 1, "pages": 2}
	PATCH /api/orders/{id}                                                 {"status": "completed"}
	POST  /api/orders/{id}/shipments, /api/orders/{id}/refunds
	POST  /api/products, /api/products/{id}/variants; PATCH the same with an id
	PUT   /api/stock/{sku} {"quantity": 5}; PUT /api/prices/{sku} {"price": …, "sale_price": …, "sale_from": …, "sale_to": …}
	POST  /api/webhooks {"url": …, "event": …, "secret": …} → {"id": …}; GET; DELETE /api/webhooks/{id}

Promises: believes a bearer token only; refuses fields that it does not know and SKUs twice (422, {"error": {"message"}}); makes
once what comes twice with one Idempotency-Key; lists the oldest change first; signs webhooks with the secret of each, over
time and body (X-Lantern-Signature), with X-Lantern-Event, -Delivery and -Timestamp.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import requests

from erp_connect.tests.fakes.provider_http import Handler, Refused, Request
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

TOKEN = "token-of-lantern"
KINDS = ("orders", "customers", "products")
OF_LIST = {"page", "per_page", "updated_since", "created_from", "created_to"}
OF_PRODUCT = {"sku", "name", "description", "status", "options", "image_url"}
OF_VARIANT = {"sku", "description", "status", "options", "image_url"}
OF_SHIPMENT = {"reference", "carrier", "tracking", "lines"}
OF_REFUND = {"reference", "amount", "restock", "lines"}
OF_PRICE = {"price", "sale_price", "sale_from", "sale_to"}


def wrong(message: str, status: int = 422, **headers: str) -> Refused:
	return Refused(status, {"error": {"message": message}}, **headers)


def signature(raw: bytes, at: int, secret: str) -> str:
	return "sha256=" + hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()


class Lantern(FakeSystem):
	"""The shop, in a thread of this process. records: by kind and id. calls: (method, path, query, body) that came."""

	def __init__(self) -> None:
		self.token = TOKEN
		self.records: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
		self.stock: dict[str, int] = {}
		self.prices: dict[str, dict[str, Any]] = {}
		self.webhooks: dict[int, dict[str, Any]] = {}
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self.kept: dict[str, Any] = {}
		self._last, self._clock = 1000, int(time.time()) - 600
		self.lock = threading.RLock()
		self.serve(Handler)

	# What happens in the shop

	def number(self) -> int:
		with self.lock:
			self._last += 1
		return self._last

	def _now(self) -> str:
		self._clock += 1
		return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock))

	def add(self, kind: str, **values: Any) -> dict[str, Any]:
		now = self._now()
		record = {"id": self.number(), "created_at": now, "updated_at": now, **values}
		self.records[kind][record["id"]] = record
		self.fire(f"{kind[:-1]}.created", record)
		return record

	def change(self, kind: str, id_: int, **values: Any) -> dict[str, Any]:
		record = self.records[kind][id_]
		record.update(values, updated_at=self._now())
		self.fire(f"{kind[:-1]}.updated", record)
		return record

	def remove(self, kind: str, id_: int) -> None:
		del self.records[kind][id_]
		self.fire(f"{kind[:-1]}.deleted", {"id": id_})

	def refund(
		self,
		order: int,
		amount: float,
		lines: Any = (),
		*,
		restock: bool = False,
		reference: str | None = None,
	) -> dict[str, Any]:
		found = {"id": self.number(), "amount": amount, "reference": reference, "created_at": self._now()}
		found["lines"] = [{**line, "restock": restock} for line in lines]
		self.change("orders", order, refunds=[*self.records["orders"][order]["refunds"], found])
		return found

	def ship(self, order: int, **values: Any) -> dict[str, Any]:
		found = {"id": self.number(), "reference": None, "shipped_at": self._now(), **values}
		self.change("orders", order, shipments=[*self.records["orders"][order]["shipments"], found])
		return found

	# What it tells

	def fire(self, event: str, record: Any) -> list[int]:
		return [self.send(hook, record) for hook in list(self.webhooks.values()) if hook["event"] == event]

	def send(
		self, hook: dict[str, Any], record: Any, *, age: int = 0, sent: bytes = b"", id_: str = ""
	) -> int:
		"""Deliver to a webhook. sent: instead of what is signed. age: seconds ago. The status of the answer."""
		raw, at = json.dumps(record).encode(), int(time.time()) - age
		headers = {
			"Content-Type": "application/json",
			"X-Lantern-Event": hook["event"],
			"X-Lantern-Delivery": id_ or f"D-{self.number()}",
			"X-Lantern-Timestamp": str(at),
			"X-Lantern-Signature": signature(raw, at, hook["secret"]),
		}
		return requests.post(hook["url"], data=sent or raw, headers=headers, timeout=30).status_code

	# What its API does

	@staticmethod
	def told_of(status: int) -> dict[str, Any]:
		return {"error": {"message": "Please come back later." if status == 429 else "Something broke."}}

	def answered(self, request: Request) -> tuple[int, Any]:
		if request.headers.get("Authorization") != f"Bearer {self.token}":
			raise wrong("Who are you?", 401)
		body = json.loads(request.raw) if request.raw else None
		self.calls.append((request.method, request.path, request.query, body))
		_, kind, *rest = request.parts
		if [kind, *rest] == ["ping"]:
			return 200, {"shop": "lantern"}
		if kind in KINDS and request.method == "GET":
			return 200, self._list(kind, request.query) if not rest else self._record(kind, rest[0])
		act = getattr(self, f"_{request.method.lower()}_{kind}", None)
		if act is None:
			raise wrong("There is nothing here.", 404)
		return self._once(request.headers.get("Idempotency-Key"), lambda: act(rest, body))

	def _once(self, key: str | None, act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
		if not key:
			return act()
		if key not in self.kept:
			self.kept[key] = json.loads(json.dumps(act()))
		return tuple(self.kept[key])

	def _list(self, kind: str, query: dict[str, str]) -> dict[str, Any]:
		if extra := set(query) - OF_LIST:
			raise wrong(f"{min(extra)} is no parameter of a list.")
		since, start, end = (query.get(name, "") for name in ("updated_since", "created_from", "created_to"))
		found = [
			one
			for one in self.records[kind].values()
			if one["updated_at"] >= since
			and start <= one["created_at"]
			and (not end or one["created_at"] < end)
		]
		found.sort(key=lambda one: (one["updated_at"], one["id"]))
		page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
		if not 1 <= size <= 100:
			raise wrong("per_page is at most 100.")
		pages = max(1, -(-len(found) // size))
		return {"data": found[(page - 1) * size : page * size], "page": page, "pages": pages}

	def _record(self, kind: str, id_: Any) -> dict[str, Any]:
		found = self.records[kind].get(int(id_)) if str(id_).isdigit() else None
		if found is None:
			raise wrong("There is nothing here.", 404)
		return found

	def _patch_orders(self, rest: list[str], body: Any) -> tuple[int, Any]:
		self._record("orders", rest[0])
		if set(body) != {"status"} or body["status"] not in ("open", "completed", "cancelled"):
			raise wrong("Send a status.")
		return 200, self.change("orders", int(rest[0]), **body)

	def _post_orders(self, rest: list[str], body: Any) -> tuple[int, Any]:
		order, lines = (
			self._record("orders", rest[0]),
			{one["id"] for one in self._record("orders", rest[0])["lines"]},
		)
		known = {"shipments": OF_SHIPMENT, "refunds": OF_REFUND}.get(rest[1], set())
		self._take(body, known)
		if bad := [row for row in body.get("lines", []) if row["line_id"] not in lines]:
			raise wrong(f"The order has no line {bad[0]['line_id']}.")
		if rest[1] == "shipments":
			return 201, self.ship(order["id"], **body)
		return 201, self.refund(order["id"], body.pop("amount"), body.pop("lines", []), **body)

	def _post_products(self, rest: list[str], body: Any) -> tuple[int, Any]:
		self._take(body, OF_VARIANT if rest else OF_PRODUCT)
		if body["sku"] in self.skus():
			raise wrong(f"There is {body['sku']} already.")
		if not rest:
			return 201, self.add("products", **{"options": [], "status": "draft", **body}, variants=[])
		product, variant = self._record("products", rest[0]), {"id": self.number(), **body}
		self.change("products", product["id"], variants=[*product["variants"], variant])
		return 201, variant

	def _patch_products(self, rest: list[str], body: Any) -> tuple[int, Any]:
		product = self._record("products", rest[0])
		if len(rest) == 1:
			return 200, self.change("products", product["id"], **self._take(body, OF_PRODUCT))
		(variant,) = [one for one in product["variants"] if str(one["id"]) == rest[2]]
		variant.update(self._take(body, OF_VARIANT))
		self.change("products", product["id"])
		return 200, variant

	def _put_stock(self, rest: list[str], body: Any) -> tuple[int, Any]:
		self.stock[self._sku(rest)] = self._take(body, {"quantity"})["quantity"]
		return 200, body

	def _put_prices(self, rest: list[str], body: Any) -> tuple[int, Any]:
		self.prices.setdefault(self._sku(rest), {}).update(self._take(body, OF_PRICE))
		return 200, body

	def _post_webhooks(self, rest: list[str], body: Any) -> tuple[int, Any]:
		hook = {"id": self.number(), **self._take(body, {"url", "event", "secret"})}
		self.webhooks[hook["id"]] = hook
		return 201, hook

	def _get_webhooks(self, rest: list[str], body: Any) -> tuple[int, Any]:
		shown = [{name: hook[name] for name in ("id", "url", "event")} for hook in self.webhooks.values()]
		return 200, {"data": shown, "page": 1, "pages": 1}

	def _delete_webhooks(self, rest: list[str], body: Any) -> tuple[int, Any]:
		if self.webhooks.pop(int(rest[0]), None) is None:
			raise wrong("There is nothing here.", 404)
		return 204, None

	def skus(self) -> set[str]:
		products = self.records["products"].values()
		return {one["sku"] for product in products for one in (product, *product["variants"])}

	def _sku(self, rest: list[str]) -> str:
		sku = unquote(rest[0])
		if sku not in self.skus():
			raise wrong(f"There is no {sku}.")
		return sku

	@staticmethod
	def _take(body: Any, known: set[str]) -> Any:
		if extra := set(body) - known:
			raise wrong(f"{min(extra)} is no field.")
		return body

	def trouble(self, method: str, path: str, **what: Any) -> None:
		self.troubles.append(Trouble(method, path, **what))
