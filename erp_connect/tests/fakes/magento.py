"""A Magento 2 shop in memory, behaving as its REST API documents. It has no webhooks: Open Source has none.

https://developer.adobe.com/commerce/webapi/rest/

Promises: refuses what the vendor refuses, with its error shape; searches are filtered, sorted and paged by
searchCriteria, and past the end the last page comes again; a change moves `updated_at`; what is null is left out.
Never guesses what was meant: an unknown route does not match.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from erp_connect.tests.fakes import magento_products as products
from erp_connect.tests.fakes import magento_refunds as refunds
from erp_connect.tests.fakes import magento_rules as rules
from erp_connect.tests.fakes.magento_http import Handler
from erp_connect.tests.fakes.magento_search import Refused, found
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble

FIXTURES = Path(__file__).parents[2] / "presets" / "magento" / "fixtures"
ROOT = re.compile(r"/rest/(?:all/|default/)?V1/(.+)")
COMMON = {"entity_id", "created_at", "updated_at", "store_id", "increment_id"}
# Columns of each list that can be asked for.
LISTS = {
	"orders": frozenset(COMMON | {"state", "status", "customer_id"}),
	"invoices": frozenset(COMMON | {"state", "order_id"}),
	"creditmemos": frozenset(COMMON | {"state", "order_id"}),
	"shipments": frozenset(COMMON | {"order_id"}),
	"customers": frozenset({"entity_id", "created_at", "updated_at", "store_id", "website_id", "email"}),
	"products": frozenset(
		{"entity_id", "created_at", "updated_at", "sku", "type_id", "status", "visibility"}
	),
	"attributes": frozenset(
		{"attribute_id", "attribute_code", "frontend_input", "frontend_label", "is_user_defined"}
	),
}
GONE = Refused(404, "The entity that was requested doesn't exist. Verify the entity and try again.")
NO_PRODUCT = Refused(404, "The product that was requested doesn't exist. Verify the product and try again.")
NO_ROUTE = Refused(404, "Request does not match any route.")


def fixture(name: str) -> Any:
	"""A payload as the vendor's documentation shows it, with made-up people."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class Magento(FakeSystem):
	"""The shop, in a thread of this process. Records by kind and id (products by SKU); `calls` are what came."""

	def __init__(self) -> None:
		self.key, self.secret, self.token, self.token_secret = "ckey", "csecret", "atoken", "asecret"
		self.bearer_allowed = False  # as a new shop is
		self.nonces: set[str | None] = set()
		self.records: dict[str, dict[Any, dict[str, Any]]] = {kind: {} for kind in LISTS}
		self.children: dict[str, list[str]] = {}  # SKUs by that of their configurable product
		self.placed: list[str] = []  # codes of attributes that were put into the attribute set
		self.special: dict[str, dict[str, Any]] = {}  # special prices by SKU
		self.stock: dict[tuple[str, str], dict[str, Any]] = {}
		self.comments: list[tuple[int, dict[str, Any]]] = []
		self.gateway: list[float] = []  # amounts that the payment gateway has paid back
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self.clock = datetime(2026, 11, 25, 9, 0)
		self._next = 9000
		self.lock = threading.RLock()
		self.serve(Handler)

	# What a merchant or a buyer does

	def add(self, kind: str, record: dict[str, Any], **changes: Any) -> dict[str, Any]:
		"""A record as it is, such as a fixture with changes."""
		record = {**json.loads(json.dumps(record)), **changes}
		with self.lock:
			self.records[kind][_key(kind, record)] = record
		return record

	def change(self, kind: str, key: Any, **changes: Any) -> dict[str, Any]:
		with self.lock:
			self.records[kind][key].update(changes, updated_at=self.now())
			return self.records[kind][key]

	def now(self) -> str:
		self.clock += timedelta(seconds=1)
		return self.clock.strftime("%Y-%m-%d %H:%M:%S")

	def number(self) -> int:
		self._next += 1
		return self._next

	def trouble(self, method: str, path: str, status: int = 0, **how: Any) -> None:
		self.troubles.append(Trouble(method, path, status, **how))

	def sent(self, method: str, path: str) -> list[Any]:
		"""Bodies of the requests of a method to a path."""
		return [body for how, where, _, body in self.calls if (how, where) == (method, path)]

	# What the API does

	def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
		"""What is answered with 200. Raises `Refused` for what the vendor refuses."""
		match = ROOT.fullmatch(path)
		if not match:
			raise NO_ROUTE
		parts = [unquote(part) for part in match[1].split("/")]
		with self.lock:
			for how, pattern, serve in _ROUTES:
				if how == method and len(pattern) == len(parts):
					given = [part for part, name in zip(parts, pattern, strict=True) if name.startswith(":")]
					if all(
						name in (part, ":id", ":sku", ":code")
						for part, name in zip(parts, pattern, strict=True)
					):
						return serve(self, query, body, *given)
			raise NO_ROUTE

	def _search(self, kind: str, query: dict[str, str]) -> dict[str, Any]:
		rows = [_searched(kind, record) for record in self.records[kind].values()]
		answer = found(rows, query, LISTS[kind])
		answer["items"] = [_shown(self.records[kind][_key(kind, one)]) for one in answer["items"]]
		return answer

	def _order(self, id_: str) -> dict[str, Any]:
		if not id_.isdigit() or int(id_) not in self.records["orders"]:
			raise GONE
		return self.records["orders"][int(id_)]

	def _cancel(self, _query: Any, _body: Any, id_: str) -> bool:
		order = self._order(id_)
		if order["state"] in ("canceled", "complete", "closed", "payment_review", "holded"):
			return False
		self.change("orders", order["entity_id"], state="canceled", status="canceled")
		return True

	def _comment(self, _query: Any, body: Any, id_: str) -> bool:
		order = self._order(id_)
		told = rules.checked(body, rules.COMMENT)["statusHistory"]
		rules.required(told, "comment")
		self.comments.append((order["entity_id"], told))
		return True

	def _ship(self, _query: Any, body: Any, id_: str) -> str:
		"""The id of the new shipment, a bare text; the pieces named, or all that is left."""
		order, asked = self._order(id_), rules.checked(body or {}, rules.SHIP)
		for track in asked.get("tracks", []):
			rules.required(track, "track_number", "title", "carrier_code")
		made = self._taken(order, asked, "qty_shipped", "The order does not allow a shipment to be created.")
		tracks = asked.get("tracks", [])
		return self._made("shipment", order, items=made, tracks=tracks)

	def _shipment(self, _query: Any, _body: Any, id_: str) -> dict[str, Any]:
		if not id_.isdigit() or int(id_) not in self.records["shipments"]:
			raise GONE
		return _shown(self.records["shipments"][int(id_)])

	def _track(self, _query: Any, body: Any) -> dict[str, Any]:
		"""One more track of a shipment, also one that it has already; the order named is not looked for."""
		track = rules.checked(body, rules.TRACK)["entity"]
		rules.required(track, "parent_id", "order_id", "track_number", "carrier_code")
		shipment = self._shipment(None, None, str(track["parent_id"]))
		now = self.now()
		made = {**track, "entity_id": self.number(), "created_at": now, "updated_at": now}
		self.change("shipments", track["parent_id"], tracks=[*shipment["tracks"], made])
		return made

	def _invoice(self, _query: Any, body: Any, id_: str) -> str:
		order, asked = self._order(id_), rules.checked(body or {}, rules.INVOICE)
		made = self._taken(order, asked, "qty_invoiced", "The order does not allow an invoice to be created.")
		state = 2 if asked.get("capture") else 1
		return self._made("invoice", order, items=made, state=state)

	def _made(self, kind: str, order: dict[str, Any], **values: Any) -> str:
		id_ = self.number()
		now = self.now()
		own = {"entity_id": id_, "order_id": order["entity_id"], "created_at": now, "updated_at": now}
		self.add(f"{kind}s", {**fixture(kind), **own, **values})
		return str(id_)

	@staticmethod
	def _taken(order: dict[str, Any], asked: dict[str, Any], counted: str, told: str) -> list[dict[str, Any]]:
		"""Pieces of an order's lines, counted there. Raises `Refused` for more than is left."""
		lines = {line["item_id"]: line for line in order["items"] if "parent_item_id" not in line}
		left = {id_: line["qty_ordered"] - line[counted] for id_, line in lines.items()}
		wanted = {one["order_item_id"]: one["qty"] for one in asked.get("items", [])} or left
		if not any(wanted.values()) or any(qty > left.get(id_, 0) for id_, qty in wanted.items()):
			raise Refused(400, f"Document Validation Error(s):\n{told}")
		for id_, qty in wanted.items():
			lines[id_][counted] += qty
		return [{"order_item_id": id_, "qty": qty, "sku": lines[id_]["sku"]} for id_, qty in wanted.items()]

	def _children(self, _query: Any, _body: Any, sku: str) -> list[dict[str, Any]]:
		if sku not in self.records["products"]:
			raise NO_PRODUCT
		return [_shown(self.records["products"][child]) for child in self.children.get(sku, [])]

	def _create_product(self, _query: Any, body: Any) -> dict[str, Any]:
		values = rules.checked(body, {"product": rules.PRODUCT})["product"]
		if values.get("sku") not in self.records["products"]:
			rules.required(values, "sku", "name", "attribute_set_id")
		return self._put_product(None, body, values["sku"])

	def _put_product(self, _query: Any, body: Any, sku: str) -> dict[str, Any]:
		values = rules.checked(body, {"product": rules.PRODUCT})["product"]
		if sku not in self.records["products"]:
			rules.required(values, "name", "attribute_set_id")
			blank = {
				"price": 0,
				"status": 1,
				"visibility": 4,
				"type_id": "simple",
				"extension_attributes": {},
			}
			self.add("products", {**blank, "sku": sku, "id": self.number(), "created_at": self.now()})
		kept = products.written(self, self.records["products"][sku], values)
		return _shown(self.change("products", sku, **kept))

	def _product(self, _query: Any, _body: Any, sku: str) -> dict[str, Any]:
		if sku not in self.records["products"]:
			raise NO_PRODUCT
		return _shown(self.records["products"][sku])

	def _source_items(self, _query: Any, body: Any) -> list[Any]:
		for item in rules.checked(body, rules.SOURCE_ITEMS).get("sourceItems", []):
			rules.required(item, "sku", "source_code")
			if item["source_code"] != "default":
				raise Refused(400, "Validation Failed", [f'Source "{item["source_code"]}" does not exist'])
			self.stock[item["sku"], item["source_code"]] = item
		return []

	def _base_prices(self, _query: Any, body: Any) -> list[dict[str, Any]]:
		"""Says with 200 what was refused."""
		wrong = []
		for price in rules.checked(body, rules.BASE_PRICES)["prices"]:
			if price["sku"] not in self.records["products"]:
				told = "The product that was requested doesn't exist. Row ID: SKU = %SKU, Store ID: %storeId."
				wrong.append({"message": told, "parameters": [price["sku"], str(price["store_id"])]})
			else:
				self.change("products", price["sku"], price=price["price"])
		return wrong


def _key(kind: str, record: dict[str, Any]) -> Any:
	by = {"products": "sku", "attributes": "attribute_id", "customers": "id"}
	return record[by.get(kind, "entity_id")]


def _searched(kind: str, record: dict[str, Any]) -> dict[str, Any]:
	"""A record with its columns: the id of customers and products is `entity_id` there."""
	if kind == "attributes":
		return {**record, "frontend_label": record["default_frontend_label"]}
	return {**record, "entity_id": record["id"]} if kind in ("customers", "products") else record


def _shown(value: Any) -> Any:
	"""Without what is null, which the web service leaves out."""
	if isinstance(value, dict):
		return {name: _shown(one) for name, one in value.items() if one is not None}
	return [_shown(one) for one in value] if isinstance(value, list) else value


def _list(kind: str) -> Any:
	return lambda shop, query, _body: shop._search(kind, query)


_ROUTES = [
	("GET", path.split("/"), _list(kind))
	for path, kind in (
		("orders", "orders"), ("invoices", "invoices"), ("creditmemos", "creditmemos"), ("shipments", "shipments"),
		("customers/search", "customers"), ("products", "products"), ("products/attributes", "attributes"),
	)
] + [
	(method, path.split("/"), serve)
	for method, path, serve in (
		("GET", "orders/:id", lambda shop, _query, _body, id_: _shown(shop._order(id_))),
		("POST", "order/:id/ship", Magento._ship), ("POST", "order/:id/invoice", Magento._invoice),
		("GET", "shipment/:id", Magento._shipment), ("POST", "shipment/track", Magento._track),
		("POST", "order/:id/refund", refunds.of_order), ("POST", "invoice/:id/refund", refunds.of_invoice),
		("POST", "orders/:id/cancel", Magento._cancel), ("POST", "orders/:id/comments", Magento._comment),
		("GET", "configurable-products/:sku/children", Magento._children), ("POST", "products", Magento._create_product),
		("PUT", "products/:sku", Magento._put_product), ("POST", "inventory/source-items", Magento._source_items),
		("POST", "products/base-prices", Magento._base_prices), ("POST", "products/special-price", products.special_prices),
		("POST", "products/special-price-delete", products.end_special_prices), ("GET", "products/:sku", Magento._product),
		("POST", "products/attributes", products.create_attribute), ("PUT", "products/attributes/:code", products.change_attribute),
		("POST", "products/attributes/:code/options", products.add_option),
		("GET", "products/attribute-sets/groups/list", products.groups),
		("POST", "products/attribute-sets/attributes", products.place_attribute),
	)
]  # fmt: skip
